//! `/deviceManagement/windowsAutopilotDeploymentProfiles`, their derived types and assignments

use serde_json::json;
use testkit::assert_subset;

use crate::samples::{at_once, group_target, id, profile};

const PATH: &str = "windowsAutopilotDeploymentProfiles";
const GROUP: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";
const CLOUD: &str = "microsoft.graph.azureADWindowsAutopilotDeploymentProfile";
const HYBRID: &str = "microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile";

both![
    the_type_is_chosen_by_the_body_with_and_without_its_sign,
    a_type_has_its_own_properties_only,
    the_type_of_an_entity_stays,
    both_shapes_of_settings_live_side_by_side,
    an_assignment_to_a_group_has_the_id_that_clients_compute,
    payload_links_tell_whether_a_profile_is_assigned,
    lengths_are_bounded,
    who_may_create_depends_on_the_type,
    there_are_at_most_350,
    of_many_at_once_only_350_come_to_be,
    whom_a_profile_is_for_and_its_end_do_not_pass_each_other,
    what_is_not_implemented_says_so_and_names_the_path,
];

fn the_type_is_chosen_by_the_body_with_and_without_its_sign(server: &testkit::TestServer) {
    let caller = server.caller();
    for (sent, of_type) in [
        (format!("#{CLOUD}"), CLOUD),
        (CLOUD.to_owned(), CLOUD),
        (format!("#{HYBRID}"), HYBRID),
        (HYBRID.to_owned(), HYBRID),
    ] {
        // The type may stand last.
        let body = format!(r##"{{"displayName": "A", "@odata.type": "{sent}"}}"##);
        let created = caller.post(PATH).text(&body).send().is(201).json();
        let read = caller.read(&format!("{PATH}/{}", id(&created)));
        for entity in [&created, &read] {
            assert_eq!(entity["@odata.type"], format!("#{of_type}"));
            assert_eq!(entity.get("hybridAzureADJoinSkipConnectivityCheck").is_some(), of_type == HYBRID);
        }
    }
    assert_eq!(caller.list(&format!("{PATH}/{HYBRID}")).len(), 2);
    assert_eq!(caller.get(&format!("{PATH}/{CLOUD}/$count")).send().is(200).text(), "2");
}

fn a_type_has_its_own_properties_only(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = profile("A");
    body["hybridAzureADJoinSkipConnectivityCheck"] = json!(true);
    caller.act(PATH, &body).refused(400, &["hybridAzureADJoinSkipConnectivityCheck"]);
    body["@odata.type"] = json!("#microsoft.graph.hardwareConfiguration");
    caller.act(PATH, &body).refused(400, &["microsoft.graph.hardwareConfiguration"]);
    body["@odata.type"] = json!("#microsoft.graph.azureADWindowsAutopilotDeploymentProfil");
    caller.act(PATH, &body).refused(400, &["azureADWindowsAutopilotDeploymentProfil"]);
}

fn the_type_of_an_entity_stays(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &profile("A"))));
    let body = json!({"@odata.type": format!("#{HYBRID}"), "displayName": "B"});
    caller.patch(&path).json(&body).send().refused(400, &["type"]);
    caller.change(&path, &json!({"@odata.type": format!("#{CLOUD}"), "displayName": "B"}));
    caller.get(&format!("{path}/{HYBRID}")).send().refused(404, &[]);
    assert_eq!(caller.read(&format!("{path}/{CLOUD}"))["displayName"], "B");
}

fn both_shapes_of_settings_live_side_by_side(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = profile("A");
    body["outOfBoxExperienceSettings"] =
        json!({"hidePrivacySettings": true, "userType": "standard", "deviceUsageType": "shared"});
    body["outOfBoxExperienceSetting"] =
        json!({"@odata.type": "#microsoft.graph.outOfBoxExperienceSetting", "escapeLinkHidden": true});
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &body)));
    assert_subset(&caller.read(&path), &body);
    // A complex value is merged too, member by member.
    let changed = caller.change(&path, &json!({"outOfBoxExperienceSettings": {"hideEULA": true}}));
    assert_subset(
        &changed["outOfBoxExperienceSettings"],
        &json!({"hideEULA": true, "hidePrivacySettings": true, "userType": "standard"}),
    );
    assert!(
        caller.change(&path, &json!({"outOfBoxExperienceSettings": null}))["outOfBoxExperienceSettings"]
            .is_null()
    );
}

