//! `…/rollout`: rings have a configuration one after the other, and a rollout that is not well halts by itself.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset};

use super::hardware_configuration_run_states::{assert_counted, for_all, report};
use super::profile_assignment::{group_of, tagged};
use crate::samples::settle;

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    without_rings_everybody_has_it_at_once,
    the_next_ring_starts_when_the_last_is_well,
    failures_halt_it_and_an_administrator_resumes_it,
    an_administrator_skips_a_ring,
    a_new_version_starts_with_the_first_ring,
    rings_must_make_sense,
];

#[track_caller]
fn set_rings(caller: &TestCaller<'_>, configuration: &str, rings: &Value) -> Value {
    caller.change(&format!("{CONFIGURATIONS}/{configuration}/rollout"), &json!({"rings": rings}))
}

/// How far a configuration has come, after all that was reported has been looked at.
#[track_caller]
fn rollout(caller: &TestCaller<'_>, configuration: &str) -> Value {
    // What is reported in one second is looked at when it is over, by the clock that all tests share.
    std::thread::sleep(Duration::from_millis(1_100));
    settle(caller);
    caller.read(&format!("{CONFIGURATIONS}/{configuration}/rollout"))
}

/// Whether a device is given the file; if not, it is told why.
#[track_caller]
fn is_delivered(caller: &TestCaller<'_>, device: &str) -> bool {
    let told =
        caller.act(&format!("{DEVICES}/{device}/muster.reportConfiguration"), &json!({})).is(200).json();
    assert_ne!(told["configurationFileContent"].is_null(), told["waitsFor"].is_null(), "{told}");
    !told["configurationFileContent"].is_null()
}

/// A configuration whose first ring are the devices tagged `Pilot`, and whose second those tagged `Early`; devices of both, and
/// one of neither.
#[track_caller]
fn in_rings(caller: &TestCaller<'_>) -> (String, [String; 3]) {
    let devices = ["Pilot", "Early", "Rest"].map(|tag| tagged(caller, tag, tag));
    let [pilot, early] = ["Pilot", "Early"].map(|tag| group_of(caller, tag));
    let configuration = for_all(caller, "A");
    set_rings(caller, &configuration, &json!([{"groupId": pilot}, {"groupId": early}]));
    (configuration, devices)
}

#[track_caller]
fn delivered(caller: &TestCaller<'_>, devices: &[String; 3]) -> [bool; 3] {
    [0, 1, 2].map(|at| is_delivered(caller, &devices[at]))
}

fn without_rings_everybody_has_it_at_once(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let device = tagged(&caller, "SN-1", "Any");
    let path = format!("{CONFIGURATIONS}/{configuration}/rollout");
    assert_subset(
        &caller.read(&path),
        &json!({"rings": [], "isAtomic": true, "currentRing": 0, "isHalted": false}),
    );
    assert!(is_delivered(&caller, &device));
    caller.change(&path, &json!({"isAtomic": false}));
    let told =
        caller.act(&format!("{DEVICES}/{device}/muster.reportConfiguration"), &json!({})).is(200).json();
    assert_eq!(told["isAtomic"], false);
    for action in ["resume", "skip"] {
        caller.act(&format!("{path}/muster.{action}"), &json!({})).refused(400, &["no rings"]);
    }
}

fn the_next_ring_starts_when_the_last_is_well(server: &TestServer) {
    let caller = server.caller();
    let (configuration, devices) = in_rings(&caller);
    assert_eq!(delivered(&caller, &devices), [true, false, false]);
    let why = caller.read(&format!("{CONFIGURATIONS}/{configuration}/muster.why(deviceId='{}')", devices[2]));
    assert_subset(
        &why,
        &json!({"isWinner": true, "ring": 3, "waitsFor": "Ring 3 starts when ring 2 is well."}),
    );
    report(&caller, &devices[0], &configuration, "pending");
    assert_eq!(rollout(&caller, &configuration)["currentRing"], 1);
    report(&caller, &devices[0], &configuration, "success");
    assert_eq!(rollout(&caller, &configuration)["currentRing"], 2);
    assert_eq!(delivered(&caller, &devices), [true, true, false]);
    report(&caller, &devices[1], &configuration, "success");
    assert_eq!(rollout(&caller, &configuration)["currentRing"], 3);
    assert_eq!(delivered(&caller, &devices), [true, true, true]);
    assert_counted(&caller, &configuration);
    // What is assigned with or without rings is assigned alike.
    assert_eq!(caller.list(&format!("{CONFIGURATIONS}/{configuration}/assignments")).len(), 1);
}

