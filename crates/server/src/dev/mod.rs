//! What only dev mode has: a folder with a CA, a signing key and secrets of its own making.

mod certificates;
mod files;
mod folder;

use uuid::{Uuid, uuid};

pub use folder::{DevFolder, key_from_base64};

/// The tenant of a token for which none is named.
pub const TENANT_DEFAULT: Uuid = uuid!("00000000-0000-4000-8000-000000000001");

/// The user of a token for which none is named.
pub const USER_DEFAULT: &str = "admin@muster.invalid";

/// The dev issuer, as its endpoints use it.
pub struct DevIssuer {
    /// The folder with its key.
    pub folder: DevFolder,
    /// The secret that every client must know.
    pub client_secret: String,
    /// All permissions that the model names, which an application gets.
    pub permissions: Vec<String>,
}
