//! The report: a CSV file with a line for each row, in their order.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use domain::device_list::{REPORT_COLUMNS, RowOutcome};
use server::StartupError;

use super::batch::RowBatch;

/// The report, or nothing if none is wanted.
pub struct ImportReport(Option<OpenReport>);

struct OpenReport {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl ImportReport {
    /// Begins a report, or goes on with one after so many bytes: lines after them are written again.
    pub fn open(path: Option<&Path>, bytes: u64) -> Result<ImportReport, StartupError> {
        let Some(path) = path else { return Ok(ImportReport(None)) };
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
            .map_err(|error| StartupError::Misused(format!("cannot write {}: {error}", path.display())))?;
        Ok(ImportReport(Some(OpenReport { path: path.to_owned(), writer })))
    }

    /// Adds the rows of a batch.
    pub fn write(&mut self, batch: &RowBatch, outcomes: &[RowOutcome]) -> Result<(), StartupError> {
        let Some(OpenReport { path, writer }) = &mut self.0 else { return Ok(()) };
        let mut written = || -> std::io::Result<()> {
            for (row, outcome) in batch.rows.iter().zip(outcomes) {
                let serial_number =
                    row.identity.as_ref().map_or(&*row.serial_number, |identity| &identity.serial_number);
                let (line, said) = (row.line.to_string(), outcome.reported());
                writer.write_record([&*line, serial_number].into_iter().chain(said))?;
            }
            writer.flush()
        };
        written().map_err(|error| StartupError::Failed(format!("cannot write {}: {error}", path.display())))
    }

    /// The bytes of the report; 0 if there is none.
    pub fn bytes(&self) -> Result<u64, StartupError> {
        let Some(OpenReport { path, writer }) = &self.0 else { return Ok(0) };
        let metadata = writer.get_ref().metadata();
        metadata
            .map(|metadata| metadata.len())
            .map_err(|error| StartupError::Failed(format!("cannot look at {}: {error}", path.display())))
    }
}
