//! `$select`

use serde_json::{Value, json};

use super::DEVICES;
use crate::samples::{configuration, id, password_info};

fn members(entity: &Value) -> Vec<&str> {
    let members = entity.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    members.filter(|name| !name.contains("@odata.")).collect()
}

both![
    only_what_is_selected_is_shown,
    what_is_not_selected_can_still_be_asked_for,
    secrets_are_shown_where_they_are_selected,
    what_is_refused_and_why,
];

fn only_what_is_selected_is_shown(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!(
        "hardwareConfigurations/{}",
        id(&caller.create("hardwareConfigurations", &configuration("A")))
    );
    for (select, expected) in [
        ("displayName", &["displayName"][..]),
        ("Id,displayName", &["id", "displayName"]),
        ("displayName,version,displayName", &["displayName", "version"]),
        ("%20displayName%20,%20version", &["displayName", "version"]),
    ] {
        let (one, list) = (
            caller.read(&format!("{path}?$select={select}")),
            caller.list(&format!("hardwareConfigurations?$select={select}")),
        );
        for entity in [&one, &list[0]] {
            let mut found = members(entity);
            found.sort_by_key(|name| expected.iter().position(|expected| expected == name));
            assert_eq!(found, expected, "{select}");
        }
    }
    let all = caller.read(&format!("{path}?$select=*"));
    assert_eq!(members(&all), members(&caller.read(&path)));
    let context = caller.read(&format!("{path}?$select=displayName"))["@odata.context"].to_string();
    assert!(context.contains("(displayName)"), "{context}");
}

fn what_is_not_selected_can_still_be_asked_for(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &json!({"serialNumber": "2", "groupTag": "t"}));
    caller.create(DEVICES, &json!({"serialNumber": "1", "groupTag": "t"}));
    let items = caller.list(&format!(
        "{DEVICES}?$select=displayName&$filter=groupTag%20eq%20't'&$orderby=serialNumber&$top=1"
    ));
    assert_eq!(items.len(), 2);
    assert_eq!(members(&items[0]), ["displayName"]);
}

fn secrets_are_shown_where_they_are_selected(server: &testkit::TestServer) {
    let caller = server.caller();
    let path =
        format!("hardwarePasswordInfo/{}", id(&caller.create("hardwarePasswordInfo", &password_info("1"))));
    assert_eq!(members(&caller.read(&format!("{path}?$select=serialNumber"))), ["serialNumber"]);
    let shown = caller.read(&format!("{path}?$select=currentPassword"));
    assert_eq!(shown["currentPassword"], "Current Password value");
    assert_eq!(members(&shown), ["currentPassword"]);
}

fn what_is_refused_and_why(server: &testkit::TestServer) {
    let caller = server.caller();
    for (select, words) in [
        ("serialNumbr", &["serialNumbr", "serialNumber"][..]),
        ("", &["$select"]),
        ("serialNumber,", &["$select"]),
    ] {
        caller.get(&format!("{DEVICES}?$select={select}")).send().refused(400, words);
    }
}
