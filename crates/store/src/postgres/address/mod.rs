//! The address of a database and what a connection needs beside it: hosts, TLS, the password.

mod parameters;
mod passfile;
mod password;
mod stream;
mod tls;
mod url;
mod verifier;

pub(crate) use url::check_url;
pub(super) use url::{DatabaseHost, DatabaseUrl, Pooler};
