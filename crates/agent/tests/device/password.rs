//! Orders about the administrator password, on the machines of each maker, whatever fails

use std::cell::Cell;

use agent::{Firmware, FirmwareError, FirmwarePassword, PasswordRole, SimulatedFirmware, Vendor};
use check_in::{PasswordAction, PasswordOutcome};
use password_rotation::{Order, Outcome, carry_out};

use crate::failing::{Failing, Failure};
use crate::machine;

const OLD: &str = "old-password";
const NEW: &str = "new-password";
/// More calls than an order takes.
const CALLS_MAX: u64 = 30;

const SET: Order<'_> = Order { action: PasswordAction::Set, current: Some(OLD), staged: Some(NEW) };
const CLEAR: Order<'_> = Order { action: PasswordAction::Clear, current: Some(OLD), staged: None };
const UNLOCK: Order<'_> = Order { action: PasswordAction::Unlock, current: Some(OLD), staged: None };

fn carried_out(firmware: &mut dyn Firmware, order: &Order<'_>) -> Result<Outcome, FirmwareError> {
    carry_out(order, &mut FirmwarePassword { firmware, reached: &mut || {} })
}

#[track_caller]
fn outcome(machine: &mut SimulatedFirmware, order: &Order<'_>) -> PasswordOutcome {
    carried_out(machine, order).unwrap().outcome
}

fn with(vendor: Vendor, password: &str) -> SimulatedFirmware {
    let mut machine = machine(vendor);
    machine.change_password(PasswordRole::Admin, password).unwrap();
    machine.reboot();
    machine
}

#[test]
fn each_order_on_each_machine() {
    use PasswordOutcome::{AwaitsRestart, Cleared, Foreign, Set, Works};
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        let is_late = vendor == Vendor::Lenovo;
        let late = |outcome| if is_late { AwaitsRestart } else { outcome };
        for (before, order, now, then, after) in [
            ("", SET, late(Set), Set, NEW),
            (OLD, SET, late(Set), Set, NEW),
            (NEW, SET, Set, Set, NEW),
            ("theirs", SET, Foreign, Foreign, "theirs"),
            (OLD, CLEAR, late(Cleared), Cleared, ""),
            ("", CLEAR, Cleared, Cleared, ""),
            ("theirs", CLEAR, Foreign, Foreign, "theirs"),
            (OLD, UNLOCK, Works, Works, OLD),
            ("", UNLOCK, Cleared, Cleared, ""),
            ("theirs", UNLOCK, Foreign, Foreign, "theirs"),
        ] {
            let mut machine = with(vendor, before);
            let case = format!("{vendor:?}: {} with '{before}'", order.action.name());
            assert_eq!(outcome(&mut machine, &order), now, "{case}");
            assert!(!machine.has_session(), "{case}: the kernel forgets the password");
            machine.reboot();
            assert_eq!(outcome(&mut machine, &order), then, "{case}, again");
            machine.reboot();
            assert_eq!(machine.admin_password(), after, "{case}");
        }
    }
}

/// After any failure the password is one that the order has, and carrying it out again brings it about.
#[test]
fn an_order_may_fail_at_any_call() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        for (order, before, after) in [(SET, "", NEW), (SET, OLD, NEW), (CLEAR, OLD, "")] {
            for failure in [Failure::Once, Failure::ForGood] {
                for at in 0..CALLS_MAX {
                    let mut machine = with(vendor, before);
                    let mut failing = Failing { inner: &mut machine, at, failure, calls: Cell::new(0) };
                    let told = carried_out(&mut failing, &order);
                    let case =
                        format!("{vendor:?}: {} with '{before}', {failure:?} at {at}", order.action.name());
                    if let Ok(Outcome { outcome: PasswordOutcome::Set | PasswordOutcome::Cleared, .. }) =
                        &told
                    {
                        assert_eq!(machine.admin_password(), after, "{case}");
                    }
                    let is_foreign = told.is_ok_and(|told| told.outcome == PasswordOutcome::Foreign);
                    assert!(!is_foreign, "{case}");
                    machine.reboot();
                    assert!([before, after].contains(&machine.admin_password()), "{case}");
                    for _ in 0..2 {
                        outcome(&mut machine, &order);
                        machine.reboot();
                    }
                    assert_eq!(machine.admin_password(), after, "{case}");
                }
            }
        }
    }
}

#[test]
fn a_password_that_is_not_taken_is_refused_and_the_one_before_stays() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        let mut machine = with(vendor, OLD);
        let short = Order { staged: Some("abc"), ..SET };
        let told = carried_out(&mut machine, &short).unwrap();
        assert_eq!(told.outcome, PasswordOutcome::Refused, "{vendor:?}");
        assert!(told.reason.is_some_and(|reason| reason.contains("EINVAL")));
        machine.reboot();
        assert_eq!(machine.admin_password(), OLD, "{vendor:?}");
    }
}
