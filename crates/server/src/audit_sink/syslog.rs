//! A receiver of syslog as a sink: RFC 5424 messages, counted in octets, over TLS (RFC 5425) or TCP (RFC 6587).
//!
//! Syslog has no word for "received". So each batch has a connection of its own, and its end is the confirmation: a receiver
//! closes its side when it has read ours to the end, while one that dies before resets the connection.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use rustls_pki_types::ServerName;
use serde_json::Value;
use store::audit::AuditRecord;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::table::AuditTable;
use super::tls::connector;
use crate::startup_error::StartupError;

/// The facility "log audit".
const FACILITY: u8 = 13;
const ALERT: u8 = 1;
const WARNING: u8 = 4;
const INFORMATIONAL: u8 = 6;

/// The address of a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    is_tls: bool,
    host: String,
    port: u16,
}

/// A receiver of messages, and how it is reached.
pub(super) struct SyslogSink {
    address: Address,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    host_name: String,
}

impl Address {
    /// Reads `tls://HOST:PORT` or `tcp://HOST:PORT`.
    pub(super) fn parse(text: &str) -> Result<Address, StartupError> {
        let address = || {
            let uri: http::Uri = text.parse().ok()?;
            let is_whole = matches!(uri.path(), "" | "/") && uri.query().is_none();
            let is_tls = match uri.scheme_str().filter(|_| is_whole)? {
                "tls" => true,
                "tcp" => false,
                _ => return None,
            };
            Some(Address {
                is_tls,
                host: uri.host()?.trim_matches(['[', ']']).to_owned(),
                port: uri.port_u16()?,
            })
        };
        address().ok_or_else(|| {
            let message =
                format!("audit.syslog = '{text}' is neither tls://HOST:PORT nor tcp://HOST:PORT, such as tls://siem.contoso.example:6514");
            StartupError::Misused(message)
        })
    }
}

impl SyslogSink {
    pub(super) fn new(address: Address, table: &AuditTable) -> Result<SyslogSink, StartupError> {
        let files = [&table.syslog_ca, &table.syslog_certificate, &table.syslog_key];
        if !address.is_tls && files.into_iter().any(Option::is_some) {
            let message =
                "audit.syslog_ca, syslog_certificate and syslog_key are for tls://; audit.syslog is tcp://";
            return Err(StartupError::Misused(message.to_owned()));
        }
        let tls = match address.is_tls {
            false => None,
            true => {
                let name = ServerName::try_from(address.host.clone()).map_err(|error| {
                    StartupError::Misused(format!(
                        "audit.syslog has no host that a certificate can name: {error}"
                    ))
                })?;
                Some((connector(table)?, name))
            }
        };
        Ok(SyslogSink { address, tls, host_name: host_name() })
    }

    /// Sends records as lines; the receiver has read them when it returns.
    pub(super) async fn send(&self, records: &[AuditRecord], lines: &[String]) -> Result<(), String> {
        let mut frames = Vec::new();
        for (record, line) in records.iter().zip(lines) {
            let message = self.message(record, line);
            frames.extend_from_slice(format!("{} ", message.len()).as_bytes());
            frames.extend_from_slice(message.as_bytes());
        }
        let Address { host, port, .. } = &self.address;
        let sent = async {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            match &self.tls {
                None => hand_over(stream, &frames).await,
                Some((tls, name)) => hand_over(tls.connect(name.clone(), stream).await?, &frames).await,
            }
        };
        sent.await.map_err(|error: std::io::Error| format!("{host}:{port}: {error}"))
    }

    fn message(&self, record: &AuditRecord, line: &str) -> String {
        let said: Value = serde_json::from_str(&record.record).unwrap_or_default();
        let activity = said["activity"].as_str().unwrap_or("-");
        let severity = match activity {
            "alarmed" => ALERT,
            "refused" => WARNING,
            _ => INFORMATIONAL,
        };
        let priority = FACILITY * 8 + severity;
        let time = said["time"].as_str().and_then(|time| time.parse::<Timestamp>().ok()).unwrap_or_else(now);
        // Its times have microseconds at most.
        let (host_name, process) = (&self.host_name, std::process::id());
        format!("<{priority}>1 {time:.6} {host_name} muster {process} {activity} - {line}")
    }
}

/// Writes frames and ends the stream; then waits until the receiver ends its side.
async fn hand_over(mut stream: impl AsyncRead + AsyncWrite + Unpin, frames: &[u8]) -> std::io::Result<()> {
    stream.write_all(frames).await?;
    stream.shutdown().await?;
    let mut buffer = [0; 256];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            // A receiver that closes without the farewell of TLS has read everything all the same.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_second(i64::try_from(since.as_secs()).unwrap_or_default()).unwrap_or_default()
}

/// What this machine is called; the nil value of syslog if nobody says.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use store::audit::AuditRecord;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::{Address, SyslogSink};
    use crate::audit_sink::table::AuditTable;

    fn record(activity: &str) -> AuditRecord {
        let record = format!(r#"{{"activity":"{activity}","time":"2026-11-30T10:00:00.1234567Z"}}"#);
        AuditRecord { sequence: 1, record: record.into(), link: Box::default() }
    }

    #[tokio::test]
    async fn messages_are_counted_in_octets_and_confirmed_by_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let sink = SyslogSink::new(Address::parse(&url).unwrap(), &AuditTable::default()).unwrap();
        let records = [record("revealed"), record("alarmed")];
        let lines = ["{\"ä\":1}".to_owned(), "{}".to_owned()];
        let receiver = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            text
        };
        let (sent, text) = tokio::join!(sink.send(&records, &lines), receiver);
        sent.unwrap();
        let mut rest = text.as_bytes();
        for (priority, message, line) in [(110, "revealed", &lines[0]), (105, "alarmed", &lines[1])] {
            let space = rest.iter().position(|byte| *byte == b' ').unwrap();
            let (count, after) = rest.split_at(space);
            let count: usize = std::str::from_utf8(count).unwrap().parse().unwrap();
            let (frame, after) = after[1..].split_at(count);
            let frame = std::str::from_utf8(frame).unwrap();
            let begin = format!("<{priority}>1 2026-11-30T10:00:00.123456Z ");
            assert!(frame.starts_with(&begin) && frame.contains(" muster "), "{frame}");
            assert!(frame.ends_with(&format!(" {message} - {line}")), "{frame}");
            rest = after;
        }
        assert!(rest.is_empty());
    }

    #[tokio::test]
    async fn a_receiver_that_ends_before_it_has_read_confirms_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let sink = SyslogSink::new(Address::parse(&url).unwrap(), &AuditTable::default()).unwrap();
        let (records, lines) = ([record("revealed")], ["x".repeat(1 << 20)]);
        let receiver = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 10]).await.unwrap();
            stream.flush().await.unwrap();
        };
        let (sent, ()) = tokio::join!(sink.send(&records, &lines), receiver);
        assert!(sent.is_err());
        drop(listener);
        assert!(sink.send(&records, &lines).await.is_err(), "nobody is there");
    }
}