fn failures_halt_it_and_an_administrator_resumes_it(server: &TestServer) {
    let caller = server.caller();
    let (configuration, devices) = in_rings(&caller);
    let path = format!("{CONFIGURATIONS}/{configuration}/rollout");
    caller.change(&path, &json!({"haltAfterFailures": 1}));
    report(&caller, &devices[0], &configuration, "fail");
    let halted = rollout(&caller, &configuration);
    assert_subset(
        &halted,
        &json!({"isHalted": true, "currentRing": 1, "haltReason": "1 devices failed; 1 failures halt the rollout."}),
    );
    assert_eq!(delivered(&caller, &devices), [false, false, false]);
    caller.act(&format!("{path}/muster.skip"), &json!({})).refused(400, &["muster.resume"]);
    caller.act(&format!("{path}/muster.resume"), &json!({})).is(204);
    assert_subset(
        &rollout(&caller, &configuration),
        &json!({"isHalted": false, "haltReason": null, "currentRing": 1}),
    );
    assert_eq!(delivered(&caller, &devices), [true, false, false]);
    caller.act(&format!("{path}/muster.resume"), &json!({})).refused(400, &["not halted"]);
    report(&caller, &devices[0], &configuration, "success");
    assert_eq!(rollout(&caller, &configuration)["currentRing"], 2);
}

fn an_administrator_skips_a_ring(server: &TestServer) {
    let caller = server.caller();
    let (configuration, devices) = in_rings(&caller);
    let skip = format!("{CONFIGURATIONS}/{configuration}/rollout/muster.skip");
    for expected in [[true, true, false], [true, true, true]] {
        caller.act(&skip, &json!({})).is(204);
        assert_eq!(delivered(&caller, &devices), expected);
    }
    caller.act(&skip, &json!({})).refused(400, &["Every ring"]);
}

fn a_new_version_starts_with_the_first_ring(server: &TestServer) {
    let caller = server.caller();
    let (configuration, devices) = in_rings(&caller);
    for _ in 0..2 {
        caller.act(&format!("{CONFIGURATIONS}/{configuration}/rollout/muster.skip"), &json!({})).is(204);
    }
    assert_eq!(delivered(&caller, &devices), [true, true, true]);
    let content = json!({"configurationFileContent": "bmV3"});
    caller.change(&format!("{CONFIGURATIONS}/{configuration}"), &content);
    assert_eq!(delivered(&caller, &devices), [true, false, false]);
    assert_subset(&rollout(&caller, &configuration), &json!({"version": 2, "currentRing": 1}));
    // What was reported of the version before does not count.
    report(&caller, &devices[0], &configuration, "success");
    assert_eq!(rollout(&caller, &configuration)["currentRing"], 1);
}

fn rings_must_make_sense(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let path = format!("{CONFIGURATIONS}/{configuration}/rollout");
    for (body, words) in [
        (json!({"rings": [{"percent": 0}]}), "between 1 and 100, not 0"),
        (json!({"rings": [{"percent": 101}]}), "between 1 and 100, not 101"),
        (json!({"rings": [{"percent": 60}, {"percent": 50}]}), "110 percent"),
        (json!({"rings": [{}]}), "either 'percent' or 'groupId'"),
        (json!({"rings": [{"percent": 5, "groupId": "a"}]}), "either 'percent' or 'groupId'"),
        (json!({"rings": [{"percent": 5, "minimumSuccesses": 0}]}), "at least 1, not 0"),
        (json!({"haltAfterFailures": 0}), "haltAfterFailures"),
        (json!({"haltAfterFailuresPercent": 101}), "haltAfterFailuresPercent"),
    ] {
        caller.patch(&path).json(&body).send().refused(400, &[words]);
    }
    let rings = json!([{"displayName": "Pilot", "percent": 5}, {"displayName": "Most", "percent": 95}]);
    assert_subset(&set_rings(&caller, &configuration, &rings)["rings"], &rings);
    caller.remove(&path);
    assert_eq!(caller.read(&path)["rings"], json!([]));
}
