//! The rows of a CSV file: its header first, and past the lines that are neither header nor row, which spreadsheets and
//! scripts leave in the files they write or put together.

use std::io::{self, Read};

use super::columns::ColumnLayout;
use super::fields::{Fields, is_blank_line};
use super::finding::FindingSink;
use super::finding_kind::FindingKind;
use super::lines::{ListLine, ListLines, text};
use super::row_values::RowValues;

/// The words for a sum or a count of rows, in languages that spreadsheets speak.
const TOTALS: [&str; 16] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "total rows",
    "total devices",
    "sum",
    "count",
    "rows",
    "summe",
    "gesamt",
    "gesamtergebnis",
    "anzahl",
    "totale",
    "suma",
    "somme",
];

/// The rows of a CSV file.
pub(super) struct CsvRows<R> {
    lines: ListLines<R>,
    layout: ColumnLayout,
    /// Whether quotation marks were reported: a program that writes them writes them everywhere.
    has_quotation_marks: bool,
    /// The line of the header; 0 if there is none.
    header_line: u64,
}

/// A row of a CSV file.
pub(super) struct CsvRow {
    /// The number of its line, counted from 1.
    pub(super) line: u64,
    pub(super) values: RowValues,
    /// Whether the values are where their columns are, so that they can be checked.
    pub(super) is_whole: bool,
}

impl<R: Read> CsvRows<R> {
    /// Reads up to the header; none if there can be no list, which is reported. A first line that is no header is
    /// reported, and read again as a row.
    pub(super) fn begin(input: R, sink: &mut FindingSink<'_>) -> io::Result<Option<CsvRows<R>>> {
        let Some(mut lines) = ListLines::begin(input, sink)? else { return Ok(None) };
        let mut separator = None;
        loop {
            let Some(line) = lines.next_line()? else {
                sink.report(1, FindingKind::Empty, "the file is empty".to_owned())?;
                return Ok(None);
            };
            let number = line.number;
            let Some(content) = line.content(sink)? else { return Ok(None) };
            if let Some(preamble) = Preamble::of(content) {
                preamble.report(number, content, sink)?;
                separator = preamble.separator().or(separator);
                continue;
            }
            if is_blank_line(content) {
                continue;
            }
            let has_quotation_marks = content.contains(&b'"');
            if let Some(layout) = ColumnLayout::read(number, content, separator, sink)? {
                if has_quotation_marks {
                    report_quotation_marks("header", number, sink)?;
                }
                return Ok(Some(CsvRows { lines, layout, has_quotation_marks, header_line: number }));
            }
            sink.report(number, FindingKind::HeaderMissing, "the first line names no column".to_owned())?;
            lines.unread();
            let layout = ColumnLayout::usual();
            return Ok(Some(CsvRows { lines, layout, has_quotation_marks: false, header_line: 0 }));
        }
    }

    /// The line of the header; 0 if there is none.
    pub(super) fn header_line(&self) -> u64 {
        self.header_line
    }

    /// The next row; none after the last.
    pub(super) fn next_row(&mut self, sink: &mut FindingSink<'_>) -> io::Result<Option<CsvRow>> {
        let CsvRows { lines, layout, has_quotation_marks, .. } = self;
        while let Some(line) = lines.next_line()? {
            if let Some(row) = row_of(&line, layout, has_quotation_marks, sink)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

/// The row of a line; none if the line is no row.
fn row_of(
    line: &ListLine<'_>,
    layout: &mut ColumnLayout,
    has_quotation_marks: &mut bool,
    sink: &mut FindingSink<'_>,
) -> io::Result<Option<CsvRow>> {
    let number = line.number;
    let Some(content) = line.content(sink)? else {
        return Ok(Some(CsvRow { line: number, values: RowValues::default(), is_whole: false }));
    };
    if is_blank_line(content) {
        return Ok(None);
    }
    if let Some(preamble) = Preamble::of(content) {
        preamble.report(number, content, sink)?;
        return Ok(None);
    }
    if layout.is_header(content) {
        let cause = "the header stands there again; it counts for the rows that follow".to_owned();
        sink.report(number, FindingKind::HeaderAgain, cause)?;
        if let Some(again) = ColumnLayout::read(number, content, None, sink)? {
            *layout = again;
        }
        return Ok(None);
    }
    let fields = layout.split(content);
    if is_total(&fields) {
        let cause = "the line counts or sums up the rows, and is none itself".to_owned();
        sink.report(number, FindingKind::TotalLine, cause)?;
        return Ok(None);
    }
    if fields.is_open {
        let cause = "a quotation mark is not closed on its line".to_owned();
        sink.report(number, FindingKind::QuotationMarkOpen, cause)?;
    } else if content.contains(&b'"') && !std::mem::replace(has_quotation_marks, true) {
        report_quotation_marks("row", number, sink)?;
    }
    let is_whole = !fields.is_open && layout.fits(number, &fields, sink)?;
    Ok(Some(CsvRow { line: number, values: layout.values(&fields), is_whole }))
}

fn report_quotation_marks(place: &str, line: u64, sink: &mut FindingSink<'_>) -> io::Result<()> {
    sink.report(line, FindingKind::QuotationMarks, format!("the {place} has quotation marks"))
}

/// A line that a program wrote for another program.
enum Preamble {
    /// `sep=;` tells a spreadsheet what stands between values.
    Separator(u8),
    /// `#TYPE …` tells PowerShell of what class the objects were.
    Type,
}

impl Preamble {
    fn of(content: &[u8]) -> Option<Preamble> {
        let content = content.trim_ascii();
        let bare = content.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(content);
        if bare.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"#TYPE ")) {
            return Some(Preamble::Type);
        }
        // The separators of empty values may follow.
        match bare {
            [s, e, p, b'=', separator, rest @ ..]
                if [*s, *e, *p].eq_ignore_ascii_case(b"sep")
                    && rest.iter().all(|byte| b",;\t\"".contains(byte)) =>
            {
                Some(Preamble::Separator(*separator))
            }
            _ if bare.eq_ignore_ascii_case(b"sep=") => Some(Preamble::Separator(b'\t')),
            _ => None,
        }
    }

    fn separator(&self) -> Option<u8> {
        match self {
            Preamble::Separator(separator) => Some(*separator),
            Preamble::Type => None,
        }
    }

    fn report(&self, line: u64, content: &[u8], sink: &mut FindingSink<'_>) -> io::Result<()> {
        let shown: String = text(content).chars().take(60).flat_map(char::escape_debug).collect();
        let reader = match self {
            Preamble::Separator(_) => "a spreadsheet",
            Preamble::Type => "PowerShell",
        };
        let cause = format!("the line '{shown}' is meant for {reader}");
        sink.report(line, FindingKind::LineBeforeHeader, cause)
    }
}

/// Whether a line has a word for a sum, and nothing else but numbers.
fn is_total(fields: &Fields<'_>) -> bool {
    let mut filled = (0..fields.values.len()).map(|at| fields.clean(at)).filter(|value| !value.is_empty());
    let is_number =
        |text: &str| text.chars().all(|character| character.is_ascii_digit() || ".,: ".contains(character));
    let is_word = |text: &str| {
        let word =
            text.trim_end_matches(|character: char| character.is_ascii_digit() || ":= ".contains(character));
        TOTALS.iter().any(|total| word.eq_ignore_ascii_case(total))
    };
    filled.next().is_some_and(is_word) && filled.all(is_number)
}
