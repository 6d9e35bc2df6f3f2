//! Hashes that were changed on their way: each is named, and none is sent.

use super::{HEADER, hash, inspected};
use crate::device_list::ListReader;
use crate::hardware_hash::to_base64;

#[test]
fn a_mangled_hash_is_named_and_not_sent() {
    let hash = hash("A-1");
    let twice = to_base64(hash.as_bytes());
    let cases = [
        (twice.clone(), "hash-mangled", "Base64 of Base64 text"),
        (format!("\"\"\"{hash}\"\"\""), "hash-mangled", "quotation marks"),
        (hash.replacen("AA", "&#43;A", 1), "hash-mangled", "HTML"),
        (hash.replacen("AA", "%2BA", 1), "hash-mangled", "percent-encoded"),
        (hash.replacen("AA", "\\u002BA", 1), "hash-mangled", "JSON"),
        (hash.replacen("AA", "_-", 1), "hash-mangled", "URL-safe"),
        (hash.to_lowercase(), "hash-mangled", "lower case"),
        (hash[..255].to_owned(), "hash-mangled", "cut off after 255 characters"),
        (format!("{hash}{}", "A".repeat(32_767 - 4_000)), "hash-mangled", "32767"),
        (format!("{} {}", &hash[..2_000], &hash[2_001..]), "hash-mangled", "blanks"),
        (format!("{} \u{a0}{}", &hash[..2_000], &hash[2_000..]), "hash-mangled", "blanks"),
        (to_base64(&vec![b'x'; 16_385]), "hash-invalid", "16384"),
    ];
    for (value, code, cause) in cases {
        let file = format!("{HEADER}A-1,,{value},,\n");
        let findings = inspected(file.as_bytes()).1;
        let finding = findings.iter().find(|found| found.kind.code() == code);
        let finding = finding.unwrap_or_else(|| panic!("{cause}: {findings:?}"));
        assert!(finding.cause.contains(cause) && finding.cause.len() < 200, "{finding}");
        let mut list = ListReader::csv(Box::new(std::io::Cursor::new(file))).unwrap().unwrap();
        let failure = list.next_row(None).unwrap().unwrap().identity.unwrap_err();
        assert_eq!(failure.code, code, "{cause}");
    }
    let remedy = inspected(format!("{HEADER}A-1,,{twice},,\n").as_bytes()).1[0].kind.remedy();
    assert!(remedy.contains("library"), "{remedy}");
}

#[test]
fn the_number_in_the_hash_is_what_the_device_will_have() {
    let cases = [
        ("12345", "00012345", "12345", "00012345"),
        ("", "00012345", "00012345", "00012345"),
        ("LABEL-1", "Default string", "LABEL-1", "LABEL-1"),
        ("", "Default string", "Default string", "Default string"),
    ];
    for (written, in_hash, shown, registered) in cases {
        let file = format!("{HEADER}{written},,{},,\n", hash(in_hash));
        let mut list = ListReader::csv(Box::new(std::io::Cursor::new(file))).unwrap().unwrap();
        let identity = list.next_row(None).unwrap().unwrap().identity.unwrap();
        assert_eq!((&*identity.serial_number, &*identity.registered_serial_number), (shown, registered));
    }
}
