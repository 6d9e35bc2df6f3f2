//! A list row by row, for an import: memory for one row, and what is wrong with each told with it.

use std::io::{self, Read};

use csv::ByteRecord;

use super::header::Header;
use super::lines::{self, BoundedLines, Encoding};
use super::rows::{Purpose, Rows};
use super::{Finding, FindingKind, Level, RowValues, Summary, Teller, csv_reader, read};

/// A list that is read row by row.
pub struct CsvList {
    reader: csv::Reader<BoundedLines<Box<dyn Read>>>,
    rows: Rows,
    record: ByteRecord,
}

/// A row.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// What it says.
    pub values: RowValues,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

impl DeviceRow {
    /// The first thing for which it cannot be imported, if there is one.
    pub fn error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| is_error(finding))
    }
}

impl CsvList {
    /// Opens a list; if it cannot be one, what is wrong with it.
    pub fn open(input: Box<dyn Read>) -> io::Result<Result<CsvList, Vec<Finding>>> {
        let mut findings = Vec::new();
        let opened = begin(input, &mut collecting(&mut findings))?;
        Ok(match opened {
            Some((reader, header)) if !findings.iter().any(is_error) => {
                let rows = Rows::new(header, Purpose::Import);
                Ok(CsvList { reader, rows, record: ByteRecord::new() })
            }
            _ => Err(findings),
        })
    }

    /// The next row; none after the last. A line that is too long for any row is the last.
    pub fn next_row(&mut self) -> io::Result<Option<DeviceRow>> {
        let mut findings = Vec::new();
        if !read(&mut self.reader, &mut self.record, &mut collecting(&mut findings))? {
            let row = |finding: &Finding| DeviceRow {
                line: finding.line,
                values: RowValues::default(),
                findings: vec![finding.clone()],
            };
            return Ok(findings.first().map(row));
        }
        self.rows.check(&self.record, &mut collecting(&mut findings))?;
        Ok(Some(DeviceRow { line: self.rows.last_line, values: self.rows.values(&self.record), findings }))
    }
}

/// Reads up to the header; none if there is none, of which the findings say why.
#[allow(clippy::type_complexity, reason = "two parts of one value")]
fn begin<T: FnMut(&Finding) -> io::Result<()>>(
    input: Box<dyn Read>,
    teller: &mut Teller<T>,
) -> io::Result<Option<(csv::Reader<BoundedLines<Box<dyn Read>>>, Header)>> {
    let (encoding, input) = lines::sniff(input)?;
    if let Encoding::Utf16(order) = encoding {
        teller.tell(1, FindingKind::Utf16, format!("the file is UTF-16 ({order})"))?;
        return Ok(None);
    }
    let mut reader = csv_reader(Box::new(input) as Box<dyn Read>);
    let mut record = ByteRecord::new();
    if !read(&mut reader, &mut record, teller)? {
        if teller.summary.errors == 0 {
            teller.tell(1, FindingKind::Empty, "the file is empty".to_owned())?;
        }
        return Ok(None);
    }
    let (header, _) = Header::read(&record, teller)?;
    Ok(Some((reader, header)))
}

fn is_error(finding: &Finding) -> bool {
    finding.kind.level() == Level::Error
}

fn collecting(findings: &mut Vec<Finding>) -> Teller<impl FnMut(&Finding) -> io::Result<()>> {
    let tell = |finding: &Finding| {
        findings.push(finding.clone());
        Ok(())
    };
    Teller { tell, summary: Summary::default() }
}
