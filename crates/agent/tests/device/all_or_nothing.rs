//! A set of settings is applied wholly or not at all, whatever step fails; and if that fails, it says so.

use std::cell::Cell;
use std::fs;

use agent::{
    Attributes, Firmware, PasswordRole, SimulatedFirmware, SysfsFirmware, Terms, Vendor, apply, write_tree,
};

use crate::failing::{Failing, Failure};
use crate::{file, is_refused, planned};

/// Settings of each maker with a bit of everything: dependencies, forced values, values that show late.
fn lines(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Dell => {
            "AutoOnHr=6\nAutoOn=Everyday\nCamera=Disabled\nTpmSecurity=Disabled\nSecureBootMode=AuditMode\n\
             PropOwnTag=Workshop\nPrimaryBattChargeCfg=Custom\nCustomChargeStart=60\nNumLock=Enabled"
        }
        Vendor::Hp => {
            "Integrated Camera=Disable\nMinimum Password Length=12\nTPM State=Disable\n\
             UEFI Boot Order=HDD:USB:1;HDD:M.2:1;NETWORK IPV4:EMBEDDED:1;NETWORK IPV6:EMBEDDED:1"
        }
        Vendor::Lenovo => {
            "IntegratedCameraAccess=Disable\nSecurityChip=Disable\nWakeOnLAN=Enable\nUSBPortAccess=Enable"
        }
        Vendor::Surface => "",
    }
}

/// Fails at every call that applying takes, one after the other. `make` makes a machine, `settle` lets it start again.
fn enumerate<F: Firmware>(
    make: impl Fn() -> F,
    lines: &str,
    password: Option<&str>,
    settle: impl Fn(&mut F) -> Attributes,
) {
    let terms = Terms { atomic: true, password };
    let untouched = settle(&mut make());
    let mut whole = make();
    let plan = planned(&whole, lines);
    let mut counting =
        Failing { inner: &mut whole, at: u64::MAX, failure: Failure::Once, calls: Cell::new(0) };
    let outcome = apply(&plan, &mut counting, terms, &mut |_| {});
    let count = counting.calls.get();
    assert!(outcome.is_success() && count >= 10, "{outcome:?}");
    let whole = settle(&mut whole);
    assert_ne!(whole, untouched);
    for at in 0..count {
        for failure in [Failure::Once, Failure::ForGood] {
            let case = format!("{failure:?} at call {at} of {count}");
            let mut machine = make();
            let plan = planned(&machine, lines);
            let mut failing = Failing { inner: &mut machine, at, failure, calls: Cell::new(0) };
            let outcome = apply(&plan, &mut failing, terms, &mut |_| {});
            let after = settle(&mut machine);
            let is_whole = outcome.settings.iter().all(|setting| !is_refused(&setting.result));
            if is_whole {
                assert_eq!(after, whole, "{case}: all that was reported happened");
            } else if outcome.not_restored.is_empty() {
                assert_eq!(after, untouched, "{case}: nothing happened");
            } else {
                assert_eq!(failure, Failure::ForGood, "{case}: one failure can be undone: {outcome:?}");
                for (name, attribute) in &after.0 {
                    let is_old = untouched.value(name) == Some(&attribute.current);
                    let is_told = outcome.not_restored.contains(name);
                    let is_forced = !attribute.forces.is_empty();
                    assert!(
                        is_old || is_told || is_forced,
                        "{case}: {name} is {} in silence",
                        attribute.current
                    );
                }
            }
            // Whatever happened, the next time completes it.
            let plan = planned(&machine, lines);
            let outcome = apply(&plan, &mut machine, terms, &mut |_| {});
            assert!(outcome.is_success(), "{case}: {outcome:?}");
            assert_eq!(settle(&mut machine), whole, "{case}: the next time completes it");
        }
    }
}

fn restart(machine: &mut SimulatedFirmware) -> Attributes {
    machine.reboot();
    assert!(!machine.has_session());
    machine.attributes().unwrap()
}

#[test]
fn in_memory() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        enumerate(|| SimulatedFirmware::with_defaults(vendor, 1), lines(vendor), None, restart);
    }
}

#[test]
fn in_memory_with_a_password() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        let make = || {
            let mut machine = SimulatedFirmware::with_defaults(vendor, 1);
            machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
            machine.reboot();
            machine
        };
        enumerate(make, lines(vendor), Some("secret-1"), restart);
    }
}

