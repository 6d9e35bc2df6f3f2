//! The owner of secrets, to which they are tied when they are sealed.

use odata::Key;
use uuid::Uuid;

/// The entity that secrets belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretOwner<'a> {
    /// The tenant of the entity.
    pub tenant: Uuid,
    /// The path of the entity's set.
    pub set: &'a str,
    /// The key of the entity.
    pub key: &'a Key,
}
