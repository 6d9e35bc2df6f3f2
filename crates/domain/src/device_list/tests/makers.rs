//! Lists as their makers write them: bytes in, rows and findings out, of an inspection and of an import alike.

use super::encodings::utf_16;
use super::{HEADER, hash, inspected};
use crate::device_list::{Level, ListReader};

/// The rows that an import reads: line, serial number and group tag as they are sent, or the code of what is wrong.
pub(super) fn imported(file: &[u8]) -> Result<Vec<String>, Vec<String>> {
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
pub(super) fn found(file: &[u8]) -> (Vec<String>, u64) {
    let (summary, findings) = inspected(file);
    let errors = findings.iter().filter(|found| found.kind.level() == Level::Error).count() as u64;
    assert_eq!(errors, summary.errors);
    let codes = findings.iter().map(|found| format!("{} {}", found.line, found.kind.code())).collect();
    (codes, errors)
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
        ("@{SerialNumber=A-1}", "A-1", "PowerShell"),
        ("System.Object[]", "A-1", "PowerShell"),
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

/// What public scripts and reports write, each with the program that is most often behind it.
#[test]
fn lists_of_public_scripts_are_read() {
    let [a, b] = ["A-1", "A-2"].map(hash);
    let three = "Device Serial Number,Windows Product ID,Hardware Hash";
    let both = vec!["2 A-1 ".to_owned(), "3 A-2 ".to_owned()];
    let cases = [
        (
            "hashes of an inventory, redirected by Windows PowerShell",
            utf_16(&format!("{three}\r\nA-1,,{a}\r\nA-2,,{b}\r\n"), &[0xff, 0xfe], false),
            vec![],
        ),
        (
            "a file to which each device adds a line in UTF-8, with a mark from the first",
            format!("\u{feff}{three}\r\nA-1,,{a}\r\nA-2,,{b}\r\n").into_bytes(),
            vec![],
        ),
        (
            "Export-Csv -Encoding UTF8",
            format!("\u{feff}\"{}\"\r\n\"A-1\",\"\",\"{a}\"\r\n\"A-2\",\"\",\"{b}\"\r\n", three.replace(',', "\",\"")).into_bytes(),
            vec!["1 quotation-marks"],
        ),
        (
            "the Unicode Text of a spreadsheet",
            utf_16(&format!("{three}\r\nA-1,,{a}\r\nA-2,,{b}\r\n\t\t\r\n").replace(',', "\t"), &[0xff, 0xfe], false),
            vec!["1 header-separator"],
        ),
        (
            "a partner's list",
            format!("{three},Manufacturer name,Device model\nA-1,,{a},Example Corp,Model 1\nA-2,,{b},Example Corp,\n").into_bytes(),
            vec!["1 header-partner-column", "1 header-partner-column"],
        ),
        (
            "a report of an inventory, whose columns have underscores",
            format!("Device_Serial_Number,Windows_Product_ID,Hardware_Hash,Manufacturer_name,Device_model\nA-1,,{a},Example Corp,M\nA-2,,{b},Example Corp,M\n").into_bytes(),
            vec!["1 header-spelling", "1 header-spelling", "1 header-spelling", "1 header-partner-column", "1 header-partner-column"],
        ),
        (
            "objects of a database query, with its own names",
            format!("#TYPE Selected.System.Data.DataRow\n\"SerialNumber\",\"WindowsProductID\",\"HardwareHash\"\n\"A-1\",\"00330-80000-00000-AA123\",\"{a}\"\n").into_bytes(),
            vec!["1 line-before-header", "2 header-spelling", "2 header-spelling", "2 header-spelling", "2 quotation-marks"],
        ),
    ];
    for (name, file, findings) in cases {
        assert_eq!(found(&file), (findings.iter().map(|code| (*code).to_owned()).collect(), 0), "{name}");
        let rows = if file.starts_with(b"#TYPE") { vec!["3 A-1 ".to_owned()] } else { both.clone() };
        assert_eq!(imported(&file), Ok(rows), "{name}");
    }
}
