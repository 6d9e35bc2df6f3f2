//! A list that was inspected as a whole: where its header is, what is wrong with it, and the values of the rows that
//! something is wrong with, so that they can be shown and mended. However bad a list is, memory is bounded.

use std::io::{self, Read};

use serde::Serialize;

use super::finding::{Finding, FindingSink, Summary};
use super::inspection::go_through;
use super::row_values::RowValues;

/// The most findings that are told; the others are counted.
const FINDINGS_TOLD_MAX: usize = 2_000;
/// The most rows whose values are told.
const ROWS_TOLD_MAX: usize = 500;

/// What an inspection found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedList {
    /// The line of the header; 0 if there is none.
    pub header_line: u64,
    /// The first findings, in the order of the file.
    pub findings: Vec<Finding>,
    /// The number of findings that are not told.
    pub findings_left_out: u64,
    /// The first rows with findings.
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

/// Inspects a CSV file to its end.
pub fn inspect_whole(input: impl Read) -> io::Result<InspectedList> {
    let (mut findings, mut rows) = (Vec::new(), Vec::new());
    let mut findings_left_out = 0;
    let mut keep = |finding: &Finding| {
        match findings.len() < FINDINGS_TOLD_MAX {
            true => findings.push(finding.clone()),
            false => findings_left_out += 1,
        }
        Ok(())
    };
    let mut sink = FindingSink::new(&mut keep);
    let header_line = go_through(input, &mut sink, |row, found| {
        if found > 0 && rows.len() < ROWS_TOLD_MAX {
            rows.push(InspectedRow::new(row.line, &row.values));
        }
    })?;
    let summary = sink.summary;
    Ok(InspectedList { header_line, findings, findings_left_out, rows, summary })
}
