//! For whom a device is: the actions that assign a user or a resource account, and take them back

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset};

use crate::samples::{device, id};

const PATH: &str = "windowsAutopilotDeviceIdentities";

both![
    a_user_may_come_without_a_name,
    each_unassignment_takes_back_its_own,
    a_user_takes_the_place_of_an_account,
    a_name_needs_its_user,
];

#[track_caller]
fn new_device(caller: &TestCaller<'_>) -> String {
    format!("{PATH}/{}", id(&caller.create(PATH, &device("1"))))
}

#[track_caller]
fn act(caller: &TestCaller<'_>, path: &str, action: &str, body: &Value) {
    caller.act(&format!("{path}/{action}"), body).is(204);
}

fn a_user_may_come_without_a_name(server: &TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    let names = || caller.read(&path)["addressableUserName"].clone();
    for (user, name, expected) in [
        ("ada@b.example", None, "ada"),
        ("ada@b.example", Some("Ada"), "Ada"),
        ("ADA@b.example", None, "Ada"),
        ("eve@b.example", None, "eve"),
        ("room", None, "room"),
    ] {
        let mut body = json!({"userPrincipalName": user});
        body.as_object_mut()
            .expect("an object")
            .extend(name.map(|n| ("addressableUserName".into(), json!(n))));
        act(&caller, &path, "assignUserToDevice", &body);
        assert_eq!(names(), expected, "{body}");
    }
    for name in [json!(""), json!(" "), Value::Null] {
        let body = json!({"userPrincipalName": "a@b.example", "addressableUserName": name});
        let refused = caller.act(&format!("{path}/assignUserToDevice"), &body);
        refused.refused(400, &["addressableUserName", "must not be empty"]);
    }
    assert_eq!(names(), "room");
}

fn each_unassignment_takes_back_its_own(server: &TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    let account = json!({"userPrincipalName": "hub@b.example", "addressableUserName": "Hub", "resourceAccountName": "hub"});
    let sign_in = json!({"deviceAccountUpn": "hub@b.example", "deviceAccountPassword": "secret"});
    let user = json!({"userPrincipalName": "a@b.example", "addressableUserName": "Ada"});
    let nobody = json!({"userPrincipalName": null, "addressableUserName": null, "resourceName": null});
    let no_sign_in = json!({"deviceAccountUpn": null, "deviceAccountPassword": null});

    act(&caller, &path, "assignResourceAccountToDevice", &account);
    act(&caller, &path, "updateDeviceProperties", &sign_in);
    act(&caller, &path, "unassignResourceAccountFromDevice", &json!({}));
    assert_subset(&caller.read(&path), &nobody);
    assert_subset(&caller.read(&path), &no_sign_in);

    act(&caller, &path, "assignUserToDevice", &user);
    act(&caller, &path, "updateDeviceProperties", &sign_in);
    act(&caller, &path, "unassignResourceAccountFromDevice", &json!({}));
    assert_subset(&caller.read(&path), &user);
    assert_subset(&caller.read(&path), &no_sign_in);

    act(&caller, &path, "assignResourceAccountToDevice", &account);
    act(&caller, &path, "updateDeviceProperties", &sign_in);
    act(&caller, &path, "unassignUserFromDevice", &json!({}));
    assert_subset(&caller.read(&path), &nobody);
    assert_subset(&caller.read(&path), &sign_in);
}

fn a_user_takes_the_place_of_an_account(server: &TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    let account = json!({"userPrincipalName": "hub@b.example", "addressableUserName": "Hub", "resourceAccountName": "hub"});
    let user = json!({"userPrincipalName": "a@b.example", "addressableUserName": "Ada"});
    act(&caller, &path, "assignResourceAccountToDevice", &account);
    act(&caller, &path, "assignUserToDevice", &user);
    act(&caller, &path, "unassignResourceAccountFromDevice", &json!({}));
    assert_subset(&caller.read(&path), &user);
    assert_eq!(caller.read(&path)["resourceName"], Value::Null);
}

fn a_name_needs_its_user(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{}/updateDeviceProperties", new_device(&caller));
    for body in [
        json!({"addressableUserName": "Ada"}),
        json!({"addressableUserName": "Ada", "groupTag": "T", "userPrincipalName": null}),
    ] {
        let answer = caller.act(&path, &body).refused(400, &["addressableUserName", "userPrincipalName"]);
        assert_eq!(answer.json()["error"]["target"], "userPrincipalName");
    }
    for body in [
        json!({"addressableUserName": "Ada", "userPrincipalName": "a@b.example"}),
        json!({"userPrincipalName": "b@b.example"}),
        json!({"addressableUserName": null}),
    ] {
        caller.act(&path, &body).is(204);
    }
}
