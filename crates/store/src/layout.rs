//! Tables, columns and indexes of the entity sets: the only file that knows where a property rests.

use odata::Key;
use odata::payload::Document;

/// A stored entity as it comes out of the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its key.
    pub key: Key,
    /// Its version: the journal's sequence number of its last change.
    pub version: i64,
    /// All its properties; sealed secrets read null in it.
    pub document: Document,
    /// Its sealed secrets, if it holds any. Opened only by [`crate::Store::open_secrets`].
    pub sealed: Option<Box<[u8]>>,
}
