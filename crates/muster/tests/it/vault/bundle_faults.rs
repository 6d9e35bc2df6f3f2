//! Bundles that were cut off, changed or meant for others: nothing of them is shown or sent

use std::path::Path;

use testkit::TestDatabase;

use super::{Officer, export, fill, prints, record, refused, server, vault};

/// What is said of a bundle that is not as it was written.
const DAMAGED: &str = "is cut off or was changed";
/// So many that a bundle has several chunks of age, of 64 KiB each.
const MANY: u32 = 900;

#[test]
fn a_bundle_that_is_not_whole_is_refused_before_anything_is_shown_or_sent() {
    let server = server(TestDatabase::Sqlite, None);
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (officer, other) = (Officer::new(here, "officer"), Officer::new(here, "other"));
    let caller = server.caller();
    fill(&caller, (0..MANY).map(|number| record(number, 3)).collect());
    prints(&export(&server, here, "whole.age", &[&officer], &[]), 0);
    let whole = std::fs::read(here.join("whole.age")).unwrap();
    let length = whole.len();
    assert!(length > 3 * (1 << 16), "{length} bytes");
    let header = whole.windows(4).position(|part| part == b"\n---").unwrap();
    // Where the first chunk of the payload ends: after the header with its MAC, and a nonce of 16 bytes.
    let payload = header + 1 + whole[header + 1..].iter().position(|byte| *byte == b'\n').unwrap() + 1 + 16;
    let chunk = payload + (1 << 16) + 16;

    let flipped = |at: usize| {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        changed
    };
    let cut = |at: usize| whole[..at].to_vec();
    let added = [&whole[..], b"more"].concat();
    let mut another_mac = whole.clone();
    another_mac[header + 10] = if whole[header + 10] == b'A' { b'B' } else { b'A' };
    for (case, bytes, said) in [
        ("nothing", Vec::new(), DAMAGED),
        ("another file", b"id,password\n1,2\n".repeat(100), "is no bundle"),
        ("cut in the header", cut(header / 2), DAMAGED),
        ("cut in the first chunk", cut(payload + 100), DAMAGED),
        ("cut between chunks", cut(chunk), DAMAGED),
        ("cut in a chunk", cut(length / 2), DAMAGED),
        ("cut by a byte", cut(length - 1), DAMAGED),
        ("changed in the first chunk", flipped(payload + 50), DAMAGED),
        ("changed in the middle", flipped(length / 2), DAMAGED),
        ("changed in the last byte", flipped(length - 1), DAMAGED),
        ("with something behind it", added, DAMAGED),
        ("with another MAC of its header", another_mac, DAMAGED),
    ] {
        std::fs::write(here.join("bad-whole.age"), bytes).unwrap();
        let line = not_opened(here, &officer);
        assert!(line.contains("bad-whole.age") && line.contains(said), "{case}: {line}");
        let data = server.data().display().to_string();
        let (identity, tenant) =
            (officer.identity.display().to_string(), caller.elsewhere().tenant_id().to_string());
        let arguments =
            ["import", "bad-whole.age", "--identity", &identity, "--data", &data, "--tenant", &tenant];
        let line = refused(&vault(here, &arguments), 1);
        assert!(line.contains("bad-whole.age") && line.contains(said), "{case}: {line}");
    }
    let nothing_sent = caller.elsewhere();
    assert!(nothing_sent.list(super::DETAILS).is_empty());

    std::fs::write(here.join("bad-whole.age"), &whole).unwrap();
    assert!(not_opened(here, &other).contains("encrypted for others"));
    let of_bundle = Officer { identity: here.join("whole.age"), recipient: String::new() };
    let identity = of_bundle.identity.display().to_string();
    let no_identity = vault(here, &["open", "whole.age", "--identity", &identity]);
    assert!(refused(&no_identity, 2).contains("has no age identity"));
    let identity = officer.identity.display().to_string();
    let none = vault(here, &["open", "whole.age", "--identity", &identity, "--serial", "SN-X"]);
    assert!(refused(&none, 1).contains("no record with the serial number SN-X"));
}

/// What is said of a bundle that cannot be opened.
#[track_caller]
fn not_opened(here: &Path, officer: &Officer) -> String {
    let identity = officer.identity.display().to_string();
    refused(&vault(here, &["open", "bad-whole.age", "--identity", &identity]), 1)
}

#[test]
fn a_bundle_of_another_version_and_another_file_of_age_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let officer = Officer::new(here, "officer");
    let recipient: age::x25519::Recipient = officer.recipient.parse().unwrap();
    let head = |version: u32| {
        format!(
            "{{\"format\":\"muster-vault-bundle\",\"version\":{version},\"createdDateTime\":\"\",\"writtenBy\":\"\"}}\n"
        )
    };
    let end = |records: u32| format!("{{\"end\":\"muster-vault-bundle\",\"records\":{records}}}\n");
    for (case, text, said) in [
        ("another version", head(2) + &end(0), "has version 2 of the format"),
        ("another file", "serial,password\n".to_owned(), "something else than a bundle"),
        ("without an end", head(1), DAMAGED),
        ("fewer records than it says", head(1) + &end(1), DAMAGED),
        ("a line that is no record", head(1) + "{}\n" + &end(1), "line 2 is no record"),
        ("more after its end", head(1) + &end(0) + "{}\n", "line 3 is no record"),
    ] {
        std::fs::write(here.join("bad-whole.age"), age::encrypt(&recipient, text.as_bytes()).unwrap())
            .unwrap();
        let line = not_opened(here, &officer);
        assert!(line.contains(said), "{case}: {line}");
    }
}
