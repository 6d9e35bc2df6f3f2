//! Lists with one thing wrong each.

mod encodings;
mod makers;
mod manglings;

use std::io::{self, Read};

use super::{Finding, Summary, inspect};
use crate::hardware_hash::{HardwareHash, HashRecord, Hexadecimal, Text, TextKind, to_base64};

const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User\n";

/// A hash with a TPM of the device's own.
fn hash(serial_number: &str) -> String {
    let mut modulus = serial_number.as_bytes().to_vec();
    modulus.resize(256, 0);
    built(serial_number, vec![HashRecord::EndorsementKey { modulus: Hexadecimal(modulus) }])
}

fn built(serial_number: &str, records: Vec<HashRecord>) -> String {
    let mut hash = HardwareHash::new(records);
    hash.put(HashRecord::Text(Text::new(TextKind::SerialNumber, serial_number)));
    hash.put(HashRecord::Text(Text::new(TextKind::Manufacturer, "Example Corp")));
    to_base64(&hash.build().unwrap())
}

fn inspected(file: &[u8]) -> (Summary, Vec<Finding>) {
    let mut findings = Vec::new();
    let tell = |finding: &Finding| {
        findings.push(finding.clone());
        Ok(())
    };
    (inspect(file, tell).unwrap(), findings)
}

/// Line and code of each finding.
fn codes(file: &[u8]) -> Vec<String> {
    inspected(file).1.iter().map(|finding| format!("{} {}", finding.line, finding.kind.code())).collect()
}

#[test]
fn a_good_list_has_no_findings() {
    let (one, two) = (hash("A-1"), hash("A-2"));
    let rows = format!("A-1,,{one},TAG,ada@contoso.example\nA-2,00330-80000-00000-AA123,{two},,\n");
    let short =
        format!("Device Serial Number,Windows Product ID,Hardware Hash\r\nA-1,,{one}\r\n\r\nA-2,,{two}");
    let files = [
        format!("{HEADER}{rows}"),
        format!("\u{feff}{HEADER}{rows}"),
        short,
        format!("{HEADER}A-1,,{one}\nA-2,,{two},TAG\n"),
    ];
    for file in files {
        let (summary, findings) = inspected(file.as_bytes());
        assert_eq!((findings, summary.rows), (Vec::new(), 2), "{file:.100}");
    }
}

#[test]
fn what_is_wrong_with_a_row_is_told_with_its_line() {
    let good = hash("A-1");
    let same_tpm = {
        let mut modulus = b"A-1".to_vec();
        modulus.resize(256, 0);
        built("A-9", vec![HashRecord::EndorsementKey { modulus: Hexadecimal(modulus) }])
    };
    let unpadded = "T0E".to_owned() + &"A".repeat(3_999);
    let damaged = good.replacen("AAAA", "AAAB", 1);
    let no_uuid = built("A-2", vec![HashRecord::SmbiosUuid { uuid: uuid::Uuid::nil() }]);
    let cases: Vec<(String, &[&str])> = vec![
        (format!("A-2,,{unpadded},,"), &["3 hash-unpadded"]),
        (format!("A-2,,{}*,,", &hash("A-2")[..3_999]), &["3 hash-not-base64"]),
        ("A-2,,T0FB,,".to_owned(), &["3 hash-invalid"]),
        (format!("A-2,,{damaged},,"), &["3 hash-invalid"]),
        (format!("A-1,,{good},,"), &["3 hash-duplicate", "3 serial-number-duplicate"]),
        (format!("A-9,,{same_tpm},,"), &["3 device-duplicate"]),
        (format!("a-1 ,,{},,", built(" a-1", Vec::new())), &["3 serial-number-duplicate"]),
        (format!("A-2,,{no_uuid},,"), &["3 uuid-placeholder"]),
        (format!("A-3,,{},,", hash("A-2")), &["3 serial-number-differs"]),
        (format!(",,{},,", hash("A-2")), &["3 serial-number-missing"]),
        (format!("Default string,,{},,", hash("Default string")), &["3 serial-number-placeholder"]),
        ("None,,,,".to_owned(), &["3 hash-missing", "3 serial-number-placeholder"]),
        (",,,TAG,".to_owned(), &["3 identity-missing"]),
        ("A-2".to_owned(), &["3 missing-columns"]),
        (format!("A-2,,{},,,x", hash("A-2")), &["3 extra-columns"]),
        (format!("\"A-2\",\"\",\"{}\",\"\",\"\"", hash("A-2")), &["3 quotation-marks"]),
        (format!("A-2,,{},\"a,b\",", hash("A-2")), &["3 quotation-marks"]),
        (format!("A-2,,{},,ada", hash("A-2")), &["3 assigned-user"]),
        (format!("A-2,,{},,a b@contoso.example", hash("A-2")), &["3 assigned-user"]),
        (format!("{}\nA-2", "A".repeat(70_000)), &["3 line-too-long", "4 missing-columns"]),
    ];
    for (row, expected) in cases {
        let file = format!("{HEADER}A-1,,{good},,\n{row}\n");
        assert_eq!(codes(file.as_bytes()), expected, "{row:.60}");
    }
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let same = format!("A-1,,{},,", hash("A-1"));
    let rows = [HEADER.trim_end(), "", &same, &same, "   ", "", "A-2", ""];
    for line_break in ["\n", "\r\n", "\r"] {
        let file = rows.join(line_break);
        let expected = ["4 hash-duplicate", "4 serial-number-duplicate", "7 missing-columns"];
        assert_eq!(codes(file.as_bytes()), expected, "{line_break:?}");
        let causes: Vec<String> = inspected(file.as_bytes()).1.into_iter().map(|found| found.cause).collect();
        assert_eq!(causes[0], "the hash is that of line 3", "{line_break:?}");
    }
}

