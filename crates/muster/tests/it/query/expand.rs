//! `$expand`

use serde_json::{Value, json};

use super::DEVICES;
use crate::samples::{configuration, device_with_profile, group_target, id};

both![
    contained_collections_come_along,
    expanded_entities_are_selected_on_their_own,
    full_metadata_tells_where_navigation_leads,
    each_list_has_options_of_its_own,
    a_list_that_goes_on_says_where,
    references_come_along_for_a_whole_page,
    what_is_refused_and_why,
    expanding_asks_for_the_permission_to_read_what_is_expanded,
];

fn contained_collections_come_along(server: &testkit::TestServer) {
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

fn expanded_entities_are_selected_on_their_own(server: &testkit::TestServer) {
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

fn full_metadata_tells_where_navigation_leads(server: &testkit::TestServer) {
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

fn what_is_refused_and_why(server: &testkit::TestServer) {
    let caller = server.caller();
    for (query, status, words) in [
        ("$expand=deploymentProfil", 400, &["deploymentProfil", "deploymentProfile"][..]),
        ("$expand=serialNumber", 400, &["serialNumber"]),
        ("$expand=", 400, &["$expand"]),
    ] {
        caller.get(&format!("{DEVICES}?{query}")).send().refused(status, words);
    }
}

fn expanding_asks_for_the_permission_to_read_what_is_expanded(server: &testkit::TestServer) {
    let caller = server.caller();
    let tag = id(&caller.create("roleScopeTags", &json!({"displayName": "A"})));
    let reader = caller.permission("DeviceManagementRBAC.Read.All");
    reader.get(&format!("roleScopeTags/{tag}?$expand=assignments")).send().is(200);
    reader
        .get("?$expand=hardwareConfigurations")
        .send()
        .refused(403, &["DeviceManagementConfiguration.Read.All"]);
}

/// Profiles with one, two and no assignments.
fn assigned(caller: &testkit::TestCaller<'_>) {
    for (name, groups) in [("A", &["g1"][..]), ("B", &["g2", "g3", "g4"]), ("C", &[])] {
        let made = id(&caller.create("hardwareConfigurations", &configuration(name)));
        for group in groups {
            let path = format!("hardwareConfigurations/{made}/assignments");
            caller.create(&path, &json!({"target": group_target(group)}));
        }
    }
}

fn each_list_has_options_of_its_own(server: &testkit::TestServer) {
    let caller = server.caller();
    assigned(&caller);
    let groups = |query: &str| {
        let items =
            caller.list(&format!("hardwareConfigurations?$orderby=displayName&$expand=assignments{query}"));
        let groups = |item: &Value| {
            let assignments = item["assignments"].as_array().expect("a list").clone();
            let group =
                |assignment: &Value| assignment["target"]["groupId"].as_str().unwrap_or("?").to_owned();
            assignments.iter().map(group).collect::<Vec<_>>().join(",")
        };
        items.iter().map(groups).collect::<Vec<_>>().join("|")
    };
    let by = "target/microsoft.graph.groupAssignmentTarget/groupId";
    for (query, expected) in [
        (format!("($orderby={by})"), "g1|g2,g3,g4|"),
        (format!("($orderby={by} desc)"), "g1|g4,g3,g2|"),
        (format!("($orderby={by};$top=2)"), "g1|g2,g3|"),
        (format!("($orderby={by};$skip=1)"), "|g3,g4|"),
        (format!("($orderby={by};$skip=1;$top=1)"), "|g3|"),
        (format!("($filter={by} ne 'g3';$orderby={by})"), "g1|g2,g4|"),
        ("($top=0)".to_owned(), "||"),
    ] {
        assert_eq!(groups(&testkit::encoded(&query)), expected, "{query}");
    }
}

fn a_list_that_goes_on_says_where(server: &testkit::TestServer) {
    let caller = server.caller();
    assigned(&caller);
    let path =
        "hardwareConfigurations?$orderby=displayName&$expand=assignments($top=2;$count=true;$select=id)";
    let items = caller.list(path);
    assert_eq!(items[0]["assignments@odata.count"], 1);
    assert!(items[0].get("assignments@odata.nextLink").is_none(), "{}", items[0]);
    assert_eq!(items[1]["assignments@odata.count"], 3);
    assert_eq!(items[2]["assignments@odata.count"], 0);
    let link = items[1]["assignments@odata.nextLink"].as_str().expect("a link");
    let rest = caller.read(link);
    assert_eq!(rest["value"].as_array().map(Vec::len), Some(1), "{rest}");
    assert!(rest["value"][0].get("target").is_none(), "{rest}");
    assert!(rest.get("@odata.nextLink").is_none(), "{rest}");
    let beyond =
        caller.list("hardwareConfigurations?$orderby=displayName&$expand=assignments($skip=9;$count=true)");
    assert_eq!(beyond[1]["assignments@odata.count"], 3);
    assert_eq!(beyond[1]["assignments"], json!([]));
}

fn references_come_along_for_a_whole_page(server: &testkit::TestServer) {
    let caller = server.caller();
    device_with_profile(&caller);
    caller.create(DEVICES, &json!({"serialNumber": "PLAIN"}));
    for expand in ["deploymentProfile,intendedDeploymentProfile", "*"] {
        let items = caller.list(&format!("{DEVICES}?$orderby=serialNumber&$expand={expand}"));
        assert_eq!(items[0]["deploymentProfile"], json!(null), "{expand}");
        assert_eq!(items[1]["deploymentProfile"]["displayName"], "Kiosk", "{expand}");
        assert!(items[1].get("intendedDeploymentProfile").is_some(), "{expand}");
    }
    let nested = "windowsAutopilotDeploymentProfiles?$expand=assignedDevices($expand=deploymentProfile($select=displayName))";
    let items = caller.list(nested);
    assert_eq!(items[0]["assignedDevices"][0]["deploymentProfile"]["displayName"], "Kiosk", "{items:?}");
}
