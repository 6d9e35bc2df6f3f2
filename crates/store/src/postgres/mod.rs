//! PostgreSQL.
/// To be written.
pub struct Postgres;
