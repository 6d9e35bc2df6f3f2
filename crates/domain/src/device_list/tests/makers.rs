//! Lists as their makers write them: bytes in, rows and findings out, of an inspection and of an import alike.

use std::io::Read;

use super::{HEADER, hash, inspected};
use crate::device_list::{Level, ListReader};

/// UTF-16 of either order, behind a mark.
fn utf_16(text: &str, mark: &[u8], is_big: bool) -> Vec<u8> {
    let units =
        text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    mark.iter().copied().chain(units).collect()
}

/// The rows that an import reads: line, serial number and group tag as they are sent, or the code of what is wrong.
fn imported(file: &[u8]) -> Result<Vec<String>, Vec<String>> {
    let mut list = match ListReader::csv(Box::new(std::io::Cursor::new(file.to_vec()))).unwrap() {
        Ok(list) => list,
        Err(findings) => {
            return Err(findings
                .iter()
                .map(|found| format!("{} {}", found.line, found.kind.code()))
                .collect());
        }
    };
    let mut rows = Vec::new();
    while let Some(row) = list.next_row(None).unwrap() {
        rows.push(match row.identity {
            Ok(identity) => {
                let sent: serde_json::Value = serde_json::from_str(&identity.json).unwrap();
                let text = |name: &str| sent[name].as_str().unwrap_or_default().to_owned();
                assert!(text("hardwareIdentifier").starts_with("T0"), "{}", identity.json);
                format!("{} {} {}", row.line, text("serialNumber"), text("groupTag"))
            }
            Err(failure) => format!("{} {}", row.line, failure.code),
        });
    }
    Ok(rows)
}

