//! A list row by row, for an import: memory for one row, and what is wrong with each told with it.

use std::io::{self, Read};

use super::header::Header;
use super::lines::Lines;
use super::objects::Objects;
use super::rows::{Purpose, RowValues, Rows};
use super::{Failure, Finding, Identity, Level, Teller};

/// A list that is read row by row.
pub struct ListReader {
    lines: Lines<Box<dyn Read>>,
    form: Form,
    rows: Rows,
}

/// How the rows are written.
enum Form {
    Csv(Header),
    Ndjson(Box<Objects>),
}

/// A row.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// As it is written there.
    pub serial_number: String,
    /// What is sent of it, or why it cannot be imported.
    pub identity: Result<Identity, Failure>,
}

impl ListReader {
    /// Opens a CSV file; if it cannot be a list, what is wrong with it.
    pub fn csv(input: Box<dyn Read>) -> io::Result<Result<ListReader, Vec<Finding>>> {
        let (header, findings) = collected(|teller| Header::find(input, teller))?;
        Ok(match header {
            Some((header, lines)) if !findings.iter().any(is_error) => {
                Ok(ListReader::new(lines, Form::Csv(header)))
            }
            _ => Err(findings),
        })
    }

    /// Opens a file with a JSON object a line; if it cannot be a list, what is wrong with it.
    pub fn ndjson(input: Box<dyn Read>) -> io::Result<Result<ListReader, Vec<Finding>>> {
        let (lines, findings) = collected(|teller| Lines::begin(input, teller))?;
        let form = Form::Ndjson(Box::new(Objects::new()?));
        Ok(lines.map(|lines| ListReader::new(lines, form)).ok_or(findings))
    }

    fn new(lines: Lines<Box<dyn Read>>, form: Form) -> ListReader {
        ListReader { lines, form, rows: Rows::new(Purpose::Import) }
    }

    /// The next row; none after the last. A tag that is given counts more than the row's.
    pub fn next_row(&mut self, group_tag: Option<&str>) -> io::Result<Option<ListRow>> {
        let ListReader { lines, form, rows } = self;
        let Some(line) = lines.next_line()? else { return Ok(None) };
        let (values, findings) = collected(|teller| match form {
            Form::Csv(header) => rows.check_line(header, &line, teller).map(Ok),
            Form::Ndjson(objects) => {
                let Some(content) = line.content(teller)? else { return Ok(Ok(RowValues::default())) };
                let values = objects.values(content);
                if let Ok(values) = &values {
                    rows.check(line.number, values, teller)?;
                }
                Ok(values)
            }
        })?;
        let serial_number = values.as_ref().map_or_else(|_| String::new(), |row| row.serial_number.clone());
        let identity = match findings.iter().find(|finding| is_error(finding)) {
            Some(error) => Err(Failure::found(error)),
            None => values.map(|row| Identity::new(&row, group_tag)),
        };
        Ok(Some(ListRow { line: line.number, serial_number, identity }))
    }
}

fn is_error(finding: &Finding) -> bool {
    finding.kind.level() == Level::Error
}

/// What something yields, and what it tells.
fn collected<T>(tells: impl FnOnce(&mut Teller<'_>) -> io::Result<T>) -> io::Result<(T, Vec<Finding>)> {
    let mut findings = Vec::new();
    let mut collect = |finding: &Finding| {
        findings.push(finding.clone());
        Ok(())
    };
    let yielded = tells(&mut Teller::new(&mut collect))?;
    Ok((yielded, findings))
}
