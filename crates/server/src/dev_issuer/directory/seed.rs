//! The seed file (`--seed`): the tenants, applications, users and consents that the issuer begins with. A mistake in it
//! names the line and the key.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use uuid::Uuid;

/// The file as it was read.
pub(super) struct SeedFile {
    path: PathBuf,
    text: String,
    pub(super) seed: Seed,
}

/// What the file says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Seed {
    pub(super) device_codes: DeviceCodeMode,
    pub(super) tenants: Vec<SeedTenant>,
    pub(super) applications: Vec<SeedApplication>,
    pub(super) users: Vec<SeedUser>,
    pub(super) consents: Vec<SeedConsent>,
}

/// What becomes of a device code.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeviceCodeMode {
    /// It is approved at once, for the user who is always there.
    #[default]
    Approve,
    /// Somebody types it into a page and chooses a user.
    Ask,
}

/// The table `[[tenants]]`. With one there are no tenants but these and the default one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedTenant {
    pub(super) id: Uuid,
    #[serde(default)]
    pub(super) domains: Vec<String>,
}

/// The table `[[applications]]`. With one there are no applications but these and the one of `muster env`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedApplication {
    pub(super) id: Spanned<Uuid>,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) secrets: Vec<String>,
    /// PEM files, from the folder of the seed file.
    #[serde(default)]
    pub(super) certificates: Vec<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) federated_credentials: Vec<FederatedCredential>,
    #[serde(default)]
    pub(super) redirect_uris: RedirectUris,
    /// What the application may do for itself: the `roles` of its tokens.
    #[serde(default)]
    pub(super) application_permissions: Vec<Spanned<String>>,
    /// What the application wants to do for users: what `.default` asks for.
    #[serde(default)]
    pub(super) delegated_permissions: Vec<Spanned<String>>,
    pub(super) identifier_uri: Option<String>,
    /// The scopes of the application's own API.
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// Whether it may go without a secret [default: whether it has none].
    pub(super) public: Option<bool>,
    #[serde(default)]
    pub(super) disabled: bool,
}

/// The redirect URIs of an application, by platform.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RedirectUris {
    pub(super) web: Vec<String>,
    pub(super) spa: Vec<String>,
    pub(super) native: Vec<String>,
}

/// An issuer whose token for a subject proves that a client is the application.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dev_issuer) struct FederatedCredential {
    pub(in crate::dev_issuer) issuer: String,
    pub(in crate::dev_issuer) subject: String,
    #[serde(default = "federated_audience")]
    pub(in crate::dev_issuer) audience: String,
}

fn federated_audience() -> String {
    "api://AzureADTokenExchange".to_owned()
}

/// The table `[[users]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedUser {
    pub(super) upn: Spanned<String>,
    pub(super) name: Option<String>,
    pub(super) id: Option<Uuid>,
    /// The one tenant that knows the user [default: each does].
    pub(super) tenant: Option<Uuid>,
    /// The directory roles, by the ids of their templates.
    #[serde(default)]
    pub(super) wids: Vec<Uuid>,
}

/// The table `[[consents]]`: an administrator's for everybody, unless it names a user.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedConsent {
    pub(super) application: Spanned<Uuid>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) scopes: Vec<Spanned<String>>,
}

impl SeedFile {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<SeedFile, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the seed {}: {error}", path.display()))?;
        let seed =
            toml::from_str(&text).map_err(|error| mistake(path, &text, error.span(), error.message()))?;
        Ok(SeedFile { path: path.to_owned(), text, seed })
    }

    /// The error for a value that cannot be.
    pub(super) fn mistake<T>(&self, value: &Spanned<T>, message: &str) -> String {
        mistake(&self.path, &self.text, Some(value.span()), message)
    }

    /// A path that the file names, from the folder that the file is in.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new(".")).join(path)
    }
}

/// The error for a mistake at a place of the file. The key is the last one that begins a line before it ends.
fn mistake(path: &Path, text: &str, span: Option<Range<usize>>, message: &str) -> String {
    let at = text.floor_char_boundary(span.map_or(0, |span| span.start));
    let number = text[..at].matches('\n').count();
    let until: Vec<&str> = text.lines().take(number + 1).collect();
    let key = until.iter().rev().find_map(|line| match line.split_once('=') {
        Some((key, _)) => Some(key.trim()),
        None => line.trim_start().starts_with("[[").then(|| line.trim()),
    });
    let message = message.replace('\n', " ");
    format!(
        "the seed {} has a mistake in line {}, {}: {message}",
        path.display(),
        number + 1,
        key.unwrap_or("outside of every table")
    )
}
