//! What the configuration says of the console: the ways to sign in, and the policy of its page that follows from them.

use super::sign_in::{self, ConsoleSignIn};
use crate::issuer_table::IssuerTable;
use crate::startup_error::StartupError;

/// The digest of no text: style sheets that scripts fill rule by rule begin empty.
const EMPTY_STYLE: &str = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/// The console's part of the configuration.
#[derive(Debug, Default)]
pub struct Console {
    /// The ways to sign in.
    pub(super) sign_ins: Vec<ConsoleSignIn>,
    /// The policy of its page: files of this server, and calls to it and to where people sign in.
    pub policy: String,
}

impl Console {
    /// The console of these issuers.
    pub fn of(issuers: &[IssuerTable]) -> Result<Console, StartupError> {
        let ways = issuers.iter().filter_map(|issuer| sign_in::sign_in(issuer).transpose());
        let sign_ins = ways.collect::<Result<Vec<_>, _>>()?;
        let mut origins: Vec<_> =
            sign_ins.iter().filter_map(|sign_in| sign_in::origin(&sign_in.authority)).collect();
        origins.dedup();
        let elsewhere: String = origins.iter().map(|origin| format!(" {origin}")).collect();
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' {EMPTY_STYLE}; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'{elsewhere}; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        Ok(Console { sign_ins, policy })
    }
}

#[cfg(test)]
mod tests {
    use super::Console;
    use crate::issuer_table::IssuerTable;

    fn issuer(rest: &str) -> IssuerTable {
        toml::from_str(&format!("issuer = \"https://a.example\"\n{rest}")).unwrap()
    }

    #[test]
    fn an_issuer_says_how_people_sign_in() {
        let discovery = "discovery = \"https://a.example:8/x/.well-known/openid-configuration\"";
        let found = issuer(&format!("{discovery}\n[console]\nclient_id = \"c\"\nscopes = [\"s\"]"));
        let given = issuer(
            "[console]\nclient_id = \"c\"\nscopes = []\nauthority = \"https://b.example/\"\nname = \"B\"",
        );
        let console = Console::of(&[found, given, issuer(discovery)]).unwrap();
        let told: Vec<_> = console
            .sign_ins
            .iter()
            .map(|way| (way.name.as_str(), way.authority.as_str(), way.scope.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("a.example:8", "https://a.example:8/x", "openid profile offline_access s"),
                ("B", "https://b.example", "openid profile offline_access"),
            ]
        );
        assert!(console.policy.contains("connect-src 'self' https://a.example:8 https://b.example;"));
    }

    #[test]
    fn what_cannot_be_signed_in_to_stops_the_start() {
        for (rest, named) in [
            ("[console]\nclient_id = \"c\"\nscopes = []", "console.authority"),
            ("[console]\nclient_id = \"c\"\nscopes = []\nauthority = \"b.example\"", "no http(s) URL"),
            ("[console]\nclient_id = \"c\"\nscopes = []\nauthority = \"https://b;x/\"", "no http(s) URL"),
        ] {
            let error = Console::of(&[issuer(rest)]).unwrap_err().to_string();
            assert!(error.contains(named), "{rest}: {error}");
        }
    }
}
