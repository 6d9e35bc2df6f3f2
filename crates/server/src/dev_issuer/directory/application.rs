//! An application that the issuer knows.

use super::certificate::AssertionCertificate;
use super::seed::{FederatedCredential, RedirectUris};

/// The redirect URI for native applications that Microsoft's libraries have built in.
const NATIVE_CLIENT: &str = "https://login.microsoftonline.com/common/oauth2/nativeclient";

/// An application, as the seed describes it, or open.
pub(in crate::dev_issuer) struct DevApplication {
    /// The client id.
    pub(in crate::dev_issuer) id: String,
    pub(in crate::dev_issuer) name: String,
    pub(in crate::dev_issuer) secrets: Vec<String>,
    pub(in crate::dev_issuer) certificates: Vec<AssertionCertificate>,
    pub(in crate::dev_issuer) federated_credentials: Vec<FederatedCredential>,
    pub(super) redirect_uris: RedirectUris,
    pub(in crate::dev_issuer) application_permissions: Vec<String>,
    /// Whole scopes: with the resource before the name.
    pub(in crate::dev_issuer) delegated_permissions: Vec<String>,
    pub(super) identifier_uri: Option<String>,
    pub(in crate::dev_issuer) scopes: Vec<String>,
    /// Whether it may go without proof of who it is.
    pub(in crate::dev_issuer) is_public: bool,
    pub(in crate::dev_issuer) is_disabled: bool,
    /// Whether nobody described it: it may all there is, by consent of everybody.
    pub(in crate::dev_issuer) is_open: bool,
}

/// A kind of client that a redirect URI is registered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dev_issuer) enum RedirectPlatform {
    /// A server, which keeps a secret.
    Web,
    /// A page in a browser.
    Spa,
    /// A program on the user's machine.
    Native,
    /// Whatever redeems the code.
    Any,
}

impl DevApplication {
    /// The platform of a redirect URI; none if it is not registered.
    pub(in crate::dev_issuer) fn platform(&self, uri: &str) -> Option<RedirectPlatform> {
        if self.is_open {
            let own_scheme = format!("msal{}://auth", self.id);
            return (is_loopback(uri) || uri == NATIVE_CLIENT || uri == own_scheme)
                .then_some(RedirectPlatform::Any);
        }
        let RedirectUris { web, spa, native } = &self.redirect_uris;
        let platforms =
            [(web, RedirectPlatform::Web), (spa, RedirectPlatform::Spa), (native, RedirectPlatform::Native)];
        let is_registered = |registered: &String| same_redirect_uri(registered, uri);
        platforms.into_iter().find(|(uris, _)| uris.iter().any(is_registered)).map(|(_, platform)| platform)
    }

    /// Whether this is an audience, or the beginning of a scope, of the application's own API.
    pub(in crate::dev_issuer) fn is_called(&self, resource: &str) -> bool {
        let own = resource.strip_prefix("api://").unwrap_or(resource);
        own.eq_ignore_ascii_case(&self.id) || self.identifier_uri.as_deref() == Some(resource)
    }
}

/// The parts of a URI on the machine itself, without its port; none of another URI.
fn loopback(uri: &str) -> Option<(String, String, Option<String>)> {
    let uri = reqwest::Url::parse(uri).ok()?;
    let host = uri.host_str().filter(|host| ["localhost", "127.0.0.1", "[::1]"].contains(host))?;
    let origin = format!("{}://{host}", uri.scheme());
    Some((origin, uri.path().to_owned(), uri.query().map(str::to_owned)))
}

/// Whether a URI leads back to the user's own machine.
pub(in crate::dev_issuer) fn is_loopback(uri: &str) -> bool {
    loopback(uri).is_some()
}

/// Whether a redirect URI is the registered one: to the letter, or but for the port if it leads to the user's own
/// machine, where a program takes what port it gets (RFC 8252, 7.3).
fn same_redirect_uri(registered: &str, uri: &str) -> bool {
    registered == uri || loopback(registered).is_some_and(|registered| loopback(uri) == Some(registered))
}

#[cfg(test)]
mod tests {
    use super::same_redirect_uri;

    #[test]
    fn redirect_uris_are_the_same_to_the_letter_but_for_a_local_port() {
        for (registered, uri, same) in [
            ("https://a.example/b", "https://a.example/b", true),
            ("https://a.example/b", "https://a.example/b/", false),
            ("https://a.example/b", "https://a.example:8443/b", false),
            ("http://localhost", "http://localhost:51234", true),
            ("http://localhost", "http://localhost:51234/", true),
            ("http://localhost/b", "http://localhost:51234/c", false),
            ("http://localhost", "http://127.0.0.1:51234", false),
            ("http://localhost", "https://localhost:51234", false),
            ("http://localhost", "http://localhost.a.example", false),
            ("msalx://auth", "msalx://auth", true),
        ] {
            assert_eq!(same_redirect_uri(registered, uri), same, "{registered} {uri}");
        }
    }
}
