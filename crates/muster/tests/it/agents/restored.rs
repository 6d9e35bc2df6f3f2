//! Devices of a database that was restored: what they sent before is old, and what they send next is taken

use check_in::{CHECK_IN_PATH, CheckInRequest, Machine};
use request_proof::PrivateKey;
use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use super::{Device, agent, inner_code};
use crate::MUSTER;
use crate::backup::{back_up, lose, place, restore};
use crate::samples::{configuration, id};

/// What a device keeps while there is no server.
struct Kept {
    key: PrivateKey,
    machine: Machine,
    key_id: Option<String>,
    sequence: u64,
}

impl Kept {
    fn of(device: Device<'_>) -> Kept {
        let sequence = device.sequence.get();
        Kept { key: device.key, machine: device.machine, key_id: device.key_id.into_inner(), sequence }
    }

    fn device<'s>(self, caller: &TestCaller<'s>) -> Device<'s> {
        let device = Device { key: self.key, ..Device::of(caller, self.machine) };
        *device.key_id.borrow_mut() = self.key_id;
        device.sequence.set(self.sequence);
        device
    }
}

#[test]
fn no_request_is_taken_twice_because_of_a_restore() {
    for database in TestDatabase::ALL {
        let mut server = TestServer::start(MUSTER, database, ServerOptions::default());
        let tenant = server.caller().tenant_id();
        let (device, path) = Device::enrolled(&server.caller().tenant(tenant));
        device.check_in(&device.report(&[("WakeOnLan", "Enabled")])).is(200);
        let to = place(&server, "backup");
        back_up(&server, &to);
        // Of the life that is lost: a request that is sent again later.
        let lost = device.report(&[("WakeOnLan", "Disabled")]);
        let body = serde_json::to_string(&lost).expect("a text");
        let proof = device.proof(&device.claims(CHECK_IN_PATH, &body));
        device.send_with(CHECK_IN_PATH, &body, &proof).is(200);
        let kept = Kept::of(device);
        server.kill();
        lose(&server);
        restore(&server, &to);
        server.start_again();
        let caller = server.caller().tenant(tenant);
        let device = kept.device(&caller);
        let (before, _) = agent(&caller, &path);
        let again = device.send_with(CHECK_IN_PATH, &body, &proof).refused(401, &[]);
        assert_eq!(inner_code(&again), "NonceStale", "{database:?}");
        assert_eq!(agent(&caller, &path).0, before, "{database:?}");
        // Its numbers go on where they were.
        device.check_in(&device.report(&[("WakeOnLan", "Disabled")])).is(200);
        assert_ne!(agent(&caller, &path).0, before, "{database:?}");
    }
}

/// Has a device tell that it applied what it is given; the answer to its next check-in.
fn applied(device: &Device<'_>, request: &mut CheckInRequest) -> Value {
    let told = device.check_in(request).is(200).json();
    request.applied = serde_json::from_value(told["deliver"]["configuration"].clone()).ok();
    assert!(request.applied.is_some(), "nothing is delivered: {told}");
    let run = json!({"attributesDigest": request.attributes.digest, "results": []});
    request.run = serde_json::from_value(run).ok();
    let told = device.check_in(request).is(200).json();
    request.run = None;
    told
}

#[test]
fn a_version_that_is_another_than_the_lost_one_is_delivered() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let caller = server.caller();
    let tenant = caller.tenant_id();
    let path = format!(
        "hardwareConfigurations/{}",
        id(&caller.create("hardwareConfigurations", &configuration("A")))
    );
    let target = json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"});
    let assignments = json!({"hardwareConfigurationAssignments": [{"target": target}]});
    caller.act(&format!("{path}/assign"), &assignments).is(200);
    let (device, _) = Device::enrolled(&caller);
    let mut request = device.report(&[("WakeOnLan", "Enabled")]);
    applied(&device, &mut request);
    let to = place(&server, "backup");
    back_up(&server, &to);
    let change = |content: &str| json!({"configurationFileContent": content});
    caller.change(&path, &change("W2NjdGtdDQpXYWtlT25MYW49RGlzYWJsZWQNCg=="));
    let told = applied(&device, &mut request);
    assert!(told.get("deliver").is_none(), "{told}");
    let kept = Kept::of(device);
    server.kill();
    lose(&server);
    restore(&server, &to);
    server.start_again();
    let caller = server.caller().tenant(tenant);
    // The second version once more, with something else in it.
    caller.change(&path, &change("W2NjdGtdDQpXYWtlT25MYW49TGFuT25seQ0K"));
    let device = kept.device(&caller);
    let told = device.check_in(&request).is(200).json();
    assert_eq!(told["deliver"]["configuration"]["version"], 2, "{told}");
}
