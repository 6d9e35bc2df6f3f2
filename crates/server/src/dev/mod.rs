//! What only dev mode has: a folder with a CA, a signing key and secrets of its own making.

pub(crate) mod certificates;
mod files;
mod folder;
mod trust;

use uuid::{Uuid, uuid};

pub use folder::DevFolder;

/// The tenant of a token for which none is named.
pub const TENANT_DEFAULT: Uuid = uuid!("00000000-0000-4000-8000-000000000001");

/// The user of a token for which none is named.
pub const USER_DEFAULT: &str = "admin@muster.invalid";

/// The client id that `muster env` prints: an application that is always there.
pub const CLIENT_DEFAULT: &str = "00000000-0000-4000-8000-00000000000c";
