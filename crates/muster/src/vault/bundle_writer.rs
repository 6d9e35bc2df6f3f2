//! Writes a bundle: lines of JSON that leave this process encrypted, for whoever has the identity of one of its recipients.

use std::io::{self, Write};

use age::Encryptor;
use age::stream::StreamWriter;
use age::x25519::Recipient;
use serde::Serialize;

use super::bundle_lines::{BundleEnd, BundleHead, FORMAT, VERSION};

/// A bundle that is being written.
pub struct BundleWriter<W: Write> {
    stream: StreamWriter<W>,
    records: u64,
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle at a time.
    pub fn begin(output: W, recipients: &[Recipient], now: String) -> io::Result<BundleWriter<W>> {
        let recipients = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let mut writer = BundleWriter { stream: encryptor.wrap_output(output)?, records: 0 };
        writer.line(&BundleHead {
            format: FORMAT.to_owned(),
            version: VERSION,
            created_date_time: now,
            written_by: concat!("muster ", env!("CARGO_PKG_VERSION")).to_owned(),
        })?;
        Ok(writer)
    }

    /// Adds a record: a JSON object without the end of its line.
    pub fn record(&mut self, line: &str) -> io::Result<()> {
        self.records += 1;
        self.stream.write_all(line.as_bytes())?;
        self.stream.write_all(b"\n")
    }

    /// Ends the bundle; the output, and the number of records.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        let records = self.records;
        self.line(&BundleEnd { end: FORMAT.to_owned(), records })?;
        Ok((self.stream.finish()?, records))
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.stream.write_all(&text)
    }
}
