//! The report: a CSV file with a line for each row, in their order.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use domain::device_list::{REPORT_COLUMNS, RowOutcome};
use server::StartError;

use super::batch::Batch;

/// The report, or nothing if none is wanted.
pub struct Report(Option<Open>);

struct Open {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Report {
    /// Begins a report, or goes on with one after so many bytes: what was written after them is written again.
    pub fn open(path: Option<&Path>, bytes: u64) -> Result<Report, StartError> {
        let Some(path) = path else { return Ok(Report(None)) };
        let opened = || -> std::io::Result<csv::Writer<File>> {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            if file.metadata()?.len() < bytes {
                return Err(std::io::Error::other(
                    "it is shorter than it was when the import was interrupted",
                ));
            }
            file.set_len(bytes)?;
            file.seek(SeekFrom::End(0))?;
            let mut writer = csv::Writer::from_writer(file);
            if bytes == 0 {
                writer.write_record(REPORT_COLUMNS)?;
                writer.flush()?;
            }
            Ok(writer)
        };
        let writer = opened()
            .map_err(|error| StartError::Misused(format!("cannot write {}: {error}", path.display())))?;
        Ok(Report(Some(Open { path: path.to_owned(), writer })))
    }

    /// Adds a batch.
    pub fn write(&mut self, batch: &Batch, outcomes: &[RowOutcome]) -> Result<(), StartError> {
        let Some(Open { path, writer }) = &mut self.0 else { return Ok(()) };
        let mut written = || -> std::io::Result<()> {
            for (row, outcome) in batch.rows.iter().zip(outcomes) {
                let serial_number =
                    row.identity.as_ref().map_or(&*row.serial_number, |identity| &identity.serial_number);
                let (line, said) = (row.line.to_string(), outcome.reported());
                writer.write_record([&*line, serial_number].into_iter().chain(said))?;
            }
            writer.flush()
        };
        written().map_err(|error| StartError::Failed(format!("cannot write {}: {error}", path.display())))
    }

    /// How many bytes it has; 0 if there is none.
    pub fn bytes(&self) -> Result<u64, StartError> {
        let Some(Open { path, writer }) = &self.0 else { return Ok(0) };
        let metadata = writer.get_ref().metadata();
        metadata
            .map(|metadata| metadata.len())
            .map_err(|error| StartError::Failed(format!("cannot look at {}: {error}", path.display())))
    }
}
