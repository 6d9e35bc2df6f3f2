//! The header: which value of a row is what, and what stands between them.

use std::io;

use odata::error::hint;

use super::fields::{Fields, SEPARATORS, clean};
use super::finding::FindingSink;
use super::finding_kind::FindingKind;
use super::row_values::RowValues;

/// The columns, in their order. The first three must be there.
const COLUMNS: [&str; 5] =
    ["Device Serial Number", "Windows Product ID", "Hardware Hash", "Group Tag", "Assigned User"];
/// The number of columns that must be there.
const REQUIRED: usize = 3;
/// The name of the first column in what programs write that ask a database or the firmware.
const SHORT_SERIAL_NUMBER: &str = "Serial Number";
/// The columns that only the partners' list has.
const PARTNER_COLUMNS: [&str; 2] = ["Manufacturer name", "Device model"];
/// The longest line in which a header is looked for between rows: far shorter than any row with a hash.
const HEADER_BYTES_MAX: usize = 1_024;

/// The layout of rows: which of their values belongs to which column.
pub(super) struct ColumnLayout {
    /// The position of each column among the values of a row.
    positions: [Option<usize>; COLUMNS.len()],
    /// For each value of a row, whether it has a column.
    is_column: Vec<bool>,
    /// The byte between the values.
    separator: u8,
}

impl ColumnLayout {
    /// The layout of a file without a header: the usual one.
    pub(super) fn usual() -> ColumnLayout {
        let positions = std::array::from_fn(Some);
        ColumnLayout { positions, is_column: vec![true; COLUMNS.len()], separator: b',' }
    }

    /// Reads a header; none if it names no column. A separator that was declared counts before those that are usual.
    pub(super) fn read(
        line: u64,
        content: &[u8],
        declared: Option<u8>,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<Option<ColumnLayout>> {
        let separators = declared.into_iter().chain(SEPARATORS.iter().map(|(separator, _)| *separator));
        let mut fields = separators.map(|separator| (separator, Fields::split(content, separator)));
        let named = fields.find(|(_, fields)| fields.values.iter().any(|name| column(name).is_some()));
        let Some((separator, fields)) = named else { return Ok(None) };
        if separator != b',' {
            let usual = SEPARATORS.iter().find(|(usual, _)| *usual == separator);
            let called = usual.map_or_else(
                || format!("'{}'", separator.escape_ascii()),
                |(_, called)| (*called).to_owned(),
            );
            let cause = format!("the values are separated by {called}, not by commas");
            sink.report(line, FindingKind::HeaderSeparator, cause)?;
        }
        let mut layout = ColumnLayout { positions: [None; COLUMNS.len()], is_column: Vec::new(), separator };
        for name in &fields.values {
            layout.add(line, name, sink)?;
        }
        layout.check(line, sink)?;
        Ok(Some(layout))
    }

    /// Adds a column. One without a name is none.
    fn add(&mut self, line: u64, name: &str, sink: &mut FindingSink<'_>) -> io::Result<()> {
        let at = self.is_column.len();
        self.is_column.push(!clean(name).is_empty());
        let Some(known) = column(name) else {
            if self.is_column[at] {
                let (kind, cause) = unknown(clean(name));
                sink.report(line, kind, cause)?;
            }
            return Ok(());
        };
        if *name != *COLUMNS[known] {
            let cause = format!("the column '{}' is spelled '{}'", name.escape_debug(), COLUMNS[known]);
            sink.report(line, FindingKind::HeaderSpelling, cause)?;
        }
        match self.positions[known] {
            Some(_) => {
                let cause = format!("the column '{}' stands there more than once", COLUMNS[known]);
                sink.report(line, FindingKind::HeaderRepeatedColumn, cause)
            }
            None => {
                self.positions[known] = Some(at);
                Ok(())
            }
        }
    }

    /// Reports columns that are missing or in another order.
    fn check(&self, line: u64, sink: &mut FindingSink<'_>) -> io::Result<()> {
        for (name, _) in
            COLUMNS[..REQUIRED].iter().zip(&self.positions).filter(|(_, position)| position.is_none())
        {
            sink.report(line, FindingKind::HeaderMissingColumn, format!("there is no column '{name}'"))?;
        }
        if !self.positions.iter().flatten().is_sorted() {
            let cause = "the columns stand in another order".to_owned();
            sink.report(line, FindingKind::HeaderOrder, cause)?;
        }
        Ok(())
    }

    /// Whether a line between rows names columns: a header of its own.
    pub(super) fn is_header(&self, content: &[u8]) -> bool {
        content.len() <= HEADER_BYTES_MAX
            && SEPARATORS.iter().any(|(separator, _)| {
                let names = Fields::split(content, *separator).values;
                names.iter().filter(|name| column(name).is_some()).count() > 1
            })
    }

    /// The values of a line.
    pub(super) fn split<'l>(&self, content: &'l [u8]) -> Fields<'l> {
        Fields::split(content, self.separator)
    }

    /// The values of a row, as far as it has the columns.
    pub(super) fn values(&self, fields: &Fields<'_>) -> RowValues {
        let value =
            |position: Option<usize>| position.map_or("", |position| fields.clean(position)).to_owned();
        let [serial_number, product_key, hash, group_tag, user] = self.positions.map(value);
        RowValues { serial_number, product_key, hash, group_tag, user, ..RowValues::default() }
    }

    /// Whether a row has as many values as it should, and may be read further; if not, that is reported.
    pub(super) fn fits(
        &self,
        line: u64,
        fields: &Fields<'_>,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<bool> {
        let (count, filled, width) = (fields.values.len(), fields.filled(), self.is_column.len());
        let least = self.positions[..REQUIRED].iter().flatten().max().map_or(0, |last| last + 1);
        if count < least {
            let cause = format!("the row has {count} values; it must have {least}");
            sink.report(line, FindingKind::MissingColumns, cause)?;
            return Ok(false);
        }
        if filled > width {
            let cause = format!("the row has {filled} values for {width} columns");
            sink.report(line, FindingKind::ExtraColumns, cause)?;
            return Ok(false);
        }
        let nameless = (0..filled).find(|at| !self.is_column[*at] && !fields.clean(*at).is_empty());
        if let Some(at) = nameless {
            let cause = format!("value {} of the row stands in a column without a name", at + 1);
            sink.report(line, FindingKind::ExtraColumns, cause)?;
            return Ok(false);
        }
        Ok(true)
    }
}

/// The column that is meant, if letters' case, blanks and punctuation did not count.
fn column(name: &str) -> Option<usize> {
    if is_meant(name, SHORT_SERIAL_NUMBER) {
        return Some(0);
    }
    COLUMNS.iter().position(|known| is_meant(name, known))
}

/// Whether a name is a known one but for letters' case, blanks and punctuation: reports write underscores, and programs
/// nothing between the words.
fn is_meant(name: &str, known: &str) -> bool {
    let letters = |name: &str| -> Vec<u8> {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    name.len() <= HEADER_BYTES_MAX && letters(name) == letters(known)
}

/// The finding about a column that is none of ours.
fn unknown(name: &str) -> (FindingKind, String) {
    if PARTNER_COLUMNS.iter().any(|known| is_meant(name, known)) {
        return (FindingKind::HeaderPartnerColumn, format!("the column '{name}' is a partner's"));
    }
    let near = hint(name, COLUMNS.into_iter());
    (FindingKind::HeaderUnknownColumn, format!("there is no column '{}'{near}", name.escape_debug()))
}
