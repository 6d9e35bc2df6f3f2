//! Profiles that devices are given directly, by `assign` and among `assignedDevices`, and whether the hardware fits:
//! what happens to them then is the same as to what a group brings.

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset};

use super::profile_assignment::{all_devices, assigned, has, state, tagged};
use crate::samples::{id, profile, settle};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";

both![
    what_is_given_is_confirmed_and_follows_edits,
    what_is_created_among_the_assigned_is_confirmed_and_follows_edits,
    what_is_given_must_fit_the_hardware,
    the_profile_for_all_must_fit_the_hardware,
    hardware_that_fits_by_now_is_looked_at_again,
];

/// A profile for a class of devices, assigned to nobody.
#[track_caller]
fn of_class(caller: &TestCaller<'_>, name: &str, class: &str) -> String {
    let mut body = profile(name);
    body["deviceType"] = json!(class);
    id(&caller.create(PROFILES, &body))
}

#[track_caller]
fn give(caller: &TestCaller<'_>, profile: &str, device: &str) {
    caller.act(&format!("{PROFILES}/{profile}/assign"), &json!({"deviceIds": [device]})).is(204);
}

/// That a device has failed, and why.
#[track_caller]
fn failed(caller: &TestCaller<'_>, device: &str, why: &str) {
    settle(caller);
    let found = caller.read(&format!("{DEVICES}/{device}?$expand=deploymentProfile"));
    assert_subset(
        &found,
        &json!({
            "deploymentProfileAssignmentStatus": "failed",
            "deploymentProfileAssignmentDetailedStatus": why,
            "deploymentProfileAssignedDateTime": "0001-01-01T00:00:00Z",
            "deploymentProfile": null,
        }),
    );
}

/// The dates of a device's assignment before and after an edit of its profile.
#[track_caller]
fn follows_an_edit(caller: &TestCaller<'_>, profile: &str, device: &str) {
    let assigned_at =
        || caller.read(&format!("{DEVICES}/{device}"))["deploymentProfileAssignedDateTime"].clone();
    let before = assigned_at();
    caller.change(&format!("{PROFILES}/{profile}"), &json!({"description": "edited"}));
    settle(caller);
    assert_ne!(assigned_at(), before);
}

fn what_is_given_is_confirmed_and_follows_edits(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "A", "A");
    let direct = assigned(&caller, "Direct", &[]);
    settle(&caller);
    for _ in 0..2 {
        give(&caller, &direct, &device);
        assert_eq!(state(&caller, &device), has("Direct"));
    }
    follows_an_edit(&caller, &direct, &device);
    assert_eq!(state(&caller, &device), has("Direct"));
    caller.remove(&format!("{PROFILES}/{direct}"));
    assert_eq!(state(&caller, &device), super::profile_assignment::has_none());
}

fn what_is_created_among_the_assigned_is_confirmed_and_follows_edits(server: &TestServer) {
    let caller = server.caller();
    let direct = assigned(&caller, "Direct", &[]);
    let path = format!("{PROFILES}/{direct}/assignedDevices");
    let device = id(&caller.create(&path, &json!({"serialNumber": "A"})));
    assert_eq!(state(&caller, &device), has("Direct"));
    follows_an_edit(&caller, &direct, &device);
    // Whoever makes a device with a state means it.
    let meant = json!({"serialNumber": "B", "deploymentProfileAssignmentStatus": "assignedInSync"});
    let meant = id(&caller.create(&path, &meant));
    assert_eq!(state(&caller, &meant), has("Direct"));
}

fn what_is_given_must_fit_the_hardware(server: &TestServer) {
    let caller = server.caller();
    let pcs = of_class(&caller, "PCs", "windowsPc");
    let glasses = json!({"serialNumber": "A", "model": "HoloLens 2"});
    let device = id(&caller.create(DEVICES, &glasses));
    settle(&caller);
    give(&caller, &pcs, &device);
    failed(&caller, &device, "windowsPcProfileNotSupported");
    let created = id(&caller.create(&format!("{PROFILES}/{pcs}/assignedDevices"), &glasses));
    failed(&caller, &created, "windowsPcProfileNotSupported");
    // The device is still meant to have it.
    caller.change(&format!("{PROFILES}/{pcs}"), &json!({"deviceType": "holoLens"}));
    assert_eq!((state(&caller, &device), state(&caller, &created)), (has("PCs"), has("PCs")));
}

fn the_profile_for_all_must_fit_the_hardware(server: &TestServer) {
    let caller = server.caller();
    assigned(&caller, "All", &[all_devices()]);
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A", "model": "HoloLens 2"})));
    failed(&caller, &device, "windowsPcProfileNotSupported");
    let fits = id(&caller.create(DEVICES, &json!({"serialNumber": "B", "model": "Latitude 5440"})));
    assert_eq!(state(&caller, &fits), has("All"));
}

fn hardware_that_fits_by_now_is_looked_at_again(server: &TestServer) {
    let caller = server.caller();
    let glasses = of_class(&caller, "Glasses", "holoLens");
    caller.create(&format!("{PROFILES}/{glasses}/assignments"), &json!({"target": all_devices()}));
    let path = |device: &str| format!("{DEVICES}/{device}");
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A", "model": "Latitude 5440"})));
    failed(&caller, &device, "holoLensProfileNotSupported");
    caller.change(&path(&device), &json!({"model": "Latitude 5550"}));
    failed(&caller, &device, "holoLensProfileNotSupported");
    let changed: Value = caller.change(&path(&device), &json!({"model": "HoloLens 2"}));
    assert_eq!(changed["model"], "HoloLens 2");
    assert_eq!(state(&caller, &device), has("Glasses"));
    assert_eq!(caller.read(&path(&device))["deploymentProfileAssignmentDetailedStatus"], "none");
}
