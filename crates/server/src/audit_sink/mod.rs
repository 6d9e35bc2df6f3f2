//! The table `[audit]`: the sink outside to which the audit's records are delivered, a file or a receiver of syslog.

mod file;
pub mod lines;
mod syslog;
mod table;
mod tls;

use engine::AuditSink;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::audit::AuditRecord;
use uuid::Uuid;

use crate::startup_error::StartupError;
use file::FileSink;
use lines::AuditFormat;
use syslog::{Address, SyslogSink};

pub use table::AuditTable;

/// The sink that an operator has chosen.
pub struct ConfiguredSink {
    name: String,
    format: AuditFormat,
    place: SinkPlace,
}

enum SinkPlace {
    File(FileSink),
    Syslog(Box<SyslogSink>),
}

impl ConfiguredSink {
    /// The sink of a table; none if it names none.
    pub fn of(table: &AuditTable) -> Result<Option<ConfiguredSink>, StartupError> {
        let (name, place) = match (&table.file, &table.syslog) {
            (Some(_), Some(_)) => {
                let message = "audit has both file and syslog; keep one";
                return Err(StartupError::Misused(message.to_owned()));
            }
            (None, None) => return Ok(None),
            (Some(path), None) => (format!("file:{}", path.display()), SinkPlace::File(FileSink::new(path))),
            (None, Some(url)) => {
                let sink = SyslogSink::new(Address::parse(url)?, table)?;
                (url.clone(), SinkPlace::Syslog(Box::new(sink)))
            }
        };
        Ok(Some(ConfiguredSink { name, format: table.format, place }))
    }
}

impl AuditSink for ConfiguredSink {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver<'a>(&'a self, tenant: Uuid, records: &'a [AuditRecord]) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let lines: Vec<String> =
                records.iter().map(|record| self.format.sink_line(tenant, record)).collect();
            match &self.place {
                SinkPlace::File(file) => file.append(&lines).await,
                SinkPlace::Syslog(syslog) => syslog.send(records, &lines).await,
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::{AuditTable, ConfiguredSink};
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
            let error = ConfiguredSink::of(&table).err().map(|error| match error {
                StartupError::Misused(text) | StartupError::Failed(text) => text,
            });
            assert_eq!(error.is_some(), named.is_some(), "{text}: {error:?}");
            assert!(error.unwrap_or_default().contains(named.unwrap_or_default()), "{text}");
        }
    }
}
