//! What the callers of a tenant may do, by the configuration.

use serde_json::{Value, json};
use testkit::TestDatabase;

use super::{CONTOSO, FABRIKAM, code, config, configured, of};
use crate::at_rest::tenant_rows;
use crate::samples::id;

const PASSWORDS: &str = "hardwarePasswordInfo";

#[test]
fn a_read_only_tenant_can_be_read_and_not_changed() {
    for database in TestDatabase::ALL {
        let mut server = configured(database, "");
        let caller = of(&server, CONTOSO);
        let kept = caller.create(PASSWORDS, &json!({"serialNumber": "A1", "currentPassword": "secret"}));
        let path = format!("{PASSWORDS}/{}", id(&kept));
        let device = caller.create("windowsAutopilotDeviceIdentities", &json!({"serialNumber": "A1"}));
        let device = format!("windowsAutopilotDeviceIdentities/{}", id(&device));
        server.reconfigure(&config("state = \"readOnly\""));
        let caller = of(&server, CONTOSO);
        assert_eq!(
            caller.read(&path)["currentPassword"],
            "secret",
            "a look at a secret is recorded, and a read"
        );
        assert_eq!(caller.list(PASSWORDS).len(), 1);
        let group = json!({"groupIds": ["0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e"]});
        let directory = caller.read("/beta/devices")["value"][0]["id"].as_str().map(str::to_owned);
        let object = directory.expect("a registered device has a directory object");
        caller.post(&format!("/beta/devices/{object}/checkMemberGroups")).json(&group).send().is(200);
        let before = tenant_rows(&server, CONTOSO);
        let writes = [
            ("POST", PASSWORDS.to_owned(), json!({"serialNumber": "A2"})),
            ("PATCH", path.clone(), json!({"serialNumber": "A2"})),
            ("DELETE", path.clone(), json!({})),
            ("PUT", format!("{path}/serialNumber"), json!({"value": "A2"})),
            ("POST", format!("{device}/updateDeviceProperties"), json!({"groupTag": "x"})),
            ("POST", "importedWindowsAutopilotDeviceIdentities/import".to_owned(), json!({})),
            ("POST", "windowsAutopilotSettings/sync".to_owned(), json!({})),
            ("PATCH", "/beta/groups/0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e".to_owned(), json!({})),
        ];
        for (verb, path, body) in writes {
            let answer = caller.request(verb, &path).json(&body).send();
            assert_eq!(code(&answer.refused(403, &["read-only"])), "TenantReadOnly", "{verb} {path}");
        }
        let batch = json!({"requests": [
            {"id": "1", "method": "GET", "url": format!("/deviceManagement/{path}?$select=serialNumber")},
            {"id": "2", "method": "DELETE", "url": format!("/deviceManagement/{path}")},
        ]});
        let answer = caller.post("/beta/$batch").json(&batch).send().is(200).json();
        let statuses: Vec<&Value> =
            answer["responses"].as_array().unwrap().iter().map(|part| &part["status"]).collect();
        assert_eq!(statuses, [&json!(200), &json!(403)], "{answer}");
        let line = b"{\"verb\":\"tag\",\"serialNumber\":\"A1\",\"groupTag\":\"x\"}\n";
        let bulk = caller.post("/_/bulk").bytes("application/x-ndjson", line).send().is(200).json();
        assert_eq!(bulk["status"], 403, "{bulk}");
        assert_eq!(tenant_rows(&server, CONTOSO), before, "a refused write changes no row and makes no job");
        of(&server, FABRIKAM).create(PASSWORDS, &json!({"serialNumber": "A3"}));
    }
}

#[test]
fn a_closed_tenant_is_refused_whatever_it_asks() {
    for database in TestDatabase::ALL {
        let server = configured(database, "state = \"closed\"");
        let caller = of(&server, CONTOSO);
        for path in ["", PASSWORDS, "/beta/$metadata", "/v1.0/devices", "/_/backlog", "nowhere"] {
            assert_eq!(code(&caller.get(path).send().refused(403, &["closed"])), "TenantClosed", "{path}");
        }
        let created = caller.post(PASSWORDS).json(&json!({"serialNumber": "A1"})).send();
        assert_eq!(code(&created.refused(403, &["closed"])), "TenantClosed");
        caller.nobody().get(PASSWORDS).send().refused(401, &[]);
        of(&server, FABRIKAM).list(PASSWORDS);
    }
}

#[test]
fn where_tenants_are_named_no_other_is_served() {
    for database in TestDatabase::ALL {
        let server = configured(database, "");
        let stranger = server.caller();
        let tenant = stranger.tenant_id().to_string();
        let words = [&*tenant, "not one of those that this server is for"];
        assert_eq!(code(&stranger.get(PASSWORDS).send().refused(403, &words)), "TenantUnknown");
        let created = stranger.post(PASSWORDS).json(&json!({"serialNumber": "A1"})).send();
        assert_eq!(code(&created.refused(403, &words)), "TenantUnknown");
        assert!(tenant_rows(&server, stranger.tenant_id()).is_empty());
        of(&server, CONTOSO).list(PASSWORDS);
    }
}

#[test]
fn jobs_that_were_accepted_are_done_in_a_tenant_that_is_read_only() {
    for database in TestDatabase::ALL {
        let delayed = |of_first: &str| format!("{}[autopilot]\ndelays = \"realistic\"\n", config(of_first));
        let mut server = configured(database, "");
        server.reconfigure(&delayed(""));
        let body = json!({"hardwareIdentifier": "QQ==", "serialNumber": "A1"});
        let path = "importedWindowsAutopilotDeviceIdentities";
        let record = format!("{path}/{}", id(&of(&server, CONTOSO).create(path, &body)));
        server.reconfigure(&delayed("state = \"readOnly\""));
        let caller = of(&server, CONTOSO);
        of(&server, FABRIKAM).act("/_/clock", &json!({"advance": "PT10M"})).is(200);
        assert_eq!(caller.read(&record)["state"]["deviceImportStatus"], "complete");
        caller.delete(&record).send().refused(403, &["read-only"]);
    }
}