fn an_assignment_to_a_group_has_the_id_that_clients_compute(server: &testkit::TestServer) {
    let caller = server.caller();
    let profile_id = id(&caller.create(PATH, &profile("A")));
    let path = format!("{PATH}/{profile_id}/assignments");
    let wanted = format!("{profile_id}_{GROUP}_0");
    let body = json!({"id": wanted, "target": group_target(GROUP)});
    let created = caller.create(&path, &body);
    assert_eq!(created["id"], json!(wanted));
    assert_subset(&created["target"], &group_target(GROUP));
    caller.act(&path, &body).refused(409, &[&wanted]);
    assert_eq!(caller.read(&format!("{path}/{wanted}"))["source"], "direct");
    assert_eq!(caller.read(&format!("{path}('{wanted}')"))["id"], json!(wanted));
    caller.remove(&format!("{path}/{wanted}"));
    assert!(caller.list(&path).is_empty());
}

fn payload_links_tell_whether_a_profile_is_assigned(server: &testkit::TestServer) {
    let caller = server.caller();
    let ids = ["A", "B"].map(|name| id(&caller.create(PATH, &profile(name))));
    caller.create(&format!("{PATH}/{}/assignments", ids[0]), &json!({"target": group_target(GROUP)}));
    let answer = caller.act(&format!("{PATH}/hasPayloadLinks"), &json!({"payloadIds": ids})).is(200).json();
    assert_subset(
        &answer["value"],
        &json!([
            {"payloadId": ids[0], "hasLink": true},
            {"payloadId": ids[1], "hasLink": false},
        ]),
    );
    let too_many = json!({"payloadIds": vec![&ids[0]; 1_001]});
    caller.act(&format!("{PATH}/hasPayloadLinks"), &too_many).refused(400, &["payloadIds", "1000"]);
}

fn who_may_create_depends_on_the_type(server: &testkit::TestServer) {
    let caller = server.caller();
    let other = caller.permission("DeviceManagementConfiguration.ReadWrite.All");
    let mut body = profile("A");
    other.create(PATH, &body);
    body["@odata.type"] = json!(format!("#{HYBRID}"));
    other.act(PATH, &body).refused(403, &["DeviceManagementServiceConfig.ReadWrite.All"]);
    caller.permission("DeviceManagementServiceConfig.ReadWrite.All").create(PATH, &body);
}

fn lengths_are_bounded(server: &testkit::TestServer) {
    let caller = server.caller();
    for (property, most) in [("displayName", 200), ("description", 1_500)] {
        let mut body = profile("A");
        body[property] = json!("x".repeat(most));
        caller.create(PATH, &body);
        body[property] = json!("x".repeat(most + 1));
        caller.act(PATH, &body).refused(400, &[property, &most.to_string()]);
    }
}

fn there_are_at_most_350(server: &testkit::TestServer) {
    let caller = server.caller();
    for number in 0..350 {
        caller.create(PATH, &profile(&format!("P{number}")));
    }
    caller.act(PATH, &profile("one more")).refused(400, &["350"]);
    caller.elsewhere().create(PATH, &profile("one more"));
    caller.remove(&format!("{PATH}/{}", id(&caller.list(PATH)[0])));
    caller.create(PATH, &profile("one more"));
}

fn of_many_at_once_only_350_come_to_be(server: &testkit::TestServer) {
    let caller = server.caller();
    for number in 0..347 {
        caller.create(PATH, &profile(&format!("P{number}")));
    }
    let statuses = at_once(8, |_| caller.act(PATH, &profile("One more")).status);
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
    assert_eq!(caller.list(PATH).len(), 350);
}

fn whom_a_profile_is_for_and_its_end_do_not_pass_each_other(server: &testkit::TestServer) {
    let caller = server.caller();
    for _ in 0..12 {
        let path = format!("{PATH}/{}", id(&caller.create(PATH, &profile("P"))));
        let statuses = at_once(2, |at| match at {
            0 => caller.act(&format!("{path}/assignments"), &json!({"target": group_target(GROUP)})).status,
            _ => caller.delete(&path).send().status,
        });
        match statuses.as_slice() {
            [201, 400] => drop(caller.read(&path)),
            [404, 204] => drop(caller.get(&path).send().refused(404, &[])),
            other => panic!("an assignment of a profile that has ended: {other:?}"),
        }
    }
}

fn what_is_not_implemented_says_so_and_names_the_path(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = profile("A");
    body["@odata.type"] = json!(format!("#{HYBRID}"));
    let path = format!("{PATH}/{}/{HYBRID}/domainJoinConfiguration", id(&caller.create(PATH, &body)));
    caller.get(&path).send().refused(501, &["domainJoinConfiguration"]);
}
