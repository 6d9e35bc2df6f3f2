//! The table `[audit]`: the sink outside to which the audit's records are delivered, a file or a receiver of syslog.

mod file;
pub mod lines;
mod syslog;
mod tls;

use std::path::PathBuf;

use engine::AuditSink;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use store::audit::AuditRecord;
use uuid::Uuid;

use crate::startup_error::StartupError;
use file::FileSink;
use lines::AuditFormat;
use syslog::{Address, SyslogSink};

/// The table `[audit]`.
#[derive(Clone, Debug, Default, Deserialize)]
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

/// The sink that an operator has chosen.
pub struct ConfiguredSink {
    name: String,
    format: AuditFormat,
    place: Place,
}

enum Place {
    File(FileSink),
    Syslog(Box<SyslogSink>),
}

impl AuditTable {
    /// The sink of the table; none if it names none.
    pub fn sink(&self) -> Result<Option<ConfiguredSink>, StartupError> {
        let (name, place) = match (&self.file, &self.syslog) {
            (Some(_), Some(_)) => {
                let message = "audit has both file and syslog; keep one";
                return Err(StartupError::Misused(message.to_owned()));
            }
            (None, None) => return Ok(None),
            (Some(path), None) => (format!("file:{}", path.display()), Place::File(FileSink::new(path))),
            (None, Some(url)) => {
                let sink = SyslogSink::new(Address::parse(url)?, self)?;
                (url.clone(), Place::Syslog(Box::new(sink)))
            }
        };
        Ok(Some(ConfiguredSink { name, format: self.format, place }))
    }
}

impl AuditSink for ConfiguredSink {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver<'a>(&'a self, tenant: Uuid, records: &'a [AuditRecord]) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let lines = records.iter().map(|record| self.format.line(tenant, record));
            let lines = lines.collect::<Result<Vec<_>, _>>()?;
            match &self.place {
                Place::File(file) => file.append(&lines).await,
                Place::Syslog(syslog) => syslog.send(records, &lines).await,
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::AuditTable;
    use crate::startup_error::StartupError;

    #[test]
    fn a_sink_that_cannot_be_is_refused_with_its_key() {
        let cases = [
            ("file = 'a'\nsyslog = 'tcp://b:1'", Some("audit has both")),
            ("syslog = 'udp://b:1'", Some("audit.syslog = 'udp://b:1'")),
            ("syslog = 'tcp://b'", Some("audit.syslog = 'tcp://b'")),
            ("syslog = 'tls://b:1'", Some("audit.syslog_ca")),
            ("syslog = 'tls://b:1'\nsyslog_ca = '/none'", Some("audit.syslog_ca = '/none'")),
            ("syslog = 'tls://b:1'\nsyslog_ca = 'a'\nsyslog_key = 'k'", Some("audit.syslog_certificate")),
            ("syslog = 'tcp://b:1'\nsyslog_ca = 'a'", Some("audit.syslog_ca")),
            ("syslog = 'tcp://[::1]:601'", None),
            ("file = 'a'\nformat = 'ocsf'", None),
            ("", None),
        ];
        for (text, named) in cases {
            let table: AuditTable = toml::from_str(text).unwrap();
            let error = table.sink().err().map(|error| match error {
                StartupError::Misused(text) | StartupError::Failed(text) => text,
            });
            assert_eq!(error.is_some(), named.is_some(), "{text}: {error:?}");
            assert!(error.unwrap_or_default().contains(named.unwrap_or_default()), "{text}");
        }
    }
}
