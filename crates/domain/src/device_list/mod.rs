//! The list of devices that a reseller sends: serial numbers and hardware hashes, as a CSV file or as a JSON object a
//! line. [`inspect`] says what is wrong with a CSV file before anything is imported, in one pass and with memory for a
//! digest or three of each row; [`ListReader`] reads either for an import.

pub mod exchange;
mod finding;
mod header;
mod identity;
mod lines;
mod objects;
mod outcome;
mod reader;
mod rows;

#[cfg(test)]
mod tests;

use std::io::{self, Read};

pub use finding::{Finding, FindingKind, Level, Summary};
use header::Header;
pub use identity::{Identity, import_body};
pub use outcome::{Counts, Failure, Outcome, REPORT_COLUMNS};
pub use reader::{ListReader, ListRow};
use rows::{Purpose, Rows};

/// How many rows the portal takes in one file.
pub const PORTAL_ROWS_MAX: u64 = 500;

/// Reads a CSV file and tells each finding as it is made. An error is one of reading the list, or of telling.
pub fn inspect(input: impl Read, mut tell: impl FnMut(&Finding) -> io::Result<()>) -> io::Result<Summary> {
    let mut teller = Teller::new(&mut tell);
    let Some((header, mut lines)) = Header::find(input, &mut teller)? else { return Ok(teller.summary) };
    let mut rows = Rows::new(Purpose::Inspection);
    let mut last_line = 1;
    while let Some(line) = lines.next_line()? {
        last_line = line.number;
        teller.summary.rows += 1;
        rows.check_line(&header, &line, &mut teller)?;
    }
    match teller.summary.rows {
        0 => teller.tell(1, FindingKind::NoRows, "the file has no rows".to_owned())?,
        count if count > PORTAL_ROWS_MAX => {
            teller.tell(last_line, FindingKind::ManyRows, format!("the file has {count} rows"))?;
        }
        _ => {}
    }
    Ok(teller.summary)
}

/// Tells findings, and counts them.
struct Teller<'t> {
    tell: &'t mut dyn FnMut(&Finding) -> io::Result<()>,
    summary: Summary,
}

impl<'t> Teller<'t> {
    fn new(tell: &'t mut dyn FnMut(&Finding) -> io::Result<()>) -> Teller<'t> {
        Teller { tell, summary: Summary::default() }
    }

    fn tell(&mut self, line: u64, kind: FindingKind, cause: String) -> io::Result<()> {
        let finding = Finding { line, kind, cause };
        self.summary.count(kind.level());
        (self.tell)(&finding)
    }
}
