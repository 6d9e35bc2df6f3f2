//! The inspection of a CSV file: what is wrong with it, before anything of it is imported.

use std::io::{self, Read};

use super::csv_rows::CsvRows;
use super::finding::{Finding, FindingSink, Summary};
use super::finding_kind::FindingKind;
use super::row_checks::{Purpose, RowChecks};

/// The most rows that the portal takes in one file.
pub const PORTAL_ROWS_MAX: u64 = 500;

/// Reads a CSV file and reports each finding as it is made. An error is one of reading the list, or of reporting.
pub fn inspect(input: impl Read, mut report: impl FnMut(&Finding) -> io::Result<()>) -> io::Result<Summary> {
    let mut sink = FindingSink::new(&mut report);
    let Some(mut rows) = CsvRows::begin(input, &mut sink)? else { return Ok(sink.summary) };
    let mut checks = RowChecks::new(Purpose::Inspection);
    let mut last_line = 1;
    while let Some(row) = rows.next_row(&mut sink)? {
        last_line = row.line;
        sink.summary.rows += 1;
        if row.is_whole {
            checks.check(row.line, &row.values, &mut sink)?;
        }
    }
    match sink.summary.rows {
        0 => sink.report(1, FindingKind::NoRows, "the file has no rows".to_owned())?,
        count if count > PORTAL_ROWS_MAX => {
            sink.report(last_line, FindingKind::ManyRows, format!("the file has {count} rows"))?;
        }
        _ => {}
    }
    Ok(sink.summary)
}
