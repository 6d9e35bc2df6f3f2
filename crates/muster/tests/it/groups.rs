//! `/groups` and their members

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset};

use crate::samples::{device, dynamic_group, id, serials, settle, static_group};

const PATH: &str = "/beta/groups";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    a_group_says_what_it_is,
    a_rule_selects_the_members,
    a_rule_that_is_none_is_refused_with_its_position,
    devices_are_added_and_removed_by_reference,
    a_membership_ends_with_its_device,
    members_are_only_picked_out,
    members_take_query_options,
    each_permission_opens_what_the_documents_say,
    a_rule_is_tried_before_it_is_kept,
];

/// The names of a group's members.
#[track_caller]
fn members(caller: &TestCaller<'_>, group: &str) -> Vec<String> {
    let members = caller.list(&format!("{PATH}/{group}/members"));
    let mut names: Vec<String> =
        members.iter().map(|each| each["displayName"].as_str().unwrap_or("null").to_owned()).collect();
    names.sort();
    names
}

/// The directory object of a new registration.
#[track_caller]
fn registered(caller: &TestCaller<'_>, body: &Value) -> String {
    let identity = caller.create(DEVICES, body);
    settle(caller);
    let device_id = identity["azureActiveDirectoryDeviceId"].as_str().unwrap_or_default();
    let filter = format!("deviceId eq '{device_id}'");
    let found = caller.get("/beta/devices").query("$filter", &filter).send().is(200).json();
    id(&found["value"][0])
}

