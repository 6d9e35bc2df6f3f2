//! HTTP, TLS, tokens in, configuration and logs around the domain. No device word, no SQL.
//!
//! Enter at [`serve`]: it shows the life of a request.

mod batch;
mod body;
mod bulk;
mod code;
mod compress;
pub mod config;
mod connection;
pub mod dev;
mod dev_issuer;
mod error_body;
mod framing;
pub mod graph;
mod health;
mod http;
pub mod limits;
pub mod listen;
pub mod log;
mod names;
mod negotiate;
mod observe;
mod openapi;
pub mod origin;
mod refusal;
pub mod serve;
pub mod setup;
pub mod tls;
pub mod tokens;

/// Why the server does not start. One line for the operator, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Misused(String),
    /// They are right, and it failed all the same.
    #[error("{0}")]
    Failed(String),
}
