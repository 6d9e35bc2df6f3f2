//! A plan that is carried out: order of steps, results, sessions.

use agent::{
    Firmware, FirmwareRefusal, Mishap, PasswordRole, SettingResult, SimulatedFirmware, Terms, Vendor, apply,
};

use crate::{machine, planned, results};

/// Applies lines to a machine; the results, and the steps in their order.
fn applied(machine: &mut SimulatedFirmware, lines: &str, terms: Terms<'_>) -> (agent::Outcome, Vec<String>) {
    let plan = planned(machine, lines);
    let mut steps = Vec::new();
    let outcome = apply(&plan, machine, terms, &mut |step| steps.push(format!("{step:?}")));
    (outcome, steps)
}

#[test]
fn each_setting_is_read_written_and_read_back_and_the_session_is_closed() {
    let mut machine = machine(Vendor::Dell);
    machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
    let terms = Terms { atomic: true, password: Some("secret-1") };
    let (outcome, steps) =
        applied(&mut machine, "Camera=Disabled\nTpmSecurity=Disabled\nNumLock=Enabled", terms);
    let expected = [
        "Remember",
        "AskForPassword",
        "OpenSession",
        "BeginBulk",
        "Read(\"Camera\")",
        "Write(\"Camera\")",
        "ReadBack(\"Camera\")",
        "Read(\"TpmSecurity\")",
        "Write(\"TpmSecurity\")",
        "ReadBack(\"TpmSecurity\")",
        "CloseSession",
        "AskForReboot",
    ];
    assert_eq!(steps, expected);
    assert_eq!(results(&outcome), ["Camera: changed", "TpmSecurity: needs-reboot", "NumLock: already"]);
    assert_eq!(outcome.is_reboot_pending, Some(true));
    assert!(outcome.is_success() && !machine.has_session());
}

#[test]
fn what_is_as_it_should_be_is_not_touched() {
    let mut machine = machine(Vendor::Dell);
    let (outcome, steps) = applied(&mut machine, "Camera=Enabled\nNumLock=Enabled", Terms::default());
    assert_eq!(steps, ["AskForReboot"]);
    assert_eq!(results(&outcome), ["Camera: already", "NumLock: already"]);
    assert_eq!(outcome.is_reboot_pending, Some(false));
}

#[test]
fn one_bad_line_refuses_the_file_unless_the_rest_is_wanted() {
    let lines = "Camera=Disabled\nTeleporter=On\nNumLock=Enabled";
    let mut machine = machine(Vendor::Dell);
    let (outcome, steps) = applied(&mut machine, lines, Terms::default());
    assert_eq!(
        results(&outcome),
        [
            "Teleporter: refused (unknown-attribute)",
            "Camera: refused (all or nothing: Teleporter was refused)",
            "NumLock: already",
        ]
    );
    assert_eq!(steps, ["AskForReboot"]);
    let (outcome, _) = applied(&mut machine, lines, Terms { atomic: false, password: None });
    assert_eq!(
        results(&outcome),
        ["Teleporter: refused (unknown-attribute)", "Camera: changed", "NumLock: already"]
    );
    assert_eq!(outcome.first_refusal(), Some(("Teleporter", "unknown-attribute")));
}

#[test]
fn a_value_that_became_right_in_the_meantime_is_not_written() {
    let mut machine = machine(Vendor::Dell);
    let plan = planned(&machine, "Camera=Disabled\nNumLock=Disabled");
    machine.write("Camera", "Disabled").unwrap();
    let outcome = apply(&plan, &mut machine, Terms::default(), &mut |_| {});
    assert_eq!(results(&outcome), ["Camera: already", "NumLock: changed"]);
}

#[test]
fn without_the_password_nothing_is_written_and_it_says_so() {
    for (password, atomic) in [(None, true), (Some("wrong"), true), (None, false), (Some("wrong"), false)] {
        let mut machine = machine(Vendor::Dell);
        machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
        let before = machine.attributes().unwrap();
        let (outcome, _) = applied(&mut machine, "Camera=Disabled", Terms { atomic, password });
        let SettingResult::Refused(why) = &outcome.settings[0].result else { panic!("{outcome:?}") };
        assert!(why.contains("BIOS password"), "{why}");
        assert_eq!(machine.attributes().unwrap(), before);
        assert!(outcome.not_restored.is_empty() && !machine.has_session(), "{outcome:?}");
        assert_eq!(outcome.is_reboot_pending, Some(password.is_some()), "nothing is tried without one");
    }
}

#[test]
fn a_session_that_cannot_be_closed_is_told() {
    let mut machine = machine(Vendor::Dell);
    machine.change_password(PasswordRole::Admin, "secret-1").unwrap();
    let plan = planned(&machine, "Camera=Disabled");
    let calls = machine.calls();
    // Remember, ask, open, bulk, read, write, read back, close, close again.
    machine.order(calls + 7, Mishap::Refuse(FirmwareRefusal::Failed));
    let terms = Terms { atomic: true, password: Some("secret-1") };
    let outcome = apply(&plan, &mut machine, terms, &mut |_| {});
    assert!(!outcome.is_session_open && !machine.has_session(), "the second time it works");
    let plan = planned(&machine, "Camera=Enabled");
    let calls = machine.calls();
    machine.order(calls + 7, Mishap::Refuse(FirmwareRefusal::Failed));
    machine.order(calls + 8, Mishap::Refuse(FirmwareRefusal::Failed));
    let outcome = apply(&plan, &mut machine, terms, &mut |_| {});
    assert!(outcome.is_session_open && machine.has_session() && !outcome.is_success(), "{outcome:?}");
    assert_eq!(results(&outcome), ["Camera: changed"]);
}