#[test]
fn in_files() {
    // Plain files have no behaviour: settings that nothing depends on.
    for (vendor, lines) in [
        (Vendor::Dell, "Camera=Disabled\nNumLock=Disabled\nPropOwnTag=Workshop\nPwdMinLen=8"),
        (Vendor::Hp, "Integrated Camera=Disable\nMinimum Password Length=12\nFast Boot=Disable"),
        (
            Vendor::Lenovo,
            "IntegratedCameraAccess=Disable\nUSBPortAccess=Disable\nFingerprintReaderAccess=Disable",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_tree(folder.path(), &SimulatedFirmware::with_defaults(vendor, 1)).unwrap();
        let root = folder.path().join("firmware-attributes");
        // A few attributes are enough, and are read in no time.
        let attributes = root.join(vendor.driver().unwrap()).join("attributes");
        for entry in fs::read_dir(&attributes).unwrap().map(Result::unwrap) {
            let is_wanted = lines.contains(&*entry.file_name().to_string_lossy());
            if entry.path().is_dir() && !is_wanted {
                fs::remove_dir_all(entry.path()).unwrap();
            }
        }
        let make = || {
            let mut files = SysfsFirmware::new(&root, &folder.path().join("dmi"));
            let before = SimulatedFirmware::with_defaults(vendor, 1).attributes().unwrap();
            for setting in file(lines).settings() {
                files.write(&setting.name, before.value(&setting.name).unwrap()).unwrap();
            }
            files
        };
        enumerate(make, lines, None, |files| files.attributes().unwrap());
    }
}

#[test]
fn a_power_cut_at_every_step_is_mended_at_the_next_check() {
    for step in 0.. {
        let mut machine = SimulatedFirmware::with_defaults(Vendor::Dell, 1);
        let wanted = file(lines(Vendor::Dell));
        let plan = agent::plan(&wanted, &machine.attributes().unwrap());
        let first = machine.calls();
        machine.order(first + step, agent::Mishap::LosePower);
        let outcome = apply(&plan, &mut machine, Terms::default(), &mut |_| {});
        if !machine.is_gone() {
            assert!(outcome.is_success() && step > 10, "{step}: {outcome:?}");
            break;
        }
        machine.reboot();
        let plan = agent::plan(&wanted, &machine.attributes().unwrap());
        let outcome = apply(&plan, &mut machine, Terms::default(), &mut |_| {});
        assert!(outcome.is_success(), "{step}: {outcome:?}");
        machine.reboot();
        let plan = agent::plan(&wanted, &machine.attributes().unwrap());
        assert!(!plan.has_changes() && plan.refused().count() == 0, "{step}: {plan:?}");
    }
}

#[test]
fn what_a_setting_forces_on_others_goes_back_too() {
    let make = || {
        let mut machine = SimulatedFirmware::with_defaults(Vendor::Dell, 1);
        machine.write("SecureBoot", "Disabled").unwrap();
        machine.write("LegacyOrom", "Enabled").unwrap();
        machine
    };
    let lines = "SecureBoot=Enabled\nCamera=Disabled\nNumLock=Disabled";
    enumerate(make, lines, None, restart);
}

#[test]
fn after_a_hang_the_password_is_forgotten_at_the_next_start() {
    let mut machine = SimulatedFirmware::with_defaults(Vendor::Dell, 1);
    machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
    let plan = planned(&machine, "Camera=Disabled\nNumLock=Disabled");
    machine.order(machine.calls() + 6, agent::Mishap::Hang);
    let terms = Terms { atomic: true, password: Some("secret-1") };
    let outcome = apply(&plan, &mut machine, terms, &mut |_| {});
    assert!(outcome.is_session_open && outcome.is_reboot_pending.is_none(), "{outcome:?}");
    assert_eq!(outcome.not_restored, ["Camera"]);
    // Whoever waited is killed. The kernel still has the password, until the next process starts.
    machine.wake();
    assert!(machine.has_session());
    machine.close_session().unwrap();
    assert!(!machine.has_session());
    let outcome =
        apply(&planned(&machine, "Camera=Disabled\nNumLock=Disabled"), &mut machine, terms, &mut |_| {});
    assert!(outcome.is_success() && !machine.has_session(), "{outcome:?}");
}

#[test]
fn what_drifts_is_mended() {
    for seed in 0..200 {
        let mut machine = SimulatedFirmware::with_defaults(Vendor::Dell, seed);
        machine.reboot();
        let wanted =
            "Camera=Disabled\nNumLock=Disabled\nWakeOnLan=LanOnly\nVirtualization=Enabled\nUsbWake=Enabled";
        assert!(apply(&planned(&machine, wanted), &mut machine, Terms::default(), &mut |_| {}).is_success());
        let mut drifted = Vec::new();
        for _ in 0..30 {
            drifted.extend(machine.drift());
        }
        assert_eq!(drifted.len(), 30, "{seed}");
        let outcome = apply(&planned(&machine, wanted), &mut machine, Terms::default(), &mut |_| {});
        assert!(outcome.is_success(), "{seed}: {outcome:?}");
        assert!(!planned(&machine, wanted).has_changes(), "{seed}");
        for setting in &outcome.settings {
            let is_mended = setting.result.code() == "changed";
            assert!(!is_mended || drifted.contains(&setting.name), "{seed}: {} did not drift", setting.name);
        }
    }
}
