//! `/deviceManagement/autopilotEvents`, and what is contained in them

use serde_json::json;
use testkit::assert_subset;

use crate::samples::id;

const PATH: &str = "autopilotEvents";

both![durations_are_kept, details_are_contained_in_their_event,];

fn durations_are_kept(server: &testkit::TestServer) {
    let caller = server.caller();
    for (sent, answered) in [
        ("PT0S", "PT0S"),
        ("-PT2M42.9871346S", "-PT2M42.9871346S"),
        ("P1DT2H3M4.5S", "P1DT2H3M4.5S"),
        ("PT5M0S", "PT5M"),
    ] {
        let created = caller.create(PATH, &json!({"deploymentDuration": sent}));
        assert_eq!(created["deploymentDuration"], answered, "{sent}");
        assert_eq!(
            caller.read(&format!("{PATH}/{}", id(&created)))["deploymentDuration"],
            answered,
            "{sent}"
        );
    }
    for sent in ["5 minutes", "P1Y", "PT", "", "PT1.5"] {
        caller.act(PATH, &json!({"deploymentDuration": sent})).refused(400, &["deploymentDuration"]);
    }
}

fn details_are_contained_in_their_event(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &json!({"deviceSerialNumber": "1"}))));
    let body = json!({"displayName": "A", "policyType": "configurationPolicy", "complianceStatus": "notCompliant", "errorCode": -3});
    let created = caller.create(&format!("{path}/policyStatusDetails"), &body);
    assert_subset(&created, &body);
    let expanded = caller.read(&format!("{path}?$expand=policyStatusDetails"));
    assert_subset(&expanded["policyStatusDetails"], &json!([body]));
    caller.remove(&path);
    caller.get(&format!("{path}/policyStatusDetails/{}", id(&created))).send().refused(404, &[]);
}
