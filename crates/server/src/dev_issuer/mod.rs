//! The issuer of dev mode: Entra's endpoints under `/{tenant}/…`, as far as sign-in libraries ask for them, for the
//! tenants, applications and users of its directory. None of it is there outside of dev mode.

mod client_assertion;
mod client_proof;
mod consent;
mod delegation;
mod directory;
mod endpoints;
mod grants;
mod issuer;
mod oauth_error;
mod pages;
mod parameters;
mod pending;
mod redirection;
mod refusal;
mod scopes;
mod sign_in_request;
mod token_answer;
mod voucher;

pub use endpoints::routes;
pub use issuer::DevIssuer;
