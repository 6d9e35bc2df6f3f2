//! Lists in every encoding that programs write, whole and damaged.

use std::io::Read;

use proptest::collection::vec;
use proptest::prelude::*;

use super::makers::{found, imported};
use super::{HEADER, hash, inspected};
use crate::device_list::ListReader;

/// UTF-16 of either order, behind a mark.
pub(super) fn utf_16(text: &str, mark: &[u8], is_big: bool) -> Vec<u8> {
    let units =
        text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    mark.iter().copied().chain(units).collect()
}

#[test]
fn every_encoding_is_read_like_any_other() {
    let rows = [format!("A-1,,{},Zürich,", hash("A-1")), format!("A-2,,{},Ωmega 😀,", hash("A-2"))];
    let list = |line_break: &str| [HEADER.trim_end(), &rows[0], &rows[1], ""].join(line_break);
    let western = [HEADER.as_bytes(), rows[0].replace('ü', "\u{1}").as_bytes()].concat();
    let western: Vec<u8> = western.into_iter().map(|byte| if byte == 1 { 0xfc } else { byte }).collect();
    for line_break in ["\n", "\r\n", "\r"] {
        let list = list(line_break);
        let files = [
            list.clone().into_bytes(),
            format!("\u{feff}{list}").into_bytes(),
            utf_16(&list, &[0xff, 0xfe], false),
            utf_16(&list, &[0xfe, 0xff], true),
            utf_16(&list, &[], false),
            utf_16(&list, &[], true),
        ];
        for (at, file) in files.iter().enumerate() {
            let expected = ["2 A-1 Zürich".to_owned(), "3 A-2 Ωmega 😀".to_owned()];
            assert_eq!(found(file), (Vec::new(), 0), "file {at} {line_break:?}");
            assert_eq!(imported(file), Ok(expected.to_vec()), "file {at} {line_break:?}");
        }
    }
    assert_eq!(imported(&western), Ok(vec!["2 A-1 Zürich".to_owned()]));
}

#[test]
fn lines_of_json_may_be_in_any_encoding() {
    let line =
        serde_json::json!({"serialNumber": "A-1", "hardwareIdentifier": hash("A-1"), "groupTag": "Zürich"});
    for file in [utf_16(&format!("{line}\r\n"), &[0xff, 0xfe], false), utf_16(&line.to_string(), &[], true)] {
        let mut list = ListReader::ndjson(Box::new(std::io::Cursor::new(file))).unwrap().unwrap();
        let row = list.next_row(None).unwrap().unwrap();
        assert_eq!((row.line, &*row.serial_number), (1, "A-1"));
        assert!(row.identity.unwrap().json.contains("Zürich"));
        assert!(list.next_row(None).unwrap().is_none());
    }
}

#[test]
fn characters_that_are_cut_or_lost_are_told_with_their_place() {
    let row = format!("A-1,,{},", hash("A-1"));
    let place = row.chars().count() + 1;
    let cut_at = |file: Vec<u8>, less: usize| file[..file.len() - less].to_vec();
    let list = |tag: &str| format!("{HEADER}{row}{tag}");
    let end = format!("the file ends in the middle of character {place} of the line");
    let lost = format!("character {place} of the line was lost when the file was written or converted");
    let other = format!(
        "character {place} of the line is NUL: the line is in another encoding than the file's beginning"
    );
    let cases = [
        (cut_at(utf_16(&list("é"), &[0xff, 0xfe], false), 1), 2, &end),
        (cut_at(utf_16(&list("é"), &[], true), 1), 2, &end),
        (cut_at(utf_16(&list("😀"), &[0xff, 0xfe], false), 2), 2, &end),
        (cut_at(format!("\u{feff}{}", list("é")).into_bytes(), 1), 2, &end),
        (cut_at(format!("{}\n{}", list("€"), list("€").lines().nth(1).unwrap()).into_bytes(), 1), 3, &end),
        (list("\u{fffd},").into_bytes(), 2, &lost),
        (list("\0,").into_bytes(), 2, &other),
    ];
    for (at, (file, line, cause)) in cases.into_iter().enumerate() {
        let findings = inspected(&file).1;
        let told: Vec<_> =
            findings.iter().map(|found| (found.line, found.kind.code(), &found.cause)).collect();
        assert!(told.contains(&(line, "encoding-damaged", cause)), "file {at}: {told:?}");
        let rows = imported(&file).unwrap();
        assert_eq!(rows.last(), Some(&format!("{line} encoding-damaged")), "file {at}");
    }
    // Of a single byte each, this is whole.
    let western = [list("Caf").as_bytes(), b"\xe9"].concat();
    assert_eq!(imported(&western), Ok(vec!["2 A-1 Café".to_owned()]));
}

#[test]
fn what_is_no_text_is_named() {
    for (file, cause) in [
        (&b"PK\x03\x04..."[..], "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old format"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"\xff\xfe\0\0D\0\0\0", "UTF-32"),
        (b"%PDF-1.7", "PDF"),
    ] {
        let finding = &inspected(file).1[0];
        assert!(finding.cause.contains(cause), "{finding}");
        assert_eq!(imported(file), Err(vec!["1 file-not-text".to_owned()]));
    }
}

#[test]
fn a_list_in_utf_16_is_decoded_while_it_is_read() {
    /// A list without end, which notes how far it was read.
    struct Endless<'r>(u64, &'r std::cell::Cell<u64>, Vec<u8>);
    impl Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let at = usize::try_from(self.0).unwrap() % self.2.len();
            let count = buffer.len().min(self.2.len() - at).min(999);
            buffer[..count].copy_from_slice(&self.2[at..at + count]);
            self.0 += count as u64;
            self.1.set(self.0);
            Ok(count)
        }
    }
    let read = std::cell::Cell::new(0);
    let bytes = utf_16(&format!("{HEADER}A-1,,{},,\r\n", hash("A-1")), &[], false);
    let mut rows = 0;
    let result = crate::device_list::inspect(Endless(0, &read, bytes), |_| {
        rows += 1;
        if rows > 5_000 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    });
    assert!(result.is_err());
    assert!(read.get() > 10_000_000, "{}", read.get());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_told(start in 0..6usize, bytes in vec(any::<u8>(), 0..400), row in "[\\PC\"=;,\t\n\r]{0,200}") {
        let header = HEADER.trim_end();
        let text = format!("{header}\n{row}\n");
        let marks: [&[u8]; 6] = [b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=;\n", header.as_bytes()];
        for file in [[marks[start], &bytes].concat(), [marks[start], text.as_bytes()].concat(), utf_16(&text, &[], true)] {
            let (summary, findings) = inspected(&file);
            prop_assert!(findings.iter().all(|found| found.line > 0 && found.cause.len() < 2_000));
            prop_assert_eq!(findings.len() as u64, summary.errors + summary.warnings + summary.notes);
            if let Ok(rows) = imported(&file) {
                prop_assert_eq!(rows.len() as u64, summary.rows);
            }
        }
    }
}