/// The findings of an inspection, and how many of them are errors.
fn found(file: &[u8]) -> (Vec<String>, u64) {
    let (summary, findings) = inspected(file);
    let errors = findings.iter().filter(|found| found.kind.level() == Level::Error).count() as u64;
    assert_eq!(errors, summary.errors);
    let codes = findings.iter().map(|found| format!("{} {}", found.line, found.kind.code())).collect();
    (codes, errors)
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
fn lists_of_spreadsheets_and_scripts_are_read() {
    let header = HEADER.trim_end();
    let [a, b] = ["A-1", "A-2"].map(|name| format!("{name},,{},Kiosk,", hash(name)));
    let quoted =
        |line: &str| line.split(',').map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(",");
    let semicolons = |line: &str| line.replace(',', ";");
    let both = ["2 A-1 Kiosk", "3 A-2 Kiosk"];
    let next = ["3 A-1 Kiosk", "4 A-2 Kiosk"];
    let cases: Vec<(&str, String, &[&str], &[&str])> = vec![
        ("a line of commas at the end", format!("{header}\r\n{a}\r\n{b}\r\n,,,,\r\n"), &[], &both),
        (
            "lines of commas between",
            format!("{header}\n,,,,\n{a}\n\"\",\"\",\"\"\n;;;;\n{b}\n\t\t\n"),
            &[],
            &["3 A-1 Kiosk", "6 A-2 Kiosk"],
        ),
        ("a line of commas first", format!(",,,,\n{header}\n{a}\n{b}"), &[], &next),
        ("empty columns at the end", format!("{header},,\n{a},,\n{b},,\n,,,,,,\n"), &[], &both),
        ("more values than columns, empty", format!("{header}\n{a},,\n{b},,,,,\n"), &[], &both),
        (
            "a column without a name between",
            format!(
                "Device Serial Number,,Windows Product ID,Hardware Hash,Group Tag\n{}\n",
                a.replacen(',', ",,", 1).trim_end_matches(',')
            ),
            &[],
            &["2 A-1 Kiosk"],
        ),
        (
            "sep=",
            format!("sep=;\n{}\n{}\n{}\n", semicolons(header), semicolons(&a), semicolons(&b)),
            &["1 line-before-header", "2 header-separator"],
            &next,
        ),
        (
            "sep= in quotation marks, of another separator",
            format!(
                "\"sep=|\"\n{}\n{}\n{}\n",
                header.replace(',', "|"),
                a.replace(',', "|"),
                b.replace(',', "|")
            ),
            &["1 line-before-header", "2 header-separator"],
            &next,
        ),
        (
            "semicolons",
            format!("{}\n{}\n{}\n", semicolons(header), semicolons(&a), semicolons(&b)),
            &["1 header-separator"],
            &both,
        ),
        (
            "a type line",
            format!(
                "#TYPE System.Management.Automation.PSCustomObject\r\n{}\r\n{}\r\n{}\r\n",
                quoted(header),
                quoted(&a),
                quoted(&b)
            ),
            &["1 line-before-header", "2 quotation-marks"],
            &next,
        ),
        (
            "all in quotation marks",
            format!("{}\n{}\n{}\n", quoted(header), quoted(&a), quoted(&b)),
            &["1 quotation-marks"],
            &both,
        ),
        (
            "a comma in quotation marks",
            format!("{header}\n{}\n", a.replace("Kiosk", "\"Kiosk, 2nd floor\"")),
            &["2 quotation-marks"],
            &["2 A-1 Kiosk, 2nd floor"],
        ),
        (
            "names spelled otherwise",
            format!(
                "DEVICE SERIAL NUMBER ,windows\u{a0}product\u{a0}id,\u{200b}Hardware  Hash,GroupTag,assigned_user\n{a}\n{b}\n"
            ),
            &["1 header-spelling"; 5],
            &both,
        ),
        (
            "the header again",
            format!("{header}\n{a}\n{header}\n{b}\n"),
            &["3 header-again"],
            &["2 A-1 Kiosk", "4 A-2 Kiosk"],
        ),
        (
            "another header",
            format!(
                "{header}\n{a}\nDevice Serial Number,Windows Product ID,Group Tag,Hardware Hash\nA-2,,Other,{}\n",
                hash("A-2")
            ),
            &["3 header-again", "3 header-order"],
            &["2 A-1 Kiosk", "4 A-2 Other"],
        ),
        (
            "files put together",
            format!("\u{feff}{header}\n{a}\n\u{feff}{header}\n{b}\n\u{1a}"),
            &["3 header-again"],
            &["2 A-1 Kiosk", "4 A-2 Kiosk"],
        ),
        ("the mark of an end", format!("{header}\r\n{a}\r\n{b}\r\n\u{1a}"), &[], &both),
        ("the mark of an end in the last row", format!("{header}\r\n{a}\r\n{b}\u{1a}"), &[], &both),
        ("a total", format!("{header}\n{a}\n{b}\nTotal,2,,,\n"), &["4 total-line"], &both),
        ("a total of one word", format!("{header}\n{a}\n{b}\n\nSumme: 2\n"), &["5 total-line"], &both),
        ("an apostrophe", format!("{header}\n'{a}\n=\"A-2\"{}\n", &b[3..]), &["3 quotation-marks"], &both),
        (
            "a formula in quotation marks",
            format!("{header}\n\"=\"\"A-1\"\"\"{}\n", &a[3..]),
            &["2 quotation-marks"],
            &["2 A-1 Kiosk"],
        ),
    ];
    for (name, file, findings, rows) in cases {
        assert_eq!(
            found(file.as_bytes()),
            (findings.iter().map(|code| (*code).to_owned()).collect(), 0),
            "{name}"
        );
        assert_eq!(
            imported(file.as_bytes()),
            Ok(rows.iter().map(|row| (*row).to_owned()).collect()),
            "{name}"
        );
    }
}

#[test]
fn what_has_no_column_is_an_error_only_where_there_is_something() {
    let row = format!("A-1,,{},Kiosk,", hash("A-1"));
    let cases = [
        (format!("{HEADER}{row},x\n"), "2 extra-columns"),
        (format!("{},\n{row},,x\n", HEADER.trim_end()), "2 extra-columns"),
        (format!("{},\n{row},x\n", HEADER.trim_end()), "2 extra-columns"),
        (format!("{HEADER}\"A-1,,{},Kiosk,\n", hash("A-1")), "2 quotation-mark-open"),
        (format!("{HEADER}Total,,2 devices\n"), "2 hash-not-base64"),
    ];
    for (file, code) in cases {
        let (codes, errors) = found(file.as_bytes());
        assert_eq!((codes.iter().any(|found| found == code), errors), (true, 1), "{code}: {codes:?}");
        assert_eq!(imported(file.as_bytes()), Ok(vec![code.to_owned()]));
    }
}

#[test]
fn serial_numbers_that_a_spreadsheet_changed_are_told() {
    let cases = [
        ("1.23457E+11", "123456789012", "scientific notation"),
        ("1,23E+11", "123456789012", "scientific notation"),
        ("1E-05", "1E-05X", "scientific notation"),
        ("12345", "00012345", "lost its leading zeros"),
        ("1234567890123450", "1234567890123456", "lost its last digits"),
        ("#NAME?", "A-1", "in place of a value"),
        ("########", "A-1", "in place of a value"),
    ];
    for (written, in_hash, told) in cases {
        let file = format!("{HEADER}\"{written}\",,{},,\n", hash(in_hash));
        let finding = inspected(file.as_bytes())
            .1
            .into_iter()
            .find(|found| found.kind.code() == "serial-number-altered");
        let finding = finding.unwrap_or_else(|| panic!("{written} is not told"));
        assert!(finding.cause.contains(told), "{finding}");
        assert_eq!(found(file.as_bytes()).1, 0, "a warning");
    }
    for (written, in_hash) in
        [("1E5", "1E5"), ("00012345", "00012345"), ("MX-1E+5", "MX-1E+5"), ("12345", "12345")]
    {
        let file = format!("{HEADER}{written},,{},,\n", hash(in_hash));
        assert_eq!(found(file.as_bytes()), (Vec::new(), 0), "{written}");
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
