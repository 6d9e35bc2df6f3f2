//! The header: which value of a row is what.

use std::io;

use csv::ByteRecord;
use odata::error::hint;

use super::Teller;
use super::finding::{Finding, FindingKind};
use super::lines::text;

/// The columns, in their order. The first three must be there.
pub(super) const COLUMNS: [&str; 5] =
    ["Device Serial Number", "Windows Product ID", "Hardware Hash", "Group Tag", "Assigned User"];
/// How many columns must be there.
const REQUIRED: usize = 3;
/// The columns that only the partners' list has.
const PARTNER_COLUMNS: [&str; 2] = ["Manufacturer name", "Device model"];

pub(super) const SERIAL_NUMBER: usize = 0;
pub(super) const PRODUCT_ID: usize = 1;
pub(super) const HASH: usize = 2;
pub(super) const GROUP_TAG: usize = 3;
pub(super) const ASSIGNED_USER: usize = 4;

/// Which value of a row is what.
pub(super) struct Header {
    /// For each column, which value of a row it is.
    places: [Option<usize>; COLUMNS.len()],
    /// How many values a row may have.
    pub(super) width: usize,
}

impl Header {
    /// Reads the first line, and whether it is a header at all: if it is not, the columns stand as they should.
    pub(super) fn read<T: FnMut(&Finding) -> io::Result<()>>(
        record: &ByteRecord,
        teller: &mut Teller<T>,
    ) -> io::Result<(Header, bool)> {
        let names: Vec<String> = record.iter().map(text).collect();
        let line = record.position().map_or(1, csv::Position::line);
        if !names.iter().any(|name| column(bare(name)).is_some()) {
            let cause = "the first line names no column".to_owned();
            teller.tell(line, FindingKind::HeaderMissing, cause)?;
            let places = std::array::from_fn(Some);
            return Ok((Header { places, width: COLUMNS.len() }, false));
        }
        if names.iter().any(|name| name.contains('"')) {
            let cause = "the header has quotation marks".to_owned();
            teller.tell(line, FindingKind::QuotationMarks, cause)?;
        }
        let mut places = [None; COLUMNS.len()];
        for (at, name) in names.iter().enumerate() {
            match column(bare(name)) {
                Some(known) => {
                    if bare(name) != COLUMNS[known] {
                        let cause = format!("the column '{name}' is spelled '{}'", COLUMNS[known]);
                        teller.tell(line, FindingKind::HeaderSpelling, cause)?;
                    }
                    places[known].get_or_insert(at);
                }
                None => unknown(line, name, teller)?,
            }
        }
        for (name, _) in COLUMNS[..REQUIRED].iter().zip(&places).filter(|(_, place)| place.is_none()) {
            let cause = format!("there is no column '{name}'");
            teller.tell(line, FindingKind::HeaderMissingColumn, cause)?;
        }
        if !places.iter().flatten().is_sorted() {
            let cause = "the columns stand in another order".to_owned();
            teller.tell(line, FindingKind::HeaderOrder, cause)?;
        }
        Ok((Header { places, width: names.len() }, true))
    }

    /// A row's value of a column, as it stands.
    pub(super) fn value<'a>(&self, record: &'a ByteRecord, column: usize) -> Option<&'a [u8]> {
        self.places[column].and_then(|place| record.get(place))
    }

    /// How many values a row must have.
    pub(super) fn least(&self) -> usize {
        self.places[..REQUIRED].iter().flatten().max().map_or(0, |last| last + 1)
    }
}

/// A name without the quotation marks around it.
fn bare(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

/// The column that is meant, if letters' case and spaces did not count.
fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name.trim()))
}

fn unknown<T: FnMut(&Finding) -> io::Result<()>>(
    line: u64,
    name: &str,
    teller: &mut Teller<T>,
) -> io::Result<()> {
    if PARTNER_COLUMNS.iter().any(|known| known.eq_ignore_ascii_case(bare(name).trim())) {
        return teller.tell(
            line,
            FindingKind::HeaderPartnerColumn,
            format!("the column '{name}' is a partner's"),
        );
    }
    let near = hint(bare(name), COLUMNS.into_iter());
    teller.tell(line, FindingKind::HeaderUnknownColumn, format!("there is no column '{name}'{near}"))
}
