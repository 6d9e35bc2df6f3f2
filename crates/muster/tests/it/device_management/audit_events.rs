//! `auditEvents`: the records of the audit as Graph shows them, to be read and nothing else

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{TestCaller, assert_subset};

use crate::at_rest::records;
use crate::samples::id;

const EVENTS: &str = "auditEvents";
const PASSWORDS: &str = "hardwarePasswordDetails";

both![
    an_event_says_what_its_record_says,
    events_are_found_by_what_they_say,
    events_come_in_any_order_page_by_page,
    nobody_changes_an_event,
    events_take_their_own_permission,
    the_words_of_the_audit,
    the_chain_is_followed_in_parts,
];

/// A caller with a record of passwords that was looked at so many times, each for a reason of its own.
fn looked(server: &testkit::TestServer, times: usize) -> (TestCaller<'_>, String) {
    let caller = server.caller();
    let key =
        id(&caller.create(PASSWORDS, &json!({"serialNumber": "A", "currentPassword": "not-on-record"})));
    for at in 0..times {
        let path = format!("{PASSWORDS}/{key}");
        let look = caller.get(&path).header("Muster-Reason", &format!("look {at}"));
        look.header("Muster-Ticket", "INC-1").send().is(200);
    }
    (caller, key)
}

fn an_event_says_what_its_record_says(server: &testkit::TestServer) {
    let (caller, key) = looked(server, 1);
    let record = records(server, caller.tenant_id()).pop().expect("a record");
    let event = caller.list(EVENTS).pop().expect("an event");
    let expected = json!({
        "displayName": "Reveal Passwords",
        "activity": "Passwords were shown.",
        "activityType": "Reveal Passwords",
        "activityOperationType": "Get",
        "activityResult": "Success",
        "activityDateTime": record["time"],
        "category": "DeviceConfiguration",
        "componentName": PASSWORDS,
        "correlationId": record["requestId"],
        "musterReason": "look 0",
        "musterTicket": "INC-1",
        "actor": {
            "type": "ItPro",
            "auditActorType": "ItPro",
            "applicationId": record["application"],
            "applicationDisplayName": record["applicationName"],
            "userId": record["actor"],
            "userPrincipalName": record["actorName"],
            "servicePrincipalName": null,
            "ipAddress": "127.0.0.1",
            "userPermissions": [],
            "remoteTenantId": null,
            "remoteUserId": null,
            "userRoleScopeTags": [],
        },
        "resources": [{
            "displayName": null,
            "type": PASSWORDS,
            "auditResourceType": PASSWORDS,
            "resourceId": key,
            "modifiedProperties": [],
        }],
    });
    assert_subset(&event, &expected);
    assert!(!event.to_string().contains("not-on-record"));
    // An application is told from a person.
    caller.app().get(PASSWORDS).send().is(200);
    let by_app = caller.list(EVENTS).pop().expect("an event");
    assert_eq!(by_app["actor"]["auditActorType"], "Application");
    // The id stays, and leads to the event and to no other.
    let path = format!("{EVENTS}/{}", id(&event));
    assert_subset(&caller.read(&path), &event);
    assert_eq!(caller.read(&format!("{path}/actor"))["userId"], record["actor"]);
    let text = caller.get(&format!("{path}/musterReason/$value")).send().is(200).text();
    assert_eq!(text, "look 0");
    caller.elsewhere().get(&path).send().refused(404, &[]);
    let mut other = id(&event);
    let last = if other.ends_with('0') { "1" } else { "0" };
    other.replace_range(other.len() - 1.., last);
    for missing in [other.as_str(), "none", "00000000-0000-0000-0000-000000000000"] {
        caller.get(&format!("{EVENTS}/{missing}")).send().refused(404, &[]);
    }
    assert_eq!(caller.elsewhere().list(EVENTS), Vec::<Value>::new());
    // To read the audit is no look at a secret, and leaves no record.
    assert_eq!(records(server, caller.tenant_id()).len(), 2);
}

