//! The inspection of a CSV file: what is wrong with it, before anything of it is imported.

use std::io::{self, Read};

use super::csv_rows::{CsvRow, CsvRows};
use super::finding::{Finding, FindingSink, Summary};
use super::finding_kind::FindingKind;
use super::row_checks::{Purpose, RowChecks};

/// The most rows that the portal takes in one file.
pub const PORTAL_ROWS_MAX: u64 = 500;

/// Reads a CSV file and reports each finding as it is made. An error is one of reading the list, or of reporting.
pub fn inspect(input: impl Read, mut report: impl FnMut(&Finding) -> io::Result<()>) -> io::Result<Summary> {
    let mut sink = FindingSink::new(&mut report);
    go_through(input, &mut sink, |_, _| {})?;
    Ok(sink.summary)
}

/// Reads a CSV file to its end; the line of its header, 0 if there is none. Each row is told with the number of errors and
/// warnings about it.
pub(super) fn go_through(
    input: impl Read,
    sink: &mut FindingSink<'_>,
    mut row_done: impl FnMut(&CsvRow, u64),
) -> io::Result<u64> {
    let Some(mut rows) = CsvRows::begin(input, sink)? else { return Ok(0) };
    let mut checks = RowChecks::new(Purpose::Inspection);
    let mut last_line = 1;
    loop {
        let before = sink.summary.errors + sink.summary.warnings;
        let Some(row) = rows.next_row(sink)? else { break };
        last_line = row.line;
        sink.summary.rows += 1;
        if row.is_whole {
            checks.check(row.line, &row.values, sink)?;
        }
        row_done(&row, sink.summary.errors + sink.summary.warnings - before);
    }
    match sink.summary.rows {
        0 => sink.report(1, FindingKind::NoRows, "the file has no rows".to_owned())?,
        count if count > PORTAL_ROWS_MAX => {
            sink.report(last_line, FindingKind::ManyRows, format!("the file has {count} rows"))?;
        }
        _ => {}
    }
    Ok(rows.header_line())
}