fn a_group_says_what_it_is(server: &TestServer) {
    let caller = server.caller();
    let rule = r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))"#;
    let created = caller.create(PATH, &dynamic_group("Kiosks", rule));
    assert_subset(
        &created,
        &json!({"displayName": "Kiosks", "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On"}),
    );
    assert!(created["createdDateTime"].is_string(), "{created}");
    let path = format!("{PATH}/{}", id(&created));
    assert_subset(
        &caller.change(&path, &json!({"description": "At the door"})),
        &json!({"membershipRule": rule}),
    );
    let found = caller.get(PATH).query("$filter", "displayName eq 'Kiosks'").send().is(200).json();
    assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
    caller.elsewhere().get(&path).send().refused(404, &[]);
    caller.remove(&path);
    caller.get(&format!("{path}/members")).send().refused(404, &[]);
    for (body, part) in [
        (json!({"displayName": "A"}), "mailEnabled"),
        (
            json!({"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true, "groupTypes": ["Dynamic"]}),
            "groupTypes",
        ),
        (
            json!({"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true, "membershipRule": rule}),
            "membershipRule",
        ),
        (
            json!({"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true, "groupTypes": ["DynamicMembership"]}),
            "membershipRule",
        ),
        (
            json!({"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true, "membershipRuleProcessingState": "Off"}),
            "Paused",
        ),
    ] {
        caller.act(PATH, &body).refused(400, &[part]);
    }
}

fn a_rule_selects_the_members(server: &TestServer) {
    let caller = server.caller();
    for (serial_number, tag) in [("A", "Kiosk"), ("B", "kiosk"), ("C", "Berlin"), ("D", "")] {
        caller.create(
            DEVICES,
            &json!({"serialNumber": serial_number, "groupTag": tag, "purchaseOrderIdentifier": "4711"}),
        );
    }
    caller.create("/beta/devices", &json!({"displayName": "Z", "deviceId": "z"}));
    settle(&caller);
    for (rule, selected) in [
        (r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))"#, &["A", "B"][..]),
        (r#"(device.devicePhysicalIDs -any (_ -contains "[ZTDId]"))"#, &["A", "B", "C", "D"]),
        (r#"(device.devicePhysicalIds -any _ -startsWith "[ZTDID]")"#, &["A", "B", "C", "D"]),
        (
            r#"device.devicePhysicalIds -any (_ -eq "[PurchaseOrderId]:4711") -and device.displayName -ne "A""#,
            &["B", "C", "D"],
        ),
        (r#"-not (device.devicePhysicalIds -any (_ -match "^\[orderid\]"))"#, &["D", "Z"]),
        (
            r#"device.displayName -in ["a", "Z", "Q"] -or device.displayName -startsWith "c""#,
            &["A", "C", "Z"],
        ),
        (r#"device.deviceModel -ne null"#, &[]),
    ] {
        let group = id(&caller.create(PATH, &dynamic_group("G", rule)));
        assert_eq!(members(&caller, &group), selected, "{rule}");
        let count = caller.get(&format!("{PATH}/{group}/members/$count")).send().is(200).text();
        assert_eq!(count, selected.len().to_string(), "{rule}");
        caller.change(&format!("{PATH}/{group}"), &json!({"membershipRuleProcessingState": "Paused"}));
        assert!(members(&caller, &group).is_empty());
    }
}

fn a_rule_that_is_none_is_refused_with_its_position(server: &TestServer) {
    let caller = server.caller();
    let rule = r#"(device.devicePhysicalIds -any (_ -equals "[OrderID]:Kiosk"))"#;
    caller.act(PATH, &dynamic_group("G", rule)).refused(400, &["membershipRule", "'-equals'", "position 34"]);
    let group = id(&caller.create(PATH, &dynamic_group("G", r#"device.displayName -eq "A""#)));
    let body = json!({"membershipRule": "device.displayName -eq"});
    caller.patch(&format!("{PATH}/{group}")).json(&body).send().refused(400, &["position 22"]);
    let body = json!({"membershipRule": "x".repeat(3_073)});
    caller.patch(&format!("{PATH}/{group}")).json(&body).send().refused(400, &["membershipRule"]);
}

fn devices_are_added_and_removed_by_reference(server: &TestServer) {
    let caller = server.caller();
    let (one, other) = (registered(&caller, &device("A")), registered(&caller, &device("B")));
    let group = id(&caller.create(PATH, &static_group("Lobby")));
    let references = format!("{PATH}/{group}/members/$ref");
    for (set, key) in [("directoryObjects", &one), ("devices", &other)] {
        let body = json!({"@odata.id": format!("https://graph.microsoft.com/beta/{set}/{key}")});
        caller.act(&references, &body).is(204);
        caller.act(&references, &body).refused(400, &["already"]);
    }
    assert_eq!(members(&caller, &group), ["A", "B"]);
    assert_eq!(caller.read(&references)["value"].as_array().map(Vec::len), Some(2));
    caller.remove(&format!("{PATH}/{group}/members/{one}/$ref"));
    assert_eq!(members(&caller, &group), ["B"]);
    caller.delete(&format!("{PATH}/{group}/members/{one}/$ref")).send().refused(404, &[]);
    assert_eq!(caller.list(DEVICES).len(), 2);
    let stranger = json!({"@odata.id": format!("https://graph.microsoft.com/beta/devices/{group}")});
    caller.act(&references, &stranger).refused(404, &[]);
    let itself = format!("https://graph.microsoft.com/beta/groups/{group}");
    for body in [json!({}), json!({"@odata.id": 1}), json!([]), json!({"@odata.id": itself})] {
        caller.act(&references, &body).refused(400, &["@odata.id"]);
    }
    let mut bound = static_group("Hall");
    bound["members@odata.bind"] = json!([format!("https://graph.microsoft.com/beta/devices/{one}")]);
    assert_eq!(members(&caller, &id(&caller.create(PATH, &bound))), ["A"]);
    let dynamic = id(&caller.create(PATH, &dynamic_group("D", r#"device.displayName -eq "A""#)));
    let body = json!({"@odata.id": format!("https://graph.microsoft.com/beta/devices/{one}")});
    caller.act(&format!("{PATH}/{dynamic}/members/$ref"), &body).refused(400, &["membershipRule"]);
    caller.delete(&format!("{PATH}/{dynamic}/members/{one}/$ref")).send().refused(400, &["membershipRule"]);
}

/// A device that is made anew under the same id is a member of nothing.
fn a_membership_ends_with_its_device(server: &TestServer) {
    let caller = server.caller();
    let registration = id(&caller.create(DEVICES, &device("A")));
    let own = id(&caller.create("/beta/devices", &json!({"displayName": "B", "deviceId": "b"})));
    let registered = caller.get("/beta/devices").query("$filter", "displayName eq 'A'").send().is(200).json();
    let object = id(&registered["value"][0]);
    let group = id(&caller.create(PATH, &static_group("Lobby")));
    for key in [&object, &own] {
        let body = json!({"@odata.id": format!("https://graph.microsoft.com/beta/devices/{key}")});
        caller.act(&format!("{PATH}/{group}/members/$ref"), &body).is(204);
    }
    assert_eq!(members(&caller, &group), ["A", "B"]);
    let registration = format!("{DEVICES}/{registration}");
    for (path, body) in [
        (format!("/beta/devices/{own}"), json!({"displayName": "B", "deviceId": "b"})),
        (registration, device("A")),
    ] {
        caller.remove(&path);
        caller.patch(&path).header("If-None-Match", "*").json(&body).send().is(201);
    }
    caller.read(&format!("/beta/devices/{object}"));
    assert_eq!(members(&caller, &group), [""; 0]);
}

fn members_are_only_picked_out(server: &TestServer) {
    let caller = server.caller();
    let one = registered(&caller, &device("A"));
    let group = id(&caller.create(PATH, &dynamic_group("D", r#"device.displayName -eq "A""#)));
    let path = format!("{PATH}/{group}/members/{one}");
    assert_eq!(caller.read(&path)["displayName"], "A");
    caller.act(&format!("{PATH}/{group}/members"), &json!({"displayName": "X"})).refused(405, &[]);
    caller.delete(&path).send().refused(405, &[]);
    caller.change(&format!("{PATH}/{group}"), &json!({"membershipRule": r#"device.displayName -eq "B""#}));
    caller.get(&path).send().refused(404, &[]);
    assert_eq!(caller.list("/beta/devices").len(), 1);
}

fn members_take_query_options(server: &TestServer) {
    let caller = server.caller();
    for serial_number in ["A", "B", "C"] {
        caller.create(DEVICES, &device(serial_number));
    }
    let group = id(&caller.create(PATH, &dynamic_group("G", r#"device.displayName -ne "C""#)));
    let path = format!("{PATH}/{group}/members");
    let page = caller
        .get(&path)
        .query("$filter", "displayName ne 'A'")
        .query("$select", "id,displayName")
        .query("$count", "true")
        .send()
        .is(200)
        .json();
    assert_eq!((&page["@odata.count"], &page["value"][0]["displayName"]), (&json!(1), &json!("B")));
    assert!(page["value"][0].get("physicalIds").is_none(), "{page}");
    assert_eq!(caller.pages(&format!("{path}?$top=1")).len(), 2);
    assert_eq!(serials(&caller.list(DEVICES)).len(), 3);
}

fn each_permission_opens_what_the_documents_say(server: &TestServer) {
    let caller = server.caller();
    let group = id(&caller.create(PATH, &static_group("Lobby")));
    let one = registered(&caller, &device("A"));
    let reference = json!({"@odata.id": format!("https://graph.microsoft.com/beta/devices/{one}")});
    let references = format!("{PATH}/{group}/members/$ref");
    let reader = caller.permission("Group.Read.All");
    reader.read(&format!("{PATH}/{group}/members"));
    reader.act(PATH, &static_group("Other")).refused(403, &["Group.ReadWrite.All"]);
    reader.act(&references, &reference).refused(403, &["GroupMember.ReadWrite.All"]);
    caller.app().permission("GroupMember.ReadWrite.All").act(&references, &reference).is(204);
    caller.permission("Device.Read.All").get(PATH).send().refused(403, &["Group.Read.All"]);
    caller.app().permission("Group.Create").create(PATH, &static_group("Made"));
    caller.permission("DeviceManagementServiceConfig.ReadWrite.All").get(PATH).send().refused(403, &[]);
}

fn a_rule_is_tried_before_it_is_kept(server: &TestServer) {
    let caller = server.caller();
    for (serial_number, tag) in [("A", "Kiosk"), ("B", "Kiosk"), ("C", "Office")] {
        caller.create(
            "windowsAutopilotDeviceIdentities",
            &json!({"serialNumber": serial_number, "groupTag": tag}),
        );
    }
    let tried = |rule: &str| {
        caller.act("/beta/groups/muster.select", &json!({"membershipRule": rule})).is(200).json()
    };
    let kiosks = tried(r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))"#);
    assert_eq!((&kiosks["count"], &kiosks["displayNames"]), (&json!(2), &json!(["A", "B"])));
    let wrong = tried("(device.deviceModle -eq \"x\")");
    assert_eq!((&wrong["count"], &wrong["position"]), (&Value::Null, &json!(1)), "{wrong}");
    assert!(wrong["mistake"].as_str().is_some_and(|text| text.contains("deviceModel")), "{wrong}");
    assert!(tried("")["mistake"].as_str().is_some_and(|text| text.contains("the end")));
}
