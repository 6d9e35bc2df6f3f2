//! The list of devices that a reseller sends: a CSV file of serial numbers and hardware hashes. [`inspect`] says what is
//! wrong with one before anything is imported, in one pass and with memory for a digest or three of each row.

pub mod exchange;
mod finding;
mod header;
mod identity;
mod lines;
mod outcome;
mod reader;
mod rows;

#[cfg(test)]
mod tests;

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

pub use finding::{Finding, FindingKind, Level, Summary};
use header::Header;
pub use identity::{Identity, import_body};
use lines::{BoundedLines, Encoding, LINE_BYTES_MAX};
pub use outcome::{Counts, Failure, Outcome, REPORT_COLUMNS};
pub use reader::{CsvList, DeviceRow};
pub use rows::RowValues;
use rows::{Purpose, Rows};

/// How many rows the portal takes in one file.
pub const PORTAL_ROWS_MAX: u64 = 500;

/// Reads a list and tells each finding as it is made. An error is one of reading the list, or of telling.
pub fn inspect(input: impl Read, tell: impl FnMut(&Finding) -> io::Result<()>) -> io::Result<Summary> {
    let mut teller = Teller { tell, summary: Summary::default() };
    let (encoding, input) = lines::sniff(input)?;
    if let Encoding::Utf16(order) = encoding {
        teller.tell(1, FindingKind::Utf16, format!("the file is UTF-16 ({order})"))?;
        return Ok(teller.summary);
    }
    let mut reader = csv_reader(input);
    let mut record = ByteRecord::new();
    if !read(&mut reader, &mut record, &mut teller)? {
        if teller.summary.errors == 0 {
            teller.tell(1, FindingKind::Empty, "the file is empty".to_owned())?;
        }
        return Ok(teller.summary);
    }
    let (header, is_header) = Header::read(&record, &mut teller)?;
    let mut rows = Rows::new(header, Purpose::Inspection);
    if !is_header {
        rows.check(&record, &mut teller)?;
    }
    while read(&mut reader, &mut record, &mut teller)? {
        rows.check(&record, &mut teller)?;
    }
    match teller.summary.rows {
        0 => teller.tell(1, FindingKind::NoRows, "the file has no rows".to_owned())?,
        count if count > PORTAL_ROWS_MAX => {
            teller.tell(rows.last_line, FindingKind::ManyRows, format!("the file has {count} rows"))?;
        }
        _ => {}
    }
    Ok(teller.summary)
}

fn csv_reader<R: Read>(input: R) -> csv::Reader<BoundedLines<R>> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).quoting(false).from_reader(BoundedLines::new(input))
}

/// Reads the next row; none after the last, or after a line that is too long for any row.
fn read<R: Read, T: FnMut(&Finding) -> io::Result<()>>(
    reader: &mut csv::Reader<BoundedLines<R>>,
    record: &mut ByteRecord,
    teller: &mut Teller<T>,
) -> io::Result<bool> {
    match reader.read_byte_record(record) {
        Ok(more) => Ok(more),
        Err(error) => {
            match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {}
                csv::ErrorKind::Io(error) => return Err(error),
                // The reader takes any bytes in any number of columns.
                other => return Err(io::Error::other(format!("{other:?}"))),
            }
            let cause = format!("the line is longer than {LINE_BYTES_MAX} bytes; what follows was not read");
            let line = reader.position().line();
            teller.tell(line, FindingKind::LongLine, cause)?;
            Ok(false)
        }
    }
}

/// Tells findings, and counts them.
struct Teller<T> {
    tell: T,
    summary: Summary,
}

impl<T: FnMut(&Finding) -> io::Result<()>> Teller<T> {
    fn tell(&mut self, line: u64, kind: FindingKind, cause: String) -> io::Result<()> {
        let finding = Finding { line, kind, cause };
        self.summary.count(kind.level());
        (self.tell)(&finding)
    }
}