fn events_are_found_by_what_they_say(server: &testkit::TestServer) {
    let (caller, key) = looked(server, 2);
    let other = id(&caller.create(PASSWORDS, &json!({"serialNumber": "B", "currentPassword": "b"})));
    caller.act(&format!("{PASSWORDS}/{other}/muster.canary"), &json!({"enabled": true})).is(204);
    caller.read(&format!("{PASSWORDS}/{other}"));
    caller.remove(&format!("{PASSWORDS}/{key}"));
    let events = caller.list(EVENTS);
    let user = &events[0]["actor"]["userPrincipalName"].as_str().expect("a name");
    let application = &events[0]["actor"]["applicationId"].as_str().expect("an id");
    let request = &events[0]["correlationId"].as_str().expect("an id");
    let last = events.last().expect("an event")["activityDateTime"].as_str().expect("a time");
    let all = events.len();
    assert_eq!(all, 6, "two looks, a mark, a look and its alarm, a deletion: {events:?}");
    let cases: [(&str, String, usize); 15] = [
        ("since a time", format!("activityDateTime ge {last}"), 1),
        ("before any", "activityDateTime lt 2020-01-01T00:00:00Z".into(), 0),
        ("by a user", format!("actor/userPrincipalName eq '{user}'"), all),
        ("by nobody", "actor/userPrincipalName eq 'nobody'".into(), 0),
        ("by an application", format!("actor/applicationId eq '{application}'"), all),
        ("of a category", "category eq 'DeviceConfiguration'".into(), all),
        ("of another", "category eq 'Device'".into(), 0),
        ("of a type", "activityType eq 'Reveal Passwords'".into(), 3),
        ("alarms", "activityType eq 'Look At Canary'".into(), 1),
        ("of an operation", "activityOperationType eq 'Delete'".into(), 1),
        ("about a record", format!("resources/any(r:r/resourceId eq '{key}')"), 3),
        ("of a request", format!("correlationId eq {request}"), 1),
        ("for a reason", "musterReason eq 'look 1'".into(), 1),
        ("by a word", "contains(activity,'canary') or startswith(displayName,'Mark')".into(), 2),
        (
            "and by more",
            format!(
                "activityType eq 'Reveal Passwords' and actor/ipAddress eq '127.0.0.1' and resources/any(r:r/resourceId eq '{other}')"
            ),
            1,
        ),
    ];
    for (case, filter, expected) in cases {
        let answer =
            caller.get(EVENTS).query("$filter", &filter).query("$count", "true").send().is(200).json();
        let found = answer["value"].as_array().expect("a list");
        assert_eq!(found.len(), expected, "{case}: {filter}: {answer}");
        assert_eq!(answer["@odata.count"], expected, "{case}: {filter}");
    }
    assert_eq!(caller.get(&format!("{EVENTS}/$count")).send().is(200).text(), all.to_string());
    caller.get(EVENTS).query("$filter", "nothing eq 1").send().refused(400, &["nothing"]);
    let selected = caller.get(EVENTS).query("$select", "id,activityType").send().is(200).json();
    let first = &selected["value"][0];
    assert!(first["activityType"].is_string() && first.get("displayName").is_none(), "{selected}");
}

