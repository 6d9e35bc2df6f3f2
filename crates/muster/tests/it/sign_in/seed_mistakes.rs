//! A mistake in the seed file stops the start, and is said with its line and key

use std::process::Command;

use crate::MUSTER;

fn start(seed: &str, dev: bool) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seed.toml");
    std::fs::write(&file, seed).expect("a file");
    let mut command = Command::new(MUSTER);
    command.arg("serve").arg("--data").arg(folder.path().join("data")).arg("--seed").arg(&file);
    command.args(["--listen", "127.0.0.1:0"]).args(dev.then_some("--dev"));
    let output = command.output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn mistakes_name_line_and_key() {
    const ID: &str = "aaaaaaaa-0000-4000-8000-000000000001";
    let application = format!("[[applications]]\nid = \"{ID}\"\n");
    for (seed, line, key, message) in [
        ("device_code = \"ask\"".to_owned(), 1, "device_code", "unknown field"),
        ("device_codes = \"perhaps\"".to_owned(), 1, "device_codes", "perhaps"),
        ("\n[[users]]\nupn = \"alice\"".to_owned(), 3, "upn", "'@'"),
        ("[[users]]\nupn = 5".to_owned(), 2, "upn", "invalid type"),
        ("[[applications]]\nid = \"x\"".to_owned(), 2, "id", "UUID"),
        (format!("{application}{application}"), 4, "id", "already"),
        (
            format!("{application}application_permissions = [\"DeviceManagementRBAC.Read.Al\"]"),
            3,
            "application_permissions",
            "did you mean",
        ),
        (format!("{application}certificates = [\"no.pem\"]"), 3, "certificates", "cannot read"),
        (format!("[[consents]]\napplication = \"{ID}\"\nscopes = []"), 2, "application", "no application"),
        (
            format!("{application}[[consents]]\napplication = \"{ID}\"\nuser = \"eve@x\"\nscopes = []"),
            5,
            "user",
            "no user",
        ),
    ] {
        let (code, error) = start(&seed, true);
        assert_eq!(code, Some(2), "{seed}: {error}");
        let place = format!("has a mistake in line {line}, {key}: ");
        assert!(error.contains(&place) && error.contains(message), "{seed}: {error}");
    }
}

#[test]
fn there_is_no_seed_outside_dev_mode() {
    let (code, error) = start("", false);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("--dev"), "{error}");
}
