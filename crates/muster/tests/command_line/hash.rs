//! `muster hash`

use std::path::Path;

use serde_json::{Value, json};

use crate::{run, run_with};

const VIRTUAL_MACHINE: [&str; 10] = [
    "hash",
    "build",
    "--uuid",
    "00112233-4455-6677-8899-aabbccddeeff",
    "--serial",
    "TEST-SN-0001",
    "--manufacturer",
    "Example Corp",
    "--model",
    "Example Model 1",
];

fn built(folder: &Path, more: &[&str]) -> String {
    let output = run(folder, &[&VIRTUAL_MACHINE, more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn decoded(folder: &Path, hash: &str) -> Value {
    let output = run(folder, &["hash", "decode", "--json", hash]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_same_arguments_build_the_same_hash() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let plain = built(here, &[]);
    assert_eq!(plain.len(), 4_000);
    // The records and the checksum of a hash whose bytes are known.
    assert!(plain.starts_with("T0FOAAwAFAAzIhEAVUR3ZoiZqrvM3e7/DgARAFRFU1QtU04tMDAwMQAQABEARXhhbXBsZSBDb3JwABEAFABFeGFtcGxlIE1vZGVsIDEAQ1MkACRpFtuNFYE7uF1lRtDQhda8NTYOinsgJvfyGQCnZREc"));
    let full = [
        "--tpm",
        "one",
        "--disk",
        "D|M|V",
        "--mac",
        "02-00-00-00-00-01",
        "--collected",
        "2026-01-01T00:00:00Z",
    ];
    assert_eq!(built(here, &full), built(here, &full));
    assert_ne!(built(here, &["--tpm", "one"]), built(here, &["--tpm", "two"]));
}

#[test]
fn a_hash_is_decoded_to_a_table_and_to_json() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hash = built(here, &["--sku", "SKU 1", "--family", "Family 1", "--product-key-id", "3305551234567"]);
    let description = decoded(here, &hash);
    assert_eq!(
        description["identity"],
        json!({
            "manufacturer": "Example Corp",
            "model": "Example Model 1",
            "serialNumber": "TEST-SN-0001",
            "skuNumber": "SKU 1",
            "systemFamily": "Family 1",
            "productKeyId": "3305551234567",
            "smbiosUuid": "00112233-4455-6677-8899-aabbccddeeff",
            "endorsementKeyDigest": null,
        })
    );
    assert_eq!(description["size"], 3_000);
    assert_eq!(
        description["records"][1],
        json!({"record": "text", "kind": "serialNumber", "text": "TEST-SN-0001"})
    );
    assert!(description["warnings"][0].as_str().unwrap().starts_with("no record of a TPM"));

    let output = run(here, &["hash", "decode", &hash]);
    let table = String::from_utf8(output.stdout).unwrap();
    for line in ["    24    14  serial number             TEST-SN-0001", "warning: no record of a TPM"] {
        assert!(table.lines().any(|known| known.starts_with(line)), "{table}");
    }
}

#[test]
fn a_hash_comes_from_an_argument_a_file_or_standard_input_as_text_or_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hash = built(here, &["--tpm", "one"]);
    let bytes = domain::hardware_hash::from_base64(&hash).unwrap();
    std::fs::write(here.join("text"), format!("{}\r\n{}\n", &hash[..76], &hash[76..])).unwrap();
    std::fs::write(here.join("bytes"), &bytes).unwrap();
    let expected = decoded(here, &hash);
    assert_eq!(decoded(here, "text"), expected);
    assert_eq!(decoded(here, "bytes"), expected);
    for input in [hash.as_bytes(), &bytes] {
        let output = run_with(here, &["hash", "decode", "--json"], input);
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), expected);
    }
}

#[test]
fn files_are_read_as_editors_and_shells_write_them() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hash = built(here, &[]);
    let description = run(here, &["hash", "decode", "--json", &hash]).stdout;
    let description = String::from_utf8(description).unwrap();
    let wide = |text: &str, of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect();
    for (name, form) in [
        ("UTF-8", &(|text: &str| text.as_bytes().to_vec()) as &dyn Fn(&str) -> Vec<u8>),
        ("UTF-16LE", &|text| wide(text, u16::to_le_bytes)),
        ("UTF-16BE", &|text| wide(text, u16::to_be_bytes)),
    ] {
        let form = |text: &str| form(&format!("\u{feff}{text}\r\n"));
        std::fs::write(here.join("hash.txt"), form(&hash)).unwrap();
        assert_eq!(decoded(here, "hash.txt"), decoded(here, &hash), "{name}");
        std::fs::write(here.join("description.json"), form(&description)).unwrap();
        let output = run(here, &["hash", "build", "--from", "description.json"]);
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), hash, "{name}");
    }
    std::fs::write(here.join("hash.txt"), "?").unwrap();
    let error = String::from_utf8(run(here, &["hash", "decode", "hash.txt"]).stderr).unwrap();
    assert!(error.contains("'hash.txt' has no hash in Base64: character 1"), "{error}");
}

#[test]
fn what_was_decoded_is_built_again_and_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hash = built(here, &["--tpm", "one", "--disk", "D|M|V"]);
    let description = run(here, &["hash", "decode", "--json", &hash]).stdout;
    let output = run_with(here, &["hash", "build", "--from", "-"], &description);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), hash);
    std::fs::write(here.join("description.json"), &description).unwrap();
    let output = run(here, &["hash", "build", "--from", "description.json", "--serial", "OTHER"]);
    let changed = decoded(here, String::from_utf8(output.stdout).unwrap().trim_end());
    let mut expected: Value = serde_json::from_slice(&description).unwrap();
    expected["identity"]["serialNumber"] = json!("OTHER");
    expected["records"][1]["text"] = json!("OTHER");
    assert_eq!(changed, expected);
}

#[test]
fn a_hash_that_does_not_hold_fails_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hash = built(here, &[]);
    let damaged = format!("{}z{}", &hash[..50], &hash[51..]);
    let output = run(here, &["hash", "decode", &damaged]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), error.as_str()),
        (Some(1), "muster: offset 82: the checksum does not hold; the hash was changed or damaged\n")
    );
    let unpadded = format!("{}A", &hash[..3_998]);
    let warnings = decoded(here, &unpadded)["warnings"].clone();
    let warnings = warnings.as_array().unwrap();
    assert!(warnings.last().unwrap().as_str().unwrap().contains("lacks the padding '='"), "{warnings:?}");
}
