//! What Dell's driver and firmware do, rule by rule.

use agent::{Firmware, FirmwareError, FirmwareRefusal, Mishap, PasswordRole, SimulatedFirmware, Vendor};

use crate::machine;

/// What a write comes to: the refusal, the value that is shown afterwards, whether a reboot is pending.
fn written(
    machine: &mut SimulatedFirmware,
    name: &str,
    value: &str,
) -> (Option<FirmwareRefusal>, String, bool) {
    let refusal = match machine.write(name, value) {
        Ok(()) => None,
        Err(FirmwareError::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{name}={value}: {error}"),
    };
    (refusal, machine.read(name).unwrap(), machine.is_reboot_pending().unwrap())
}

#[test]
fn writes_of_an_attribute() {
    for (rule, name, value, refusal, shown, is_pending) in [
        ("a value is taken", "WakeOnLan", "LanOnly", None, "LanOnly", true),
        ("a line break at the end is taken off", "WakeOnLan", "LanOnly\n", None, "LanOnly", true),
        (
            "case does not count, and the value is sent as it is",
            "WakeOnLan",
            "lanonly",
            None,
            "lanonly",
            true,
        ),
        (
            "the driver checks words",
            "WakeOnLan",
            "Sometimes",
            Some(FirmwareRefusal::Invalid),
            "Disabled",
            false,
        ),
        (
            "the driver checks an empty word",
            "WakeOnLan",
            "",
            Some(FirmwareRefusal::Invalid),
            "Disabled",
            false,
        ),
        ("the driver checks numbers", "PwdMinLen", "33", Some(FirmwareRefusal::Invalid), "4", false),
        (
            "the driver checks that it is a number",
            "PwdMinLen",
            "six",
            Some(FirmwareRefusal::Invalid),
            "4",
            false,
        ),
        ("a number is taken", "PwdMinLen", "8", None, "8", true),
        ("a text is taken", "PropOwnTag", "Workshop 7", None, "Workshop 7", true),
        ("a text may be empty", "PropOwnTag", "", None, "", true),
        (
            "the firmware refuses what is read-only",
            "CustomChargeStart",
            "60",
            Some(FirmwareRefusal::Denied),
            "50",
            true,
        ),
        (
            "the firmware refuses what is not shown",
            "AutoOnHr",
            "6",
            Some(FirmwareRefusal::Unsupported),
            "0",
            true,
        ),
        ("the value shows after a reboot", "TpmSecurity", "Disabled", None, "Enabled", true),
    ] {
        let mut machine = machine(Vendor::Dell);
        assert_eq!(written(&mut machine, name, value), (refusal, shown.to_owned(), is_pending), "{rule}");
    }
    let mut machine = machine(Vendor::Dell);
    let unknown = machine.write("NoSuchThing", "Enabled").unwrap_err();
    assert_eq!(unknown, FirmwareError::NoAttribute("NoSuchThing".to_owned()));
}

#[test]
fn every_error_of_the_firmware_reaches_the_caller_and_leaves_a_reboot_pending() {
    let names = ["EIO", "EINVAL", "EACCES", "EOPNOTSUPP", "ENOMEM", "EPROTO"];
    for (refusal, name) in FirmwareRefusal::ALL.into_iter().zip(names) {
        let mut machine = machine(Vendor::Dell);
        machine.order(0, Mishap::Refuse(refusal));
        let found = written(&mut machine, "WakeOnLan", "LanOnly");
        assert_eq!(found, (Some(refusal), "Disabled".to_owned(), true), "{name}");
        assert!(refusal.to_string().contains(name), "{refusal}");
    }
}

#[test]
fn a_reboot_is_pending_until_it_is_done() {
    let mut machine = machine(Vendor::Dell);
    machine.write("TpmSecurity", "Disabled").unwrap();
    machine.reboot();
    assert!(!machine.is_reboot_pending().unwrap());
    assert_eq!(machine.read("TpmSecurity").unwrap(), "Disabled");
}

/// A machine with an administrator password, and what the kernel was told before.
fn with_password(session: &str) -> SimulatedFirmware {
    let mut machine = machine(Vendor::Dell);
    machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
    machine.open_session(session).unwrap();
    machine
}

#[test]
fn an_administrator_password_is_asked_for_at_each_write_and_at_no_read() {
    let long = "x".repeat(511);
    for (session, refusal) in [
        ("", Some(FirmwareRefusal::Denied)),
        ("wrong", Some(FirmwareRefusal::Denied)),
        (&*long, Some(FirmwareRefusal::Denied)),
        ("secret-1", None),
        ("secret-1\n", None),
    ] {
        let mut machine = with_password(session);
        let (found, ..) = written(&mut machine, "WakeOnLan", "LanOnly");
        assert_eq!(found, refusal, "{session}");
        assert!(machine.has_admin_password().unwrap() && machine.attributes().is_ok());
    }
    let too_long = with_password("").open_session(&"x".repeat(512)).unwrap_err();
    assert_eq!(too_long, FirmwareError::Refused(FirmwareRefusal::Invalid));
}

#[test]
fn a_session_lasts_until_it_is_closed_overwritten_or_the_machine_starts_again() {
    for (case, end) in [
        ("closed", (|machine| machine.close_session().unwrap()) as fn(&mut SimulatedFirmware)),
        ("overwritten", |machine| machine.open_session("other").unwrap()),
        ("rebooted", SimulatedFirmware::reboot),
    ] {
        let mut machine = with_password("secret-1");
        assert_eq!(written(&mut machine, "WakeOnLan", "LanOnly").0, None, "{case}");
        assert_eq!(written(&mut machine, "WakeOnLan", "Disabled").0, None, "{case}");
        end(&mut machine);
        assert_eq!(written(&mut machine, "WakeOnLan", "LanOnly").0, Some(FirmwareRefusal::Denied), "{case}");
    }
}

#[test]
fn changes_of_a_password() {
    use PasswordRole::{Admin, System};
    for (rule, session, role, new, refusal) in [
        ("the right one changes", "secret-1", Admin, "secret-2", None),
        ("a wrong one does not", "wrong", Admin, "secret-2", Some(FirmwareRefusal::Denied)),
        ("none does not", "", Admin, "secret-2", Some(FirmwareRefusal::Denied)),
        ("an empty one removes", "secret-1", Admin, "", None),
        ("a short one is not taken", "secret-1", Admin, "abc", Some(FirmwareRefusal::Invalid)),
        ("the administrator sets the system's", "secret-1", System, "start-1", None),
        ("nobody else does", "wrong", System, "start-1", Some(FirmwareRefusal::Denied)),
    ] {
        let mut machine = with_password(session);
        let changed = machine.change_password(role, new);
        assert_eq!(changed.err(), refusal.map(FirmwareError::Refused), "{rule}");
        assert!(!machine.is_reboot_pending().unwrap(), "{rule}");
        if refusal.is_none() {
            assert!(!machine.has_session(), "{rule}");
            let admin = if role == Admin { new } else { "secret-1" };
            assert_eq!(machine.has_admin_password().unwrap(), !admin.is_empty(), "{rule}");
            machine.open_session(admin).unwrap();
            assert_eq!(machine.write("WakeOnLan", "LanOnly"), Ok(()), "{rule}");
        }
    }
    let without_admin = machine(Vendor::Dell).change_password(System, "start-1").unwrap_err();
    assert_eq!(without_admin, FirmwareError::Refused(FirmwareRefusal::Unsupported));
}

#[test]
fn what_forces_a_value_does_so_at_once() {
    let mut machine = machine(Vendor::Dell);
    machine.write("SecureBoot", "Disabled").unwrap();
    machine.write("LegacyOrom", "Enabled").unwrap();
    machine.write("SecureBoot", "Enabled").unwrap();
    assert_eq!(machine.read("LegacyOrom").unwrap(), "Disabled");
    assert_eq!(written(&mut machine, "LegacyOrom", "Enabled").0, Some(FirmwareRefusal::Denied));
}
