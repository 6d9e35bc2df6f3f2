//! The table `[audit]` of the configuration.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::lines::AuditFormat;

/// The table `[audit]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditTable {
    /// The file that records are appended to.
    pub file: Option<PathBuf>,
    /// The receiver of syslog: `tls://HOST:PORT` or `tcp://HOST:PORT`.
    pub syslog: Option<String>,
    /// The authorities of a TLS receiver's certificate, in PEM.
    pub syslog_ca: Option<PathBuf>,
    /// The certificate that is shown to a TLS receiver, in PEM; with `syslog_key`.
    pub syslog_certificate: Option<PathBuf>,
    /// The private key of that certificate, in PEM.
    pub syslog_key: Option<PathBuf>,
    /// How records are written.
    #[serde(deserialize_with = "domain::word")]
    pub format: AuditFormat,
}
