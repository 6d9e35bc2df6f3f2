//! A list that was inspected as a whole: where its header is, what is wrong with it, and the values of the rows that
//! something is wrong with, so that they can be shown and mended. However bad a list is, memory is bounded.

use std::cell::RefCell;
use std::io::{self, Read};

use serde::Serialize;

use super::csv_rows::CsvRow;
use super::finding::{Finding, FindingSink, Summary};
use super::inspection::go_through;
use super::row_values::RowValues;

/// The findings after which no further row is told; those of the rows that are left out are counted.
const FINDINGS_TOLD_MAX: usize = 2_000;
/// The most rows whose values are told.
const ROWS_TOLD_MAX: usize = 500;

/// What an inspection found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedList {
    /// The line of the header; 0 if there is none.
    pub header_line: u64,
    /// The first findings behind the line that was asked for, in the order of the file.
    pub findings: Vec<Finding>,
    /// The number of findings that are not told.
    pub findings_left_out: u64,
    /// The line behind which the next rows with findings are; none if all are told.
    pub go_on_after: Option<u64>,
    /// The first rows with findings behind the line that was asked for.
    pub rows: Vec<InspectedRow>,
    /// The numbers of rows and of all findings.
    pub summary: Summary,
}

/// A row with findings, value by value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedRow {
    /// The line in the file, counted from 1.
    pub line: u64,
    serial_number: String,
    product_key: String,
    hash: String,
    group_tag: String,
    user: String,
}

impl InspectedRow {
    fn new(line: u64, values: &RowValues) -> InspectedRow {
        let RowValues { serial_number, product_key, hash, group_tag, user, .. } = values.clone();
        InspectedRow { line, serial_number, product_key, hash, group_tag, user }
    }
}

/// What is told of a list: the findings behind a line, of so many rows.
#[derive(Default)]
struct ToldFaults {
    after: u64,
    findings: Vec<Finding>,
    findings_left_out: u64,
    /// Those of the row that is being read: until it is over nobody knows whether it is told.
    pending: Vec<Finding>,
    rows: Vec<InspectedRow>,
    go_on_after: Option<u64>,
}

impl ToldFaults {
    fn find(&mut self, finding: &Finding) {
        if finding.line <= self.after {
            return;
        }
        match self.pending.len() < FINDINGS_TOLD_MAX {
            true => self.pending.push(finding.clone()),
            false => self.findings_left_out += 1,
        }
    }

    fn end_row(&mut self, row: &CsvRow, found: u64) {
        self.keep_pending();
        if row.line <= self.after || found == 0 || self.go_on_after.is_some() {
            return;
        }
        self.rows.push(InspectedRow::new(row.line, &row.values));
        let is_full = self.rows.len() >= ROWS_TOLD_MAX || self.findings.len() >= FINDINGS_TOLD_MAX;
        self.go_on_after = is_full.then_some(row.line);
    }

    fn keep_pending(&mut self) {
        match self.go_on_after {
            None => self.findings.append(&mut self.pending),
            Some(_) => self.findings_left_out += self.pending.drain(..).len() as u64,
        }
    }
}

/// Inspects a CSV file to its end, and tells what is wrong behind a line: all of it, if that is 0.
pub fn inspect_whole(input: impl Read, after: u64) -> io::Result<InspectedList> {
    let told = RefCell::new(ToldFaults { after, ..ToldFaults::default() });
    let mut find = |finding: &Finding| {
        told.borrow_mut().find(finding);
        Ok(())
    };
    let mut sink = FindingSink::new(&mut find);
    let header_line = go_through(input, &mut sink, |row, found| told.borrow_mut().end_row(row, found))?;
    let summary = sink.summary;
    let mut told = told.into_inner();
    told.keep_pending();
    let ToldFaults { findings, findings_left_out, rows, go_on_after, .. } = told;
    // Where nothing is left there is nothing to go on to.
    let go_on_after = go_on_after.filter(|_| findings_left_out > 0);
    Ok(InspectedList { header_line, findings, findings_left_out, go_on_after, rows, summary })
}