fn events_come_in_any_order_page_by_page(server: &testkit::TestServer) {
    let (caller, _) = looked(server, 7);
    let reasons = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["musterReason"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let ascending: Vec<String> = (0..7).map(|at| format!("look {at}")).collect();
    let mut descending = ascending.clone();
    descending.reverse();
    for (query, expected) in [
        ("$top=3", &ascending),
        ("$top=3&$orderby=activityDateTime", &ascending),
        ("$top=3&$orderby=activityDateTime desc", &descending),
        ("$top=2&$orderby=category,id desc", &descending),
        ("$top=3&$orderby=musterReason desc&$filter=startswith(musterReason,'look')", &descending),
    ] {
        let pages = caller.pages(&format!("{EVENTS}?{}", query.replace(' ', "%20")));
        assert!(pages.len() >= 3, "{query}: {} pages", pages.len());
        assert_eq!(&reasons(&pages.concat()), expected, "{query}");
        let ids: BTreeSet<String> = pages.concat().iter().map(id).collect();
        assert_eq!(ids.len(), 7, "{query}: no event comes twice");
    }
    let skipped = caller.get(EVENTS).query("$skip", "5").send().is(200).json();
    assert_eq!(reasons(skipped["value"].as_array().expect("a list")), ascending[5..]);
    let skipped =
        caller.get(EVENTS).query("$skip", "5").query("$orderby", "musterReason desc").send().is(200).json();
    assert_eq!(reasons(skipped["value"].as_array().expect("a list")), descending[5..]);
}

fn nobody_changes_an_event(server: &testkit::TestServer) {
    let (caller, _) = looked(server, 1);
    let path = format!("{EVENTS}/{}", id(&caller.list(EVENTS)[0]));
    caller.act(EVENTS, &json!({"displayName": "x"})).refused(405, &[]);
    caller.patch(&path).json(&json!({"displayName": "x"})).send().refused(405, &[]);
    caller.patch(&format!("{path}/displayName")).json(&json!({"value": "x"})).send().refused(405, &[]);
    caller.delete(&path).send().refused(405, &[]);
    assert_eq!(caller.list(EVENTS).len(), 1);
}

fn events_take_their_own_permission(server: &testkit::TestServer) {
    let (caller, _) = looked(server, 1);
    let paths = [EVENTS.to_owned(), format!("{EVENTS}/{}", id(&caller.list(EVENTS)[0]))];
    let functions = ["getAuditCategories()", "getAuditActivityTypes(category='DeviceConfiguration')"];
    let functions = functions.map(|function| format!("{EVENTS}/{function}"));
    for path in paths.iter().chain(&functions) {
        for (permission, expected) in [
            ("DeviceManagementApps.Read.All", 200),
            ("DeviceManagementApps.ReadWrite.All", 200),
            ("DeviceManagementConfiguration.ReadWrite.All", 403),
            ("DeviceManagementManagedDevices.PrivilegedOperations.All", 403),
        ] {
            let reader = caller.permission(permission);
            for version in [reader.get(path), reader.v1().get(path)] {
                assert_eq!(version.send().status, expected, "{permission} {path}");
            }
        }
    }
    // Whoever reads the audit need not be one who can read passwords.
    let reader = caller.permission("DeviceManagementApps.Read.All");
    reader.get(PASSWORDS).send().refused(403, &[]);
    // What Graph has only in its beta, and what is our own, is in beta alone.
    let event = caller.v1().list(EVENTS).pop().expect("an event");
    assert!(event.get("musterReason").is_none() && event["actor"].get("remoteUserId").is_none(), "{event}");
    assert_eq!(event["actor"]["auditActorType"], "ItPro");
}

fn the_words_of_the_audit(server: &testkit::TestServer) {
    let caller = server.caller();
    let value = |path: &str| caller.read(&format!("{EVENTS}/{path}"))["value"].clone();
    assert_eq!(value("getAuditCategories"), json!(["DeviceConfiguration"]));
    let types = value("getAuditActivityTypes(category='DeviceConfiguration')");
    assert!(types.as_array().is_some_and(|types| types.contains(&json!("Reveal Passwords"))), "{types}");
    assert_eq!(value("getAuditActivityTypes(category='Device')"), json!([]));
}

fn the_chain_is_followed_in_parts(server: &testkit::TestServer) {
    let verify = format!("{EVENTS}/muster.verify()");
    let nothing = server.caller().read(&verify);
    assert_subset(&nothing, &json!({"records": 0, "isEnd": true, "fault": null, "lastCheckpoint": null}));
    let (caller, key) = looked(server, 3);
    let proof = caller.read(&verify);
    assert_subset(&proof, &json!({"records": 3, "isEnd": true, "fault": null}));
    let last = proof["last"].as_i64().expect("a number");
    for _ in 0..2 {
        caller.get(&format!("{PASSWORDS}/{key}")).send().is(200);
    }
    let rest = caller.read(&format!("{EVENTS}/muster.verify(after={last})"));
    assert_subset(&rest, &json!({"records": 2, "isEnd": true, "fault": null}));
    let whole = caller.read(&verify);
    assert_eq!((&whole["records"], &whole["last"]), (&json!(5), &rest["last"]));
    let gone = format!("{EVENTS}/muster.verify(after={})", rest["last"].as_i64().expect("a number") + 1);
    caller.get(&gone).send().refused(400, &["no record"]);
    let reader = caller.permission("DeviceManagementConfiguration.Read.All");
    reader.get(&verify).send().refused(403, &["DeviceManagementApps.Read.All"]);
}
