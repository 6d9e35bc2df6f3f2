//! What only dev mode has: a folder with a CA, a signing key and secrets of its own making.

mod certificates;
mod files;
mod folder;

use uuid::{Uuid, uuid};

pub use folder::{DevFolder, key_from_base64};

/// The tenant where none is named.
pub const TENANT_DEFAULT: Uuid = uuid!("00000000-0000-4000-8000-000000000001");

/// The user where none is named.
pub const USER_DEFAULT: &str = "admin@muster.invalid";

/// What the dev issuer's endpoints need.
pub struct DevIssuer {
    /// Where its key is.
    pub folder: DevFolder,
    /// What every client must know.
    pub client_secret: String,
    /// Every permission the model names: what an application gets.
    pub permissions: Vec<String>,
}
