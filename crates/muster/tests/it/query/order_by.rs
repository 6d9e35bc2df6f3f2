//! `$orderby`

use serde_json::json;
use testkit::encoded;

use super::{DEVICES, fleet, found};
use crate::samples::{configuration, group_target, id, profile};

both![
    in_which_order,
    entities_that_are_equal_keep_their_order_from_page_to_page,
    what_is_related_orders_too,
    lists_are_ordered_by_their_own_neighbours,
    what_is_refused_and_why,
];

fn in_which_order(server: &testkit::TestServer) {
    let caller = server.caller();
    fleet(&caller);
    let cases: [(&str, &[&str]); 6] = [
        ("lastContactedDateTime", &["B-2", "b-1", "A-10", "A-2", "ö-1"]),
        ("lastContactedDateTime desc", &["ö-1", "A-2", "A-10", "b-1", "B-2"]),
        ("LastContactedDateTime ASC", &["B-2", "b-1", "A-10", "A-2", "ö-1"]),
        // null comes before everything (OData URL conventions, 5.1.4).
        ("groupTag,lastContactedDateTime", &["B-2", "ö-1", "A-10", "A-2", "b-1"]),
        ("groupTag desc,lastContactedDateTime desc", &["b-1", "A-2", "A-10", "ö-1", "B-2"]),
        ("serialNumber", &["A-10", "A-2", "B-2", "b-1", "ö-1"]),
    ];
    for (order, expected) in cases {
        // The same on one page and over many.
        for paging in ["", "&$top=2", "&$top=1"] {
            let query = format!("$orderby={}{paging}", encoded(order));
            assert_eq!(found(&caller, &query), expected, "{query}");
        }
    }
}

fn entities_that_are_equal_keep_their_order_from_page_to_page(server: &testkit::TestServer) {
    let caller = server.caller();
    for at in 0..9 {
        caller.create(DEVICES, &json!({"serialNumber": format!("{at}"), "groupTag": "same"}));
    }
    let whole = found(&caller, "$orderby=groupTag");
    assert_eq!(whole.len(), 9);
    assert_eq!(found(&caller, "$orderby=groupTag&$top=2"), whole);
}

/// Devices `1` to `5`, of which four have profiles.
fn profiled(caller: &testkit::TestCaller<'_>) {
    let devices: Vec<String> =
        (1..=5).map(|at| id(&caller.create(DEVICES, &json!({"serialNumber": at.to_string()})))).collect();
    for (name, assigned) in [("Kiosk", &devices[1..3]), ("Air", &devices[3..4]), ("Desk", &devices[0..1])] {
        let made = id(&caller.create("windowsAutopilotDeploymentProfiles", &profile(name)));
        let path = format!("windowsAutopilotDeploymentProfiles/{made}/assign");
        caller.act(&path, &json!({"deviceIds": assigned})).is(204);
    }
}

fn what_is_related_orders_too(server: &testkit::TestServer) {
    let caller = server.caller();
    profiled(&caller);
    let cases: [(&str, &[&str]); 5] = [
        // null comes first: the fifth has no profile.
        ("deploymentProfile/displayName,serialNumber", &["5", "4", "1", "2", "3"]),
        ("deploymentProfile/displayName desc,serialNumber desc", &["3", "2", "1", "4", "5"]),
        ("length(deploymentProfile/displayName),serialNumber", &["5", "4", "1", "2", "3"]),
        ("deploymentProfile/assignedDevices/$count desc,serialNumber", &["2", "3", "1", "4", "5"]),
        ("deploymentProfile/createdDateTime desc,serialNumber", &["1", "4", "2", "3", "5"]),
    ];
    for (order, expected) in cases {
        for paging in ["", "&$top=2", "&$top=1"] {
            let query = format!("$orderby={}{paging}", encoded(order));
            assert_eq!(found(&caller, &query), expected, "{query}");
        }
    }
}

fn lists_are_ordered_by_their_own_neighbours(server: &testkit::TestServer) {
    let caller = server.caller();
    let made: Vec<String> =
        ["A", "B"].map(|name| id(&caller.create("hardwareConfigurations", &configuration(name)))).to_vec();
    for group in ["g1", "g2"] {
        let path = format!("hardwareConfigurations/{}/assignments", made[1]);
        caller.create(&path, &json!({"target": group_target(group)}));
    }
    let names = |order: &str| {
        let path = format!("deviceManagement?$expand=hardwareConfigurations($orderby={order};$top=1)");
        let singleton = caller.read(path.strip_prefix("deviceManagement").unwrap_or_default());
        let mut names = vec![singleton["hardwareConfigurations"][0]["displayName"].clone()];
        let link = singleton["hardwareConfigurations@odata.nextLink"].as_str().expect("a link").to_owned();
        names.extend(caller.list(&link).iter().map(|item| item["displayName"].clone()));
        names
    };
    assert_eq!(names("assignments/$count"), ["A", "B"]);
    assert_eq!(names("assignments/$count%20desc"), ["B", "A"]);
    profiled(&caller);
    let path = "windowsAutopilotDeploymentProfiles?$orderby=displayName&$expand=assignedDevices(\
                $orderby=deploymentProfile/displayName,serialNumber%20desc;$select=serialNumber)";
    let profiles = caller.list(path);
    let serials: Vec<Vec<&str>> = profiles
        .iter()
        .map(|profile| profile["assignedDevices"].as_array().expect("a list"))
        .map(|devices| devices.iter().map(|device| device["serialNumber"].as_str().unwrap_or("")).collect())
        .collect();
    assert_eq!(serials, [vec!["4"], vec!["1"], vec!["3", "2"]]);
}

fn what_is_refused_and_why(server: &testkit::TestServer) {
    let caller = server.caller();
    for (path, words) in [
        (format!("{DEVICES}?$orderby=serialNumbr"), &["serialNumbr", "serialNumber"][..]),
        (format!("{DEVICES}?$orderby=serialNumber%20down"), &[]),
        (format!("{DEVICES}?$orderby=serialNumber,"), &[]),
        (format!("{DEVICES}?$orderby="), &[]),
        (format!("{DEVICES}?$orderby=deviceAccountPassword"), &["deviceAccountPassword"]),
        ("hardwarePasswordInfo?$orderby=currentPassword%20desc".into(), &["currentPassword"]),
        ("hardwareConfigurations?$orderby=roleScopeTagIds".into(), &["roleScopeTagIds"]),
        ("importedWindowsAutopilotDeviceIdentities?$orderby=state".into(), &["state"]),
    ] {
        caller.get(&path).send().refused(400, words);
    }
}
