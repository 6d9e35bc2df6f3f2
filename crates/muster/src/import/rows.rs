//! The list, a batch of rows at a time: a CSV file, or a JSON object a line.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256};
use domain::device_list::{Finding, ListReader, ListRow};
use server::StartupError;

use super::batch::{BATCH_BYTES_MAX, BatchRow, RowBatch};
use crate::command_line::ListFormat;
use crate::graph_client::Stopped;

/// The rows of a list that is being read.
pub struct ListRows {
    list: ListReader,
    group_tag: Option<String>,
    bytes_total: Option<u64>,
    bytes_read: Arc<AtomicU64>,
    digest: Context,
    next: u64,
    /// A row for which the last batch had no room.
    left_over: Option<BatchRow>,
}

/// The result of opening a list.
pub enum OpenedList {
    Rows(Box<ListRows>),
    /// The file is no list, because of these findings.
    NoList(Vec<Finding>),
}

impl ListRows {
    /// Opens a list; `-` is standard input.
    pub fn open(
        path: &Path,
        format: Option<ListFormat>,
        group_tag: Option<&str>,
    ) -> Result<OpenedList, StartupError> {
        let misused = |error| StartupError::Misused(format!("cannot read {}: {error}", path.display()));
        let (input, bytes_total): (Box<dyn Read>, _) = match path == Path::new("-") {
            true => (Box::new(io::stdin()), None),
            false => {
                let file = File::open(path).map_err(misused)?;
                let metadata = file.metadata().map_err(misused)?;
                if metadata.is_dir() {
                    return Err(StartupError::Misused(format!("{} is a folder", path.display())));
                }
                (Box::new(file), metadata.is_file().then_some(metadata.len()))
            }
        };
        let bytes_read = Arc::new(AtomicU64::new(0));
        let input = CountedReader { input, bytes: Arc::clone(&bytes_read) };
        let input = Box::new(input);
        let list = match format.unwrap_or_else(|| ListFormat::of(path)) {
            ListFormat::Csv => ListReader::csv(input),
            ListFormat::Ndjson => ListReader::ndjson(input),
        };
        let list = match list.map_err(misused)? {
            Ok(list) => list,
            Err(findings) => return Ok(OpenedList::NoList(findings)),
        };
        Ok(OpenedList::Rows(Box::new(ListRows {
            list,
            group_tag: group_tag.map(str::to_owned),
            bytes_total,
            bytes_read,
            digest: Context::new(&SHA256),
            next: 0,
            left_over: None,
        })))
    }

    /// The size of the list in bytes, if it is a file.
    pub fn bytes_total(&self) -> Option<u64> {
        self.bytes_total
    }

    /// The bytes of the list that were read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// The next rows, at most `rows_max` of them; none after the last.
    pub fn next_batch(&mut self, rows_max: usize) -> Result<Option<RowBatch>, Stopped> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < rows_max {
            let row = match self.left_over.take() {
                Some(row) => Some(row),
                None => self.next_row().map_err(|error| Stopped(format!("cannot read the list: {error}")))?,
            };
            let Some(row) = row else { break };
            bytes += row.identity.as_ref().map_or(0, |identity| identity.json.len());
            if bytes > BATCH_BYTES_MAX && !rows.is_empty() {
                self.left_over = Some(row);
                break;
            }
            self.note(&row);
            rows.push(row);
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let digest = hexadecimal(self.digest.clone().finish().as_ref());
        Ok(Some(RowBatch { rows, bytes_read: self.bytes_read(), digest }))
    }

    /// Passes over the first rows: their digest, or none if there are not so many.
    pub fn skip(&mut self, rows: u64) -> Result<Option<String>, StartupError> {
        for _ in 0..rows {
            let row = self.next_row();
            match row.map_err(|error| StartupError::Failed(format!("cannot read the list: {error}")))? {
                Some(row) => self.note(&row),
                None => return Ok(None),
            }
        }
        Ok(Some(hexadecimal(self.digest.clone().finish().as_ref())))
    }

    fn note(&mut self, row: &BatchRow) {
        self.digest.update(&row.line.to_le_bytes());
        if let Ok(identity) = &row.identity {
            self.digest.update(identity.json.as_bytes());
        }
    }

    fn next_row(&mut self) -> io::Result<Option<BatchRow>> {
        let row = self.list.next_row(self.group_tag.as_deref())?;
        let number = self.next;
        self.next += u64::from(row.is_some());
        Ok(row.map(|ListRow { line, serial_number, identity }| BatchRow {
            number,
            line,
            serial_number,
            identity,
        }))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A reader that counts the bytes it reads.
struct CountedReader<R> {
    input: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for CountedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
