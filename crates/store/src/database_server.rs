//! What a database server says of itself, for who looks whether it will do.

/// The oldest version that Muster supports, as PostgreSQL numbers them.
pub const VERSION_MIN: i32 = 14;

/// What PostgreSQL says of itself, and of the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseServer {
    /// Its version as text.
    pub version: String,
    /// The first number of it.
    pub major_version: i32,
    /// Whether the connection to it is encrypted. Behind a pooler that is the pooler's.
    pub is_encrypted: bool,
    /// Whether what is sent to it stays on this machine.
    pub is_local: bool,
    /// Whether a pooler hands out its connections by the transaction.
    pub is_pooled: bool,
    /// The settings without which a crash may lose what was acknowledged: those that are off.
    pub careless: Vec<String>,
    /// The time, in milliseconds, after which the role's statements end unless a session says otherwise; 0 is never.
    pub statement_timeout_millis: i64,
    /// The same for sessions that do nothing.
    pub idle_timeout_millis: i64,
    /// The privileges that the role lacks, for people.
    pub lacking: Vec<String>,
    /// The connections that it takes, and those that are open.
    pub connections: (i64, i64),
}
