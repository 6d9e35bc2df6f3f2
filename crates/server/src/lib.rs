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
pub mod console;
pub mod dev;
mod dev_issuer;
mod edge_table;
mod error_body;
mod exchanges;
mod framing;
pub mod graph;
mod health;
mod http;
pub mod issuer_table;
pub mod limits;
pub mod listen;
mod lists;
pub mod log;
mod methods;
mod names;
mod negotiate;
mod observe;
mod openapi;
pub mod origin;
mod places;
mod recent_requests;
mod request;
mod request_error;
mod request_log;
mod routes;
pub mod secret_keys;
pub mod serve;
mod server;
pub mod setup;
pub mod signed;
mod stall_guard;
mod startup_error;
pub mod throttle;
mod timing;
pub mod tls;
pub mod tokens;
mod turns;

pub use recent_requests::RecentRequests;
pub use server::Server;
pub use startup_error::StartupError;
pub use turns::Turns;
