//! Whether people can sign in to the console: where they do, and where their issuer sends them back to.

use server::config::Config;
use server::console::SIGNED_IN;
use server::issuer_table::IssuerTable;

use super::finding::{Finding, Health};

/// A finding for each issuer that people can sign in at; one that nobody can, if there is none.
pub fn findings(config: &Config) -> Vec<Finding> {
    let addresses = addresses(config);
    let findings: Vec<_> =
        config.issuers.iter().filter_map(|issuer| sign_in(issuer, addresses.as_deref())).collect();
    if !findings.is_empty() {
        return findings;
    }
    let detail =
        "nobody can sign in to it: add a table [issuers.console] with client_id and scopes to an issuer";
    vec![Finding::new("console", Health::Warning, detail)]
}

/// The sign-in at an issuer; none if it has no table for it.
fn sign_in(issuer: &IssuerTable, addresses: Option<&[String]>) -> Option<Finding> {
    let table = issuer.console.as_ref()?;
    let check = format!("console at {}", issuer.issuer);
    let client = &table.client_id;
    if client.is_empty() {
        return Some(Finding::new(
            check,
            Health::Failed,
            "its client_id is empty: register the console there",
        ));
    }
    let Some(addresses) = addresses else {
        let detail = format!(
            "the client '{client}' returns to https://HOST{SIGNED_IN}; set public_url, and HOST is told here"
        );
        return Some(Finding::new(check, Health::Warning, detail));
    };
    let detail =
        format!("the client '{client}' returns to {}: is that registered there?", addresses.join(" or "));
    // The code flow with PKCE takes the cryptography of browsers, which is there for secure addresses only.
    Some(match addresses.iter().find(|address| !is_secure(address)) {
        Some(address) => Finding::new(
            check,
            Health::Failed,
            format!("{address} is no https address: browsers do not sign in there"),
        ),
        None => Finding::new(check, Health::Ok, detail),
    })
}

/// The addresses that the issuer sends people back to; none if the configuration does not say how the server is called.
fn addresses(config: &Config) -> Option<Vec<String>> {
    if let Some(url) = &config.public_url {
        return Some(vec![format!("{}{SIGNED_IN}", url.trim_end_matches('/'))]);
    }
    let hosts = config.hosts.iter().map(|host| format!("https://{host}{SIGNED_IN}"));
    Some(hosts.collect::<Vec<_>>()).filter(|addresses| !addresses.is_empty())
}

fn is_secure(address: &str) -> bool {
    ["https://", "http://localhost", "http://127.0.0.1", "http://[::1]"]
        .iter()
        .any(|beginning| address.starts_with(beginning))
}
