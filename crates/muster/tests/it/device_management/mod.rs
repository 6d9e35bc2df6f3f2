//! `/deviceManagement`: the singleton, and a module for each set in it.

mod assignment_targets;
mod audit_events;
mod autopilot_events;
mod concurrent_assignment;
mod delays;
mod device_users;
mod direct_assignment;
mod hardware_configuration_assignment;
mod hardware_configuration_files;
mod hardware_configuration_rollout;
mod hardware_configuration_run_states;
mod hardware_configurations;
mod hardware_password_details;
mod hardware_password_info;
mod hardware_password_looks;
mod hardware_password_merge;
mod hardware_password_outages;
mod imported_windows_autopilot_device_identities;
mod muster_functions;
mod profile_assignment;
mod profile_shapes;
mod role_scope_tags;
mod scope_tags;
mod survival;
mod validation;
mod windows_autopilot_check_in;
mod windows_autopilot_deployment_profiles;
mod windows_autopilot_device_actions;
mod windows_autopilot_device_identities;
mod windows_autopilot_settings;

use serde_json::json;

both![
    it_can_be_read_before_it_was_ever_written,
    a_change_stays_in_its_tenant,
    it_is_neither_created_nor_deleted,
];

fn it_can_be_read_before_it_was_ever_written(server: &testkit::TestServer) {
    let entity = server.caller().read("");
    assert_eq!(entity["@odata.type"], "#microsoft.graph.deviceManagement");
    assert_eq!(entity["subscriptionState"], "pending");
    assert_eq!(entity["accountMoveCompletionDateTime"], "0001-01-01T00:00:00Z");
}

fn a_change_stays_in_its_tenant(server: &testkit::TestServer) {
    let caller = server.caller();
    let changed =
        caller.change("", &json!({"subscriptionState": "active", "subscriptions": "intune,office365"}));
    assert_eq!(
        (&changed["subscriptionState"], &changed["subscriptions"]),
        (&json!("active"), &json!("intune,office365"))
    );
    assert_eq!(caller.read("")["subscriptionState"], "active");
    assert_eq!(caller.elsewhere().read("")["subscriptionState"], "pending");
}

fn it_is_neither_created_nor_deleted(server: &testkit::TestServer) {
    let caller = server.caller();
    for method in ["POST", "DELETE", "PUT"] {
        let answer = caller.request(method, "").json(&json!({})).send().refused(405, &[]);
        let allow = answer.header("Allow").unwrap_or_default().to_owned();
        assert!(
            allow.contains("GET") && allow.contains("PATCH") && !allow.contains("DELETE"),
            "{method}: {allow}"
        );
    }
}
