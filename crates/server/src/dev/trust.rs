//! The authorities that a client of the dev server trusts: the system's and the dev folder's, in one file, so that in the
//! same terminal other servers can be reached, too.

use std::path::PathBuf;

/// The line with which our own bundles begin.
const MARK: &str = "# The authority of Muster's dev mode, and those of the system.\n";

/// The places of the system's authorities: Debian and Alpine; Fedora and RHEL; SUSE; macOS and the BSDs.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The text of the bundle. The folder's own authority comes first, as some clients read one certificate only.
pub fn bundle(authority: &str) -> String {
    let configured = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let system = configured
        .into_iter()
        .chain(SYSTEM_FILES.map(PathBuf::from))
        .filter_map(|file| std::fs::read_to_string(file).ok())
        // The terminal may have evaluated what was printed before.
        .find(|text| !text.starts_with(MARK) && text.contains("-----BEGIN"));
    format!("{MARK}{}\n{}", authority.trim_end(), system.unwrap_or_default())
}
