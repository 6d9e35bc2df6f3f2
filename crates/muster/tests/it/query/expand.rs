//! `$expand`

use serde_json::{Value, json};

use super::DEVICES;
use crate::samples::{configuration, device_with_profile, group_target, id};

both![
    contained_collections_come_along,
    expanded_entities_are_selected_on_their_own,
    full_metadata_tells_where_navigation_leads,
    what_is_refused_and_why,
    expanding_asks_for_the_permission_to_read_what_is_expanded,
];

fn contained_collections_come_along(server: &testkit::Server) {
    let caller = server.caller();
    for name in ["A", "B"] {
        let path = format!(
            "hardwareConfigurations/{}",
            id(&caller.create("hardwareConfigurations", &configuration(name)))
        );
        if name == "A" {
            caller.create(&format!("{path}/assignments"), &json!({"target": group_target("g")}));
        }
    }
    let items = caller.list("hardwareConfigurations?$expand=assignments,runSummary&$orderby=displayName");
    assert_eq!(items[0]["assignments"][0]["target"]["groupId"], "g");
    testkit::assert_subset(&items[0]["assignments"][0]["target"], &group_target("g"));
    assert_eq!(items[1]["assignments"], json!([]));
    assert_eq!(items[1]["runSummary"]["errorUserCount"], 0);
    assert!(items[1].get("userRunStates").is_none());
}

fn expanded_entities_are_selected_on_their_own(server: &testkit::Server) {
    let caller = server.caller();
    let (device, _) = device_with_profile(&caller);
    let entity = caller.read(&format!(
        "{DEVICES}/{device}?$select=serialNumber&$expand=deploymentProfile($select=displayName)"
    ));
    assert_eq!(entity["serialNumber"], "PROFILED");
    assert!(entity.get("groupTag").is_none(), "{entity}");
    assert_eq!(entity["deploymentProfile"]["displayName"], "Kiosk");
    assert!(entity["deploymentProfile"].get("locale").is_none(), "{entity}");
}

fn full_metadata_tells_where_navigation_leads(server: &testkit::Server) {
    let caller = server.caller();
    let id = id(&caller.create("hardwareConfigurations", &configuration("A")));
    let full = |path: &str| -> Value {
        let accept = "application/json;odata.metadata=full";
        caller.get(path).header("Accept", accept).send().is(200).json()
    };
    let entity = full(&format!("hardwareConfigurations/{id}"));
    let link = entity["assignments@odata.navigationLink"].as_str().expect("a link").to_owned();
    assert_eq!(caller.read(&link)["value"], json!([]));
    let item = &full("hardwareConfigurations")["value"][0];
    assert!(item["assignments@odata.navigationLink"].is_string(), "{item}");
    let none = caller
        .get(&format!("hardwareConfigurations/{id}"))
        .header("Accept", "application/json;odata.metadata=none");
    let none = none.send().is(200).json();
    assert!(none.as_object().is_some_and(|members| members.keys().all(|name| !name.contains('@'))), "{none}");
}

fn what_is_refused_and_why(server: &testkit::Server) {
    let caller = server.caller();
    for (query, status, words) in [
        ("$expand=deploymentProfil", 400, &["deploymentProfil", "deploymentProfile"][..]),
        ("$expand=serialNumber", 400, &["serialNumber"]),
        ("$expand=", 400, &["$expand"]),
    ] {
        caller.get(&format!("{DEVICES}?{query}")).send().refused(status, words);
    }
}

fn expanding_asks_for_the_permission_to_read_what_is_expanded(server: &testkit::Server) {
    let caller = server.caller();
    let tag = id(&caller.create("roleScopeTags", &json!({"displayName": "A"})));
    let reader = caller.permission("DeviceManagementRBAC.Read.All");
    reader.get(&format!("roleScopeTags/{tag}?$expand=assignments")).send().is(200);
    reader
        .get("?$expand=hardwareConfigurations")
        .send()
        .refused(403, &["DeviceManagementConfiguration.Read.All"]);
}