#[test]
fn ansi_is_what_windows_calls_so() {
    let file = [HEADER.as_bytes(), b"A,,,\x80\x96,\x8a\x9e\n"].concat();
    let finding = &inspected(&file).1[0];
    assert_eq!(finding.cause, "'Šž' is not a user principal name");
}

#[test]
fn a_separator_that_is_no_comma_is_named_and_the_rows_are_read() {
    let file = format!("{HEADER}A-1,,{},TAG,ada\n", hash("A-1"));
    for (separator, called) in [(";", "semicolons"), ("\t", "tabs")] {
        let (_, findings) = inspected(file.replace(',', separator).as_bytes());
        let cause = format!("the values are separated by {called}, not by commas");
        assert_eq!((&findings[0].cause, findings[0].line), (&cause, 1));
        assert!(findings[0].kind.remedy().contains("commas"));
        assert_eq!((findings[1].line, findings[1].kind.code(), findings.len()), (2, "assigned-user", 2));
    }
}

#[test]
fn placeholders_are_known_in_any_spelling() {
    let placeholders = [
        "To be filled by O.E.M.",
        "to be filled by o.e.m.",
        "System Serial Number",
        "None",
        "0",
        "00000000",
        "XXX",
    ];
    for serial_number in placeholders {
        let file = format!("{HEADER}{serial_number},,{},,\n", hash(serial_number));
        assert_eq!(codes(file.as_bytes()), ["2 serial-number-placeholder"], "{serial_number}");
    }
}

#[test]
fn what_is_wrong_with_the_file_is_told_once() {
    let row = format!("A-1,,{}", hash("A-1"));
    let narrow = format!("{HEADER}{row}\n");
    let with = |header: &str| format!("{header}\n{row}\n").into_bytes();
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (Vec::new(), &["1 file-empty"]),
        (HEADER.as_bytes().to_vec(), &["1 no-rows"]),
        (with("device serial number,Windows Product ID,Hardware Hash"), &["1 header-spelling"]),
        (with("Device Serial Number, Windows Product ID,Hardware Hash"), &["1 header-spelling"]),
        (
            with("Device Serial Number,Hardware Hash,Hash"),
            &["1 header-unknown-column", "1 header-missing-column", "2 hash-missing"],
        ),
        (
            with("Device Serial Number,Manufacturer name,Hardware Hash,Windows Product ID"),
            &["1 header-partner-column", "1 header-order", "2 missing-columns"],
        ),
        (
            with("Device Serial Number,Windows Product ID,Hardware Hash,hardware hash,Hardware Hash"),
            &["1 header-spelling", "1 header-repeated-column", "1 header-repeated-column"],
        ),
        (narrow.replace(',', ";").into_bytes(), &["1 header-separator"]),
        (narrow.replace(',', "\t").into_bytes(), &["1 header-separator"]),
        (
            narrow.replace(',', "|").into_bytes(),
            &["1 header-missing", "1 missing-columns", "2 missing-columns"],
        ),
        ("A".repeat(70_000).into_bytes(), &["1 line-too-long"]),
        (with("\"Device Serial Number\",\"Windows Product ID\",\"Hardware Hash\""), &["1 quotation-marks"]),
        (row.clone().into_bytes(), &["1 header-missing"]),
    ];
    for (file, expected) in cases {
        assert_eq!(codes(&file), expected, "{}", String::from_utf8_lossy(&file[..file.len().min(120)]));
    }
}

#[test]
fn a_finding_says_what_why_and_what_to_do() {
    let file = format!("Device Serial Number,Windows Product ID,Hardware Hsh\nA,,{}\n", &hash("A")[..3_999]);
    let lines: Vec<String> = inspected(file.as_bytes()).1.iter().map(Finding::to_string).collect();
    assert_eq!(
        lines[0],
        "1: error header-unknown-column: there is no column 'Hardware Hsh'; did you mean 'Hardware Hash'?. Remove the column or correct its name."
    );
    let finding = &inspected(format!("{HEADER}A,,{}\n", &hash("A")[..3_998]).as_bytes()).1[0];
    assert_eq!(
        serde_json::to_value(finding).unwrap(),
        serde_json::json!({
            "line": 2,
            "level": "error",
            "code": "hash-unpadded",
            "column": "hash",
            "cause": "the Base64 text has 3998 characters and lacks the padding '==' at its end",
            "remedy": "Add the padding at the end of the hash.",
        })
    );
}

#[test]
fn more_rows_than_the_portal_takes_are_noted() {
    for (rows, expected) in [(500, &[][..]), (501, &["502 rows-over-500".to_owned()])] {
        let lines: Vec<String> =
            (0..rows).map(|at| format!("S-{at},,{},,\n", hash(&format!("S-{at}")))).collect();
        let file = format!("{HEADER}{}", lines.concat());
        assert_eq!(codes(file.as_bytes()), expected);
    }
}

#[test]
fn an_error_of_reading_or_telling_ends_it() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
    }
    let error = inspect(Broken, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let error = inspect(&b""[..], |_| Err(io::Error::from(io::ErrorKind::BrokenPipe))).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}
