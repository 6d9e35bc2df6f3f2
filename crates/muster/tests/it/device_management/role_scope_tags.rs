//! `/deviceManagement/roleScopeTags`, and the functions that look them up

use serde_json::json;
use testkit::assert_subset;

use crate::samples::{group_target, id};

const PATH: &str = "roleScopeTags";
const NOBODY: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";

both![
    each_tenant_has_the_default_tag_and_nobody_deletes_it,
    whether_a_tag_is_built_in_is_the_servers_to_say,
    tags_are_found_by_their_ids,
    assign_replaces_all_assignments,
    they_are_also_reached_through_roles_that_are_not_implemented,
];

fn each_tenant_has_the_default_tag_and_nobody_deletes_it(server: &testkit::TestServer) {
    let expected = json!({"id": "0", "displayName": "Default", "isBuiltIn": true});
    // Whichever way a tenant's first call takes, the tag is there.
    for path in [
        format!("{PATH}/0"),
        "getRoleScopeTagsByIds(ids=%5B%220%22%5D)".to_owned(),
        "getRoleScopeTagsByResource(resource='Anything')".to_owned(),
        format!("{PATH}?$filter=isBuiltIn%20eq%20true"),
    ] {
        let answer = server.caller().read(&path);
        assert_subset(answer["value"].get(0).unwrap_or(&answer), &expected);
    }
    let caller = server.caller();
    let count = caller.get(&format!("{PATH}/$count")).send().is(200).text();
    assert_eq!(count, "1");
    caller.delete(&format!("{PATH}/0")).send().refused(400, &["built in"]);
    assert_eq!(caller.list(PATH).len(), 1);
    let other = id(&caller.create(PATH, &json!({"displayName": "A"})));
    caller.remove(&format!("{PATH}/{other}"));
    assert_eq!(caller.read(&format!("{PATH}/hasCustomRoleScopeTag()"))["value"], false);
}

fn whether_a_tag_is_built_in_is_the_servers_to_say(server: &testkit::TestServer) {
    let caller = server.caller();
    assert_eq!(caller.read(&format!("{PATH}/hasCustomRoleScopeTag()"))["value"], false);
    let created = caller.create(PATH, &json!({"displayName": "A", "description": "B", "isBuiltIn": true}));
    assert_subset(&created, &json!({"displayName": "A", "description": "B", "isBuiltIn": false}));
    for path in
        ["hasCustomRoleScopeTag()", "hasCustomRoleScopeTag", "microsoft.graph.hasCustomRoleScopeTag()"]
    {
        assert_eq!(caller.read(&format!("{PATH}/{path}"))["value"], true, "{path}");
    }
}

fn tags_are_found_by_their_ids(server: &testkit::TestServer) {
    let caller = server.caller();
    let ids = ["A", "B", "C"].map(|name| id(&caller.create(PATH, &json!({"displayName": name}))));
    let wanted = json!([ids[2], NOBODY, ids[0]]);
    let expected = json!([{"displayName": "C"}, {"displayName": "A"}]);
    let answer =
        caller.act(&format!("{PATH}/getRoleScopeTagsById"), &json!({"roleScopeTagIds": wanted})).is(200);
    assert_subset(&answer.json()["value"], &expected);
    let literal = testkit::encoded(&wanted.to_string());
    assert_subset(&caller.read(&format!("getRoleScopeTagsByIds(ids={literal})"))["value"], &expected);
    let all = caller.read("getRoleScopeTagsByResource(resource='Anything')");
    // The built-in one is there from the start.
    assert_eq!(all["value"].as_array().map(Vec::len), Some(4));
}

fn assign_replaces_all_assignments(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &json!({"displayName": "A"}))));
    for assignments in [json!([{"target": group_target(NOBODY)}]), json!([])] {
        let answer =
            caller.act(&format!("{path}/assign"), &json!({"assignments": assignments})).is(200).json();
        assert_subset(&answer["value"], &assignments);
        assert_subset(&json!(caller.list(&format!("{path}/assignments"))), &assignments);
    }
    caller
        .act(&format!("{path}/assign"), &json!({"roleScopeTagAssignments": []}))
        .refused(400, &["assignments"]);
}

fn they_are_also_reached_through_roles_that_are_not_implemented(server: &testkit::TestServer) {
    let caller = server.caller();
    let tag = id(&caller.create(PATH, &json!({"displayName": "A"})));
    let roles = format!("roleDefinitions/{NOBODY}/roleAssignments/{NOBODY}");
    let through = format!("{roles}/microsoft.graph.deviceAndAppManagementRoleAssignment/roleScopeTags/{tag}");
    assert_eq!(caller.read(&through)["displayName"], "A");
    let assignment =
        id(&caller.create(&format!("{through}/assignments"), &json!({"target": group_target(NOBODY)})));
    caller.read(&format!("{PATH}/{tag}/assignments/{assignment}"));
    for path in ["roleDefinitions", &format!("roleDefinitions/{NOBODY}"), &roles] {
        caller.get(path).send().refused(501, &["roleDefinitions"]);
    }
}
