//! A password that is not known: it is noticed, nothing is tried again and again, and it ends as soon as it can

use check_in::{PasswordAction, PasswordOutcome};
use password_rotation::{Custody, DeviceSays, Phase, Policy, Progress, REFUSALS_MAX};

use super::world::World;

#[test]
fn a_foreign_password_is_noticed_and_left_alone_until_somebody_asks() {
    let mut world = World::new(false);
    "theirs".clone_into(&mut world.firmware.password);
    world.check_in(&mut || None);
    assert_eq!((world.vault.custody.phase, world.vault.custody.has_staged), (Phase::Foreign, false));
    assert_eq!(world.firmware.wrong_attempts, 0, "there is nothing to try");

    // One that comes later is noticed when the password is used.
    let mut world = World::new(false);
    world.check_convergence(&"the first password");
    "theirs".clone_into(&mut world.firmware.password);
    world.ask_for_rotation();
    for _ in 0..5 {
        world.check_in(&mut || None);
        assert_eq!(world.vault.custody.phase, Phase::Foreign);
    }
    assert_eq!(world.firmware.wrong_attempts, 2, "each known password is tried once");
    world.ask_for_rotation();
    world.check_in(&mut || None);
    assert_eq!((world.vault.custody.phase, world.firmware.wrong_attempts), (Phase::Foreign, 4));

    // Somebody sets the known one again, or takes the foreign one away.
    let known = world.vault.current.clone().unwrap();
    known.clone_into(&mut world.firmware.password);
    world.ask_for_rotation();
    world.check_convergence(&"the known password is back");
    "theirs".clone_into(&mut world.firmware.password);
    world.ask_for_rotation();
    world.check_in(&mut || None);
    assert_eq!(world.vault.custody.phase, Phase::Foreign);
    world.firmware.password.clear();
    world.check_convergence(&"the foreign password is gone");
}

#[test]
fn reports_of_another_version_are_not_heard() {
    let custody = Custody { has_current: true, has_staged: true, version: 7, ..Custody::default() };
    for outcome in [PasswordOutcome::Set, PasswordOutcome::Refused, PasswordOutcome::Foreign] {
        let says = DeviceSays { is_set: true, is_restart_pending: false, report: Some((6, outcome)) };
        let decision = custody.decide(Policy::Wanted, says, false);
        assert_eq!((decision.next, decision.order), (custody, Some(PasswordAction::Set)), "{outcome:?}");
    }
}

#[test]
fn progress_says_what_the_state_of_the_configuration_hangs_on() {
    use Policy::{Disabled, Unsaid, Wanted};
    let none = Custody::default();
    let staged = Custody { has_staged: true, ..none };
    let active = Custody { has_current: true, ..none };
    let foreign = Custody { phase: Phase::Foreign, ..active };
    let clearing = Custody { phase: Phase::Clearing, ..active };
    for (custody, policy, progress) in [
        (none, Wanted, Progress::Underway),
        (none, Disabled, Progress::Done),
        (none, Unsaid, Progress::Done),
        (staged, Wanted, Progress::Underway),
        (Custody { has_staged: true, ..active }, Wanted, Progress::Done),
        (Custody { refusals: REFUSALS_MAX, ..staged }, Wanted, Progress::Refused),
        (Custody { refusals: REFUSALS_MAX - 1, ..staged }, Wanted, Progress::Underway),
        (active, Wanted, Progress::Done),
        (active, Disabled, Progress::Underway),
        (clearing, Disabled, Progress::Underway),
        (foreign, Wanted, Progress::Foreign),
        (foreign, Disabled, Progress::Foreign),
        (foreign, Unsaid, Progress::Done),
    ] {
        assert_eq!(Progress::of(custody, policy), progress, "{custody:?} {policy:?}");
    }
}
