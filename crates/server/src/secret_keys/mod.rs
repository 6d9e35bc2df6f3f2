//! The keys from outside the database: key-encryption keys by their sources, and the service of HashiCorp Vault that has one.

mod secret_source;
mod sources;
mod vault_key;
mod vault_login;
mod vault_requests;
mod vault_table;

pub use secret_source::SecretSource;
pub use sources::KeySources;
pub use vault_table::VaultTable;
