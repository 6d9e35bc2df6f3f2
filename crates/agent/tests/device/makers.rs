//! Where the makers differ from Dell, and what all machines have in common.

use agent::{
    AttributeKind, Firmware, FirmwareError, FirmwareRefusal, Mishap, PasswordRole, SimulatedFirmware, Terms,
    Vendor, apply,
};

use crate::{machine, planned, results};

const WITH_CLASS: [Vendor; 3] = [Vendor::Dell, Vendor::Hp, Vendor::Lenovo];

/// The settings of each maker's machine that a test changes.
fn switch(vendor: Vendor) -> (&'static str, &'static str) {
    match vendor {
        Vendor::Dell => ("Camera", "Disabled"),
        Vendor::Hp => ("Integrated Camera", "Disable"),
        Vendor::Lenovo => ("IntegratedCameraAccess", "Disable"),
        Vendor::Surface => ("", ""),
    }
}

#[test]
fn one_seed_makes_one_machine() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo, Vendor::Surface] {
        let tell = |seed| {
            let mut machine = SimulatedFirmware::new(vendor, seed);
            (machine.identity(), machine.attributes(), machine.drift(), machine.attributes())
        };
        assert_eq!(tell(7), tell(7), "{vendor:?}");
        assert_ne!(tell(7).0, tell(8).0, "{vendor:?}");
        assert_eq!(machine(vendor).identity().unwrap().vendor, Some(vendor));
    }
}

#[test]
fn every_machine_passes_the_check_list_of_the_class() {
    for vendor in WITH_CLASS {
        let mut machine = machine(vendor);
        let (name, value) = switch(vendor);
        let attributes = machine.attributes().unwrap();
        assert!(attributes.0.len() >= 19, "{vendor:?}");
        let before = machine.read(name).unwrap();
        machine.write(name, value).unwrap();
        assert_eq!(machine.read(name).unwrap(), value, "{vendor:?}");
        machine.write(name, &before).unwrap();
        assert_eq!(machine.attributes().unwrap(), attributes, "{vendor:?}");
        let bad = machine.write(name, "Perhaps").unwrap_err();
        assert_eq!(bad, FirmwareError::Refused(FirmwareRefusal::Invalid), "{vendor:?}");
        let unknown = machine.write("NoSuchThing", value).unwrap_err();
        assert_eq!(unknown, FirmwareError::NoAttribute("NoSuchThing".to_owned()), "{vendor:?}");
    }
}

#[test]
fn surface_has_no_attributes() {
    let machine = machine(Vendor::Surface);
    assert_eq!(machine.attributes(), Err(FirmwareError::NoAttributes));
    assert!(machine.identity().is_ok());
}

#[test]
fn only_dell_says_that_a_reboot_is_pending_after_a_refusal() {
    for vendor in WITH_CLASS {
        let mut machine = machine(vendor);
        let (name, value) = switch(vendor);
        machine.order(0, Mishap::Refuse(FirmwareRefusal::Failed));
        assert!(machine.write(name, value).is_err());
        assert_eq!(machine.is_reboot_pending().unwrap(), vendor == Vendor::Dell, "{vendor:?}");
    }
}

#[test]
fn lenovo_saves_forty_eight_times_a_boot_one_by_one_and_any_number_in_bulk() {
    let mut machine = machine(Vendor::Lenovo);
    for time in 0..48 {
        let value = if time % 2 == 0 { "Disable" } else { "Enable" };
        machine.write("IntegratedCameraAccess", value).unwrap();
    }
    let refused = machine.write("IntegratedCameraAccess", "Disable").unwrap_err();
    assert_eq!(refused, FirmwareError::Refused(FirmwareRefusal::Failed));
    assert!(machine.begin_bulk().unwrap());
    machine.write("IntegratedCameraAccess", "Disable").unwrap();
    assert_eq!(machine.read("IntegratedCameraAccess").unwrap(), "Enable", "nothing is saved yet");
    machine.save().unwrap();
    assert_eq!(machine.read("IntegratedCameraAccess").unwrap(), "Disable");
    machine.reboot();
    machine.write("IntegratedCameraAccess", "Enable").unwrap();
}

#[test]
fn what_lenovo_has_not_saved_is_forgotten_at_the_next_start() {
    let mut machine = machine(Vendor::Lenovo);
    machine.begin_bulk().unwrap();
    machine.write("IntegratedCameraAccess", "Disable").unwrap();
    machine.reboot();
    assert_eq!(machine.read("IntegratedCameraAccess").unwrap(), "Enable");
    let not_bulk = machine.save().unwrap_err();
    assert_eq!(not_bulk, FirmwareError::Refused(FirmwareRefusal::Unsupported));
}

#[test]
fn a_password_of_lenovo_holds_after_the_next_start() {
    for vendor in WITH_CLASS {
        let mut machine = machine(vendor);
        machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
        assert_eq!(machine.has_admin_password().unwrap(), vendor != Vendor::Lenovo, "{vendor:?}");
        assert_eq!(machine.is_reboot_pending().unwrap(), vendor == Vendor::Lenovo, "{vendor:?}");
        machine.reboot();
        assert!(machine.has_admin_password().unwrap(), "{vendor:?}");
        let (name, value) = switch(vendor);
        assert_eq!(
            machine.write(name, value),
            Err(FirmwareError::Refused(FirmwareRefusal::Denied)),
            "{vendor:?}"
        );
    }
}

#[test]
fn more_than_forty_eight_settings_of_a_lenovo_are_applied_in_one_go() {
    let mut machine = machine(Vendor::Lenovo);
    let attributes = machine.attributes().unwrap();
    let mut written = 0;
    for _ in 0..3 {
        let mut lines = String::new();
        for (name, attribute) in &attributes.0 {
            let AttributeKind::Enumeration { possible } = &attribute.kind else { continue };
            let now = machine.read(name).unwrap();
            let other = possible.iter().find(|value| **value != now).unwrap();
            lines += &format!("{name}={other}\n");
        }
        let outcome = apply(&planned(&machine, &lines), &mut machine, Terms::default(), &mut |_| {});
        assert!(outcome.is_success(), "{outcome:?}");
        written += outcome.settings.len();
    }
    assert!(written > 48, "{written}");
}

#[test]
fn an_ordered_list_of_hp_is_applied() {
    let mut machine = machine(Vendor::Hp);
    let lines = "uefi boot order=hdd:usb:1;HDD:M.2:1;NETWORK IPV6:EMBEDDED:1;NETWORK IPV4:EMBEDDED:1\nwake on usb=enable";
    let outcome = apply(&planned(&machine, lines), &mut machine, Terms::default(), &mut |_| {});
    assert_eq!(results(&outcome), ["UEFI Boot Order: changed", "Wake on USB: changed"]);
    let order = machine.read("UEFI Boot Order").unwrap();
    assert_eq!(order, "HDD:USB:1;HDD:M.2:1;NETWORK IPV6:EMBEDDED:1;NETWORK IPV4:EMBEDDED:1");
}
