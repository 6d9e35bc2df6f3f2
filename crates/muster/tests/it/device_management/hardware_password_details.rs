//! `/deviceManagement/hardwarePasswordDetails`

use serde_json::json;
use testkit::assert_subset;

use crate::samples::id;

const PATH: &str = "hardwarePasswordDetails";

both![the_serial_number_may_be_absent, it_and_the_older_set_are_two_sets,];

fn the_serial_number_may_be_absent(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.create(PATH, &json!({"currentPassword": "secret one"}));
    let expected = json!({"serialNumber": null, "currentPassword": "secret one", "previousPasswords": []});
    assert_subset(&created, &expected);
    assert_subset(&caller.read(&format!("{PATH}/{}", id(&created))), &expected);
}

fn it_and_the_older_set_are_two_sets(server: &testkit::TestServer) {
    let caller = server.caller();
    let id = id(&caller.create(PATH, &json!({"serialNumber": "1"})));
    caller.get(&format!("hardwarePasswordInfo/{id}")).send().refused(404, &[]);
    assert!(caller.list("hardwarePasswordInfo").is_empty());
}
