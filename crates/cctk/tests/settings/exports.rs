//! Files as they are in the field: what a machine exports passes, and so does what people write.

use cctk::{File, Rule, SettingPurpose, fwupd_policy, lint};

const NEWER: &[u8] = include_bytes!("data/newer-export.cctk");
const OLDER: &[u8] = include_bytes!("data/older-export.cctk");
const BY_HAND: &[u8] = include_bytes!("data/by-hand.cctk");

fn read(bytes: &[u8]) -> File {
    File::parse(bytes).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

#[test]
fn each_shape_passes_without_an_error() {
    for (name, bytes, settings, of_one_machine) in
        [("newer", NEWER, 62, 2), ("older", OLDER, 30, 3), ("by hand", BY_HAND, 6, 0)]
    {
        let file = read(bytes);
        assert_eq!(file.settings().count(), settings, "{name}");
        let findings = lint(&file);
        assert!(findings.iter().all(|finding| !finding.rule.is_error()), "{name}: {findings:#?}");
        let count = findings.iter().filter(|finding| finding.rule == Rule::OfOneMachine).count();
        assert_eq!(count, of_one_machine, "{name}: {findings:#?}");
        assert!(!findings.iter().any(|finding| finding.rule == Rule::NearMiss), "{name}: {findings:#?}");
    }
}

#[test]
fn what_is_commented_out_is_no_setting() {
    for bytes in [NEWER, OLDER, BY_HAND] {
        let file = read(bytes);
        for name in ["TpmClear", "ForcePxeOnNextBoot", "--usbemu", "a"] {
            assert!(!file.settings().any(|setting| setting.name.eq_ignore_ascii_case(name)), "{name}");
        }
    }
}

#[test]
fn every_line_has_a_purpose() {
    let file = read(NEWER);
    let of = |purpose| file.settings().filter(|setting| setting.purpose() == purpose).count();
    assert_eq!(of(SettingPurpose::Information), 4);
    assert_eq!(of(SettingPurpose::OfOneMachine), 3);
    assert_eq!(of(SettingPurpose::Password), 0);
}

#[test]
fn an_export_becomes_a_policy_of_fwupd() {
    let policy = fwupd_policy(&read(NEWER));
    assert_eq!(policy.left_out, ["Asset", "BootOrder", "PasswordConfiguration", "SvcTag", "Uuid"]);
    let wake = policy.settings.iter().find(|setting| setting.name == "WakeOnLan").unwrap();
    assert_eq!((&*wake.id, &*wake.value), ("com.dell-wmi-sysman.WakeOnLan", "LanOnly"));
    assert!(!policy.settings.iter().any(|setting| setting.name == "BiosVer"));
}
