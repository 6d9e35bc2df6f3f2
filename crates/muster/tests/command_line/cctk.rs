//! `muster cctk` and `muster simulate tree`

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{run, run_with};

/// What a command prints, and its exit code.
fn told(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = run(folder, arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (text, output.status.code())
}

#[test]
fn a_file_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (file, code, expected) in [
        ("[cctk]\r\nCamera=Enabled\r\n", 0, "settings: 1, errors: 0, warnings: 0\n"),
        ("Camera=Enabled\nTpmClear=Enabled", 0, "settings: 2, errors: 0, warnings: 1\n"),
        ("Camera=Enabled\nSetupPwd=hunter2", 1, "settings: 2, errors: 1, warnings: 0\n"),
        ("Camera=Enabled\noops", 1, "settings: 0, errors: 1, warnings: 0\n"),
    ] {
        fs::write(folder.join("a.cctk"), file).unwrap();
        let (text, found) = told(folder, &["cctk", "check", "a.cctk"]);
        assert!(text.ends_with(expected) && found == Some(code), "{file}: {text}");
        let findings = text.lines().count() - 1;
        assert!(text.lines().take(findings).all(|line| line.starts_with("a.cctk:2:")), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        let piped = run_with(folder, &["cctk", "check", "-"], file.as_bytes());
        assert_eq!(piped.status.code(), Some(code));
        let (text, found) = told(folder, &["cctk", "check", "a.cctk", "--json"]);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found, Some(code));
        assert_eq!(json["file"], "a.cctk");
        assert_eq!(json["findings"].as_array().map(Vec::len), Some(findings));
        assert_eq!(json["summary"]["errors"], code);
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_misuse() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["cctk", "check", "missing.cctk"][..],
        &["cctk", "check", "."],
        &["cctk", "check"],
        &["cctk"],
        &["cctk", "diff", "a"],
    ] {
        let (text, code) = told(folder.path(), arguments);
        assert!(
            code == Some(2) && text.starts_with("muster: ") && text.lines().count() == 1,
            "{arguments:?}: {text}"
        );
    }
}

#[test]
fn two_files_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("old.cctk"), "Camera=Enabled\nTpmSecurity=Enabled\nNumLock=Enabled").unwrap();
    fs::write(folder.join("new.cctk"), "[cctk]\ncamera=enabled\nTpmSecurity=Disabled\nWakeOnLan=LanOnly")
        .unwrap();
    let (text, code) = told(folder, &["cctk", "diff", "old.cctk", "new.cctk"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(lines[0], "TpmSecurity changes from 'Enabled' to 'Disabled'");
    assert!(lines[1].starts_with("  new.cctk:3:13: warning bitlocker-recovery: "), "{text}");
    assert_eq!(lines[2..], ["WakeOnLan is new: 'LanOnly'", "NumLock is gone; it was 'Enabled'"]);
    let same = told(folder, &["cctk", "diff", "old.cctk", "old.cctk"]);
    assert_eq!(same, ("no setting differs\n".to_owned(), Some(0)));
    fs::write(folder.join("bad.cctk"), "oops").unwrap();
    let (text, code) = told(folder, &["cctk", "diff", "old.cctk", "bad.cctk"]);
    assert!(code == Some(1) && text.contains("bad.cctk:1:1: error no-equals"), "{text}");
}

#[test]
fn a_file_becomes_a_policy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("a.cctk"), "SysName=X\nAsset=1\nWakeOnLan=LanOnly\nBootOrder=uefi\nBootOrder=hdd")
        .unwrap();
    let output = run(folder, &["cctk", "fwupd", "a.cctk"]);
    let policy: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({"BiosSettings": [{
        "Name": "WakeOnLan",
        "BiosSettingId": "com.dell-wmi-sysman.WakeOnLan",
        "BiosSettingCurrentValue": "LanOnly",
    }]});
    assert_eq!(policy, expected);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "muster: left out: Asset, BootOrder\n");
    fs::write(folder.join("a.cctk"), "SetupPwd=hunter2").unwrap();
    let (text, code) = told(folder, &["cctk", "fwupd", "a.cctk"]);
    assert!(code == Some(1) && text.contains("password") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_machine_is_written_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (vendor, value, expected) in [
        (
            "dell",
            "firmware-attributes/dell-wmi-sysman/attributes/Camera/possible_values",
            "Disabled;Enabled;\n",
        ),
        ("lenovo", "firmware-attributes/thinklmi/attributes/SecureBoot/possible_values", "Disable,Enable\n"),
        ("hp", "firmware-attributes/hp-bioscfg/attributes/Fast Boot/type", "enumeration\n"),
        ("surface", "dmi/sys_vendor", "Microsoft Corporation\n"),
    ] {
        let (text, code) = told(folder, &["simulate", "tree", vendor, "--vendor", vendor, "--seed", "7"]);
        let roots = format!("--fwattr-root {vendor}/firmware-attributes --dmi-root {vendor}/dmi\n");
        assert_eq!((text, code), (roots, Some(0)));
        assert_eq!(fs::read_to_string(folder.join(vendor).join(value)).unwrap(), expected, "{vendor}");
    }
    let (text, code) = told(folder, &["simulate", "tree", "dell"]);
    assert!(code == Some(2) && text.contains("dell is not empty"), "{text}");
    let (text, code) = told(folder, &["simulate", "tree", "acme", "--vendor", "acme"]);
    assert!(code == Some(2) && text.contains("dell, hp, lenovo and surface"), "{text}");
}
