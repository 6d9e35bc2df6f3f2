//! The header: which value of a row is what, and what stands between them.

use std::borrow::Cow;
use std::io::{self, Read};

use odata::error::hint;

use super::Teller;
use super::finding::FindingKind;
use super::lines::{Lines, text};
use super::rows::RowValues;

/// The columns, in their order. The first three must be there.
const COLUMNS: [&str; 5] =
    ["Device Serial Number", "Windows Product ID", "Hardware Hash", "Group Tag", "Assigned User"];
/// How many columns must be there.
const REQUIRED: usize = 3;
/// The columns that only the partners' list has.
const PARTNER_COLUMNS: [&str; 2] = ["Manufacturer name", "Device model"];
/// What stands between values: the comma should, the others do in what some spreadsheets write.
const SEPARATORS: [(u8, &str); 3] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs")];

/// Which value of a row is what.
pub(super) struct Header {
    /// For each column, which value of a row it is.
    places: [Option<usize>; COLUMNS.len()],
    /// How many values a row may have.
    width: usize,
    /// What stands between them.
    separator: u8,
}

impl Header {
    /// Reads the first line of a list; none if there can be no list, which is told. A first line that is no header is
    /// told of, and read again as a row.
    pub(super) fn find<R: Read>(input: R, teller: &mut Teller<'_>) -> io::Result<Option<(Header, Lines<R>)>> {
        let Some(mut lines) = Lines::begin(input, teller)? else { return Ok(None) };
        let Some(line) = lines.next_line()? else {
            teller.tell(1, FindingKind::Empty, "the file is empty".to_owned())?;
            return Ok(None);
        };
        let Some(content) = line.content(teller)? else { return Ok(None) };
        let number = line.number;
        if let Some(header) = Header::read(number, content, teller)? {
            return Ok(Some((header, lines)));
        }
        teller.tell(number, FindingKind::HeaderMissing, "the first line names no column".to_owned())?;
        lines.unread();
        let places = std::array::from_fn(Some);
        Ok(Some((Header { places, width: COLUMNS.len(), separator: b',' }, lines)))
    }

    /// Reads a header; none if it names no column.
    fn read(line: u64, content: &[u8], teller: &mut Teller<'_>) -> io::Result<Option<Header>> {
        let names_a_column = |separator| fields(content, separator).any(|name| column(&name).is_some());
        let known = SEPARATORS.iter().find(|(separator, _)| names_a_column(*separator));
        let Some((separator, called)) = known.copied() else { return Ok(None) };
        if separator != b',' {
            let cause = format!("the values are separated by {called}, not by commas");
            teller.tell(line, FindingKind::HeaderSeparator, cause)?;
        }
        if content.contains(&b'"') {
            teller.tell(line, FindingKind::QuotationMarks, "the header has quotation marks".to_owned())?;
        }
        let mut places = [None; COLUMNS.len()];
        let mut width = 0;
        for (at, name) in fields(content, separator).enumerate() {
            width = at + 1;
            let Some(known) = column(&name) else {
                let (kind, cause) = unknown(&name);
                teller.tell(line, kind, cause)?;
                continue;
            };
            if name != COLUMNS[known] {
                let cause = format!("the column '{name}' is spelled '{}'", COLUMNS[known]);
                teller.tell(line, FindingKind::HeaderSpelling, cause)?;
            }
            if places[known].is_some() {
                let cause = format!("the column '{}' stands there more than once", COLUMNS[known]);
                teller.tell(line, FindingKind::HeaderRepeatedColumn, cause)?;
            }
            places[known].get_or_insert(at);
        }
        for (name, _) in COLUMNS[..REQUIRED].iter().zip(&places).filter(|(_, place)| place.is_none()) {
            let cause = format!("there is no column '{name}'");
            teller.tell(line, FindingKind::HeaderMissingColumn, cause)?;
        }
        if !places.iter().flatten().is_sorted() {
            let cause = "the columns stand in another order".to_owned();
            teller.tell(line, FindingKind::HeaderOrder, cause)?;
        }
        Ok(Some(Header { places, width, separator }))
    }

    /// What a row says, as far as it has the columns.
    pub(super) fn values(&self, row: &[u8]) -> RowValues {
        let fields: Vec<_> = fields(row, self.separator).collect();
        let value = |place: Option<usize>| {
            place.and_then(|place| fields.get(place)).map(|field| field.trim().to_owned()).unwrap_or_default()
        };
        let [serial_number, product_key, hash, group_tag, user] = self.places.map(value);
        RowValues { serial_number, product_key, hash, group_tag, user, ..RowValues::default() }
    }

    /// Whether a row has as many values as it should, and may be read further; if not, that is told.
    pub(super) fn fits(&self, line: u64, row: &[u8], teller: &mut Teller<'_>) -> io::Result<bool> {
        let is_quoted = row.contains(&b'"');
        if is_quoted {
            teller.tell(line, FindingKind::QuotationMarks, "the row has quotation marks".to_owned())?;
        }
        let (count, width) = (fields(row, self.separator).count(), self.width);
        let least = self.places[..REQUIRED].iter().flatten().max().map_or(0, |last| last + 1);
        if count < least {
            let cause = format!("the row has {count} values; it must have {least}");
            teller.tell(line, FindingKind::MissingColumns, cause)?;
        } else if count > width && !is_quoted {
            // Commas within quotation marks look like columns; the marks have been told.
            let cause = format!("the row has {count} values for {width} columns");
            teller.tell(line, FindingKind::ExtraColumns, cause)?;
        }
        Ok((least..=width).contains(&count))
    }
}

/// The values of a line, without the quotation marks around them.
fn fields(line: &[u8], separator: u8) -> impl Iterator<Item = Cow<'_, str>> {
    line.split(move |byte| *byte == separator).map(|field| {
        text(field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field))
    })
}

/// The column that is meant, if letters' case and spaces did not count.
fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// What there is to say of a column that is none of ours.
fn unknown(name: &str) -> (FindingKind, String) {
    if PARTNER_COLUMNS.iter().any(|known| known.eq_ignore_ascii_case(name.trim())) {
        return (FindingKind::HeaderPartnerColumn, format!("the column '{name}' is a partner's"));
    }
    let near = hint(name, COLUMNS.into_iter());
    (FindingKind::HeaderUnknownColumn, format!("there is no column '{name}'{near}"))
}
