//! Keys of another tenant's entities in bodies: references, bindings, parameters of actions, lines of a bulk, parts of a batch.

use serde_json::{Value, json};
use testkit::TestDatabase;

use super::pair::Pair;
use super::{DEVICES, Neighbours};
use crate::samples::{device, id, profile, static_group};

const PROFILES: &str = "windowsAutopilotDeploymentProfiles";

#[test]
fn keys_in_bodies_and_parameters() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let own_device = id(&caller.create(DEVICES, &device("OWN")));
            let own_profile = id(&caller.create(PROFILES, &profile("own")));
            let own_group = id(&caller.post("/beta/groups").json(&static_group("own")).send().is(201).json());
            let root = caller.server().origin().to_owned();
            let theirs = |set: &str| neighbour.id_in(set).to_owned();
            let object = &neighbour.device_object;
            let serial = neighbour.serial_number.clone();
            let members = format!("/beta/groups/{own_group}/members/$ref");
            let member = |of: &'static str| move |key: &str| json!({"@odata.id": format!("{of}{key}")});
            let bind = |name: &'static str, of: &'static str| {
                let root = root.clone();
                move |key: &str| json!({name: format!("{root}/beta/{of}('{key}')")})
            };
            type Body<'a> = Box<dyn Fn(&str) -> Value + 'a>;
            let cases: Vec<(&str, &str, String, String, Body<'_>)> = vec![
                ("a reference", "POST", members.clone(), object.clone(), Box::new(member("/beta/devices/"))),
                (
                    "members at once",
                    "PATCH",
                    format!("/beta/groups/{own_group}"),
                    object.clone(),
                    Box::new(|key| json!({"members@odata.bind": [format!("{root}/beta/devices/{key}")]})),
                ),
                (
                    "a bound profile",
                    "PATCH",
                    format!("{DEVICES}/{own_device}"),
                    theirs(PROFILES),
                    Box::new(bind(
                        "deploymentProfile@odata.bind",
                        "deviceManagement/windowsAutopilotDeploymentProfiles",
                    )),
                ),
                (
                    "a profile for devices",
                    "POST",
                    format!("{PROFILES}/{own_profile}/assign"),
                    theirs(DEVICES),
                    Box::new(|key| json!({"deviceIds": [key]})),
                ),
                (
                    "a group to assign to",
                    "POST",
                    format!("{PROFILES}/{own_profile}/assignments"),
                    neighbour.group.clone(),
                    Box::new(|key| json!({"target": crate::samples::group_target(key)})),
                ),
                (
                    "tags by id",
                    "POST",
                    "roleScopeTags/getRoleScopeTagsById".into(),
                    theirs("roleScopeTags"),
                    Box::new(|key| json!({"roleScopeTagIds": [key]})),
                ),
                (
                    "a group to look for",
                    "POST",
                    "/beta/devices/checkMemberGroups".into(),
                    neighbour.group.clone(),
                    Box::new(|key| json!({"groupIds": [key]})),
                ),
                (
                    "serial numbers to delete",
                    "POST",
                    format!("{DEVICES}/deleteDevices"),
                    serial.clone(),
                    Box::new(|key| json!({"serialNumbers": [key]})),
                ),
            ];
            for (what, verb, path, key, body) in cases {
                let pair =
                    if key == serial { Pair::of(&key, &"Q".repeat(serial.len())) } else { Pair::of_id(&key) };
                pair.same(what, |key| caller.request(verb, &path).json(&body(key)).send());
            }
            for line in ["tag", "name", "delete"] {
                Pair::of_id(neighbour.id_in(DEVICES)).same(line, |key| {
                    let line = json!({"verb": line, "id": key, "groupTag": "x", "displayName": "X-1"});
                    caller.post("/_/bulk").bytes("application/x-ndjson", line.to_string().as_bytes()).send()
                });
            }
            for (verb, url) in [
                ("GET", ""),
                ("PATCH", ""),
                ("DELETE", ""),
                ("POST", "/updateDeviceProperties"),
                ("GET", "/muster.why()"),
            ] {
                Pair::of_id(neighbour.id_in(DEVICES)).same(url, |key| {
                    let url = format!("/deviceManagement/{DEVICES}/{key}{url}");
                    let mut part = json!({"id": "1", "method": verb, "url": url});
                    if verb != "GET" && verb != "DELETE" {
                        part["headers"] = json!({"Content-Type": "application/json"});
                        part["body"] = json!({});
                    }
                    caller.post("/beta/$batch").json(&json!({"requests": [part]})).send()
                });
            }
        });
    }
}
