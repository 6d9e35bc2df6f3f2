//! A list row by row, for an import: memory for one row, and what is wrong with each told with it.

use std::io::{self, Read};

use super::csv_rows::CsvRows;
use super::finding::{Finding, FindingSink};
use super::finding_kind::Level;
use super::identity::Identity;
use super::lines::ListLines;
use super::objects::Objects;
use super::outcome::RowFailure;
use super::row_checks::{Purpose, RowChecks};
use super::row_values::RowValues;

/// A list that is read row by row.
pub struct ListReader {
    source: RowSource,
    checks: RowChecks,
}

/// The rows as they are written.
enum RowSource {
    Csv(CsvRows<Box<dyn Read>>),
    Ndjson(ListLines<Box<dyn Read>>, Box<Objects>),
}

/// A row that was read: its line, and its values or why they cannot be read.
type ReadRow = (u64, Result<RowValues, RowFailure>);

/// A row of a list.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// The line in the file, counted from 1.
    pub line: u64,
    /// The serial number as it is written there.
    pub serial_number: String,
    /// What is sent of the row, or why it cannot be imported.
    pub identity: Result<Identity, RowFailure>,
}

impl ListReader {
    /// Opens a CSV file; if it cannot be a list, what is wrong with it.
    pub fn csv(input: Box<dyn Read>) -> io::Result<Result<ListReader, Vec<Finding>>> {
        let (rows, findings) = collected(|sink| CsvRows::begin(input, sink))?;
        Ok(match rows {
            Some(rows) if !findings.iter().any(is_error) => Ok(ListReader::new(RowSource::Csv(rows))),
            _ => Err(findings),
        })
    }

    /// Opens a file with a JSON object a line; if it cannot be a list, what is wrong with it.
    pub fn ndjson(input: Box<dyn Read>) -> io::Result<Result<ListReader, Vec<Finding>>> {
        let (lines, findings) = collected(|sink| ListLines::begin(input, sink))?;
        let objects = Box::new(Objects::new()?);
        Ok(lines.map(|lines| ListReader::new(RowSource::Ndjson(lines, objects))).ok_or(findings))
    }

    fn new(source: RowSource) -> ListReader {
        ListReader { source, checks: RowChecks::new(Purpose::Import) }
    }

    /// The next row; none after the last. A tag that is given counts more than the row's.
    pub fn next_row(&mut self, group_tag: Option<&str>) -> io::Result<Option<ListRow>> {
        let (row, findings) = collected(|sink| match &mut self.source {
            RowSource::Csv(rows) => csv_row(rows, &mut self.checks, sink),
            RowSource::Ndjson(lines, objects) => ndjson_row(lines, objects, &mut self.checks, sink),
        })?;
        let Some((line, values)) = row else { return Ok(None) };
        let serial_number = values.as_ref().map_or_else(|_| String::new(), |row| row.serial_number.clone());
        let identity = match findings.iter().find(|finding| is_error(finding)) {
            Some(error) => Err(RowFailure::found(error)),
            None => values.map(|row| Identity::new(&row, group_tag)),
        };
        Ok(Some(ListRow { line, serial_number, identity }))
    }
}

fn csv_row(
    rows: &mut CsvRows<Box<dyn Read>>,
    checks: &mut RowChecks,
    sink: &mut FindingSink<'_>,
) -> io::Result<Option<ReadRow>> {
    let Some(row) = rows.next_row(sink)? else { return Ok(None) };
    if row.is_whole {
        checks.check(row.line, &row.values, sink)?;
    }
    Ok(Some((row.line, Ok(row.values))))
}

fn ndjson_row(
    lines: &mut ListLines<Box<dyn Read>>,
    objects: &Objects,
    checks: &mut RowChecks,
    sink: &mut FindingSink<'_>,
) -> io::Result<Option<ReadRow>> {
    let Some(line) = lines.next_line()? else { return Ok(None) };
    let Some(content) = line.content(sink)? else { return Ok(Some((line.number, Ok(RowValues::default())))) };
    let values = objects.values(content);
    if let Ok(values) = &values {
        checks.check(line.number, values, sink)?;
    }
    Ok(Some((line.number, values)))
}

fn is_error(finding: &Finding) -> bool {
    finding.kind.level() == Level::Error
}

/// The yield of a reading, and the findings that it reports.
fn collected<T>(read: impl FnOnce(&mut FindingSink<'_>) -> io::Result<T>) -> io::Result<(T, Vec<Finding>)> {
    let mut findings = Vec::new();
    let mut collect = |finding: &Finding| {
        findings.push(finding.clone());
        Ok(())
    };
    let yielded = read(&mut FindingSink::new(&mut collect))?;
    Ok((yielded, findings))
}
