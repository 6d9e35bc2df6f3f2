//! The client's side of Graph: which server, with which token, and how patiently it is asked.

mod bearer_token;
mod client;
mod client_credentials;
mod failure;
mod http;
mod retries;
mod stopped;

pub use bearer_token::BearerToken;
pub use client::{CollectionPage, GraphClient, GraphReply, KeyedBody};
pub use client_credentials::{ApplicationProof, ClientCredentials};
pub use failure::{ReadFailure, RequestFailure};
pub use http::{Trust, http_client, is_local, reason, server_url, trusting_client};
pub use retries::{Patience, Retries};
pub use stopped::Stopped;
