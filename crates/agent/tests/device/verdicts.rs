//! The verdict on each line of a file, before anything is written.

use agent::{Firmware, Vendor};

use crate::{machine, planned};

/// A file on a Dell with all defaults, and its verdicts in the order of writing.
#[test]
fn every_verdict() {
    for (lines, expected) in [
        ("Camera=Enabled", &["Camera=Enabled already"][..]),
        ("camera=ENABLED", &["Camera=Enabled already"]),
        ("camera=disabled", &["Camera=Disabled will-change: it is Enabled now"]),
        ("Kamera=Disabled", &["Kamera=Disabled unknown-attribute: did you mean Camera?"]),
        ("Teleporter=Disabled", &["Teleporter=Disabled unknown-attribute"]),
        ("WakeOnLan=On", &["WakeOnLan=On bad-value: it takes one of Disabled, LanOnly, LanWithPxeBoot"]),
        ("PwdMinLen=33", &["PwdMinLen=33 bad-value: it takes a number from 4 to 32"]),
        (
            "PrimaryBattChargeCfg=Custom\nCustomChargeStart=52",
            &[
                "CustomChargeStart=52 bad-value: it takes a number from 50 to 95 in steps of 5",
                "PrimaryBattChargeCfg=Custom will-change: it is Adaptive now",
            ],
        ),
        (
            "CustomChargeStart=55",
            &["CustomChargeStart=55 read-only-now: while PrimaryBattChargeCfg is not Custom"],
        ),
        ("AutoOnHr=6", &["AutoOnHr=6 suppressed-now: while AutoOn is Disabled"]),
        ("LegacyOrom=Enabled", &["LegacyOrom=Enabled forced-to Disabled: while SecureBoot is Enabled"]),
        ("SetupPwd=hunter2", &["SetupPwd= refused-password-line: the service makes and keeps passwords"]),
        (
            "ValSetupPwd=hunter2",
            &["ValSetupPwd= refused-password-line: the service makes and keeps passwords"],
        ),
        // What a setting needs is written first, wherever the file has it.
        (
            "AutoOnHr=6\nAutoOn=Everyday",
            &["AutoOn=Everyday will-change: it is Disabled now", "AutoOnHr=6 will-change: it is 0 now"],
        ),
        // What a setting will block is written before it.
        (
            "SecureBoot=Disabled\nSecureBootMode=AuditMode",
            &[
                "SecureBootMode=AuditMode will-change: it is DeployedMode now",
                "SecureBoot=Disabled will-change: it is Enabled now",
            ],
        ),
        // Three in a row, from the last to the first.
        (
            "LegacyOrom=Enabled\nSecureBoot=Disabled\nCamera=Disabled",
            &[
                "SecureBoot=Disabled will-change: it is Enabled now",
                "LegacyOrom=Enabled will-change: it is Disabled now",
                "Camera=Disabled will-change: it is Enabled now",
            ],
        ),
        ("BootOrder=uefi\nBootOrder=hdd.1", &["BootOrder=uefi unknown-attribute: did you mean BootMode?"]),
        // What is no setting of the BIOS has no verdict.
        (
            "SysName=Latitude 5450\nSysId=0CB9\nBiosVer=1.2.3\nAsset=A-1\nCamera=Enabled",
            &["Camera=Enabled already"],
        ),
    ] {
        let plan = planned(&machine(Vendor::Dell), lines);
        let found: Vec<String> = plan
            .settings
            .iter()
            .map(|setting| format!("{}={} {}", setting.name, setting.value, setting.verdict))
            .collect();
        assert_eq!(found, expected, "{lines}");
    }
}

#[test]
fn a_value_that_another_setting_of_the_file_decides_is_told() {
    let mut machine = machine(Vendor::Dell);
    machine.write("SecureBoot", "Disabled").unwrap();
    machine.write("LegacyOrom", "Enabled").unwrap();
    for (lines, expected) in [
        ("SecureBoot=Enabled\nLegacyOrom=Enabled", "forced-to Disabled: while SecureBoot is Enabled"),
        ("LegacyOrom=Enabled\nSecureBoot=Enabled", "forced-to Disabled: while SecureBoot is Enabled"),
    ] {
        let plan = planned(&machine, lines);
        let forced = plan.settings.iter().find(|setting| setting.name == "LegacyOrom").unwrap();
        assert_eq!(forced.verdict.to_string(), expected, "{lines}");
        assert_eq!(plan.refused().count(), 1, "{lines}");
    }
    let plan = planned(&machine, "LegacyOrom=Disabled\nSecureBoot=Enabled");
    assert_eq!(plan.refused().count(), 0, "{plan:?}");
}

#[test]
fn what_belongs_to_one_machine_is_left_out_and_told() {
    let plan = planned(&machine(Vendor::Dell), "Asset=A-1\nsvctag=ABC1234\nUuid=1\nCamera=Disabled");
    assert_eq!(plan.left_out, ["Asset", "svctag", "Uuid"]);
    assert_eq!(plan.settings.len(), 1);
    assert!(plan.has_changes());
}

#[test]
fn a_name_that_stands_for_several_values_is_no_attribute_of_one() {
    for (lines, expected) in [
        ("BootOrder=USBHDD:NVMe0", "will-change: it is NVMe0:USBHDD:PXEBOOT now"),
        ("BootOrder=USBHDD\nbootorder=usbhdd", "will-change: it is NVMe0:USBHDD:PXEBOOT now"),
        ("BootOrder=USBHDD\nBootOrder=NVMe0", "bad-value: it takes one value, and the file has 2"),
    ] {
        let plan = planned(&machine(Vendor::Lenovo), lines);
        assert_eq!(plan.settings.len(), 1, "{lines}");
        assert_eq!(plan.settings[0].verdict.to_string(), expected, "{lines}");
    }
}
