//! The directory as tools ask it: properties, alternate keys, memberships, and what both versions show

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset};

use crate::samples::{device, dynamic_group, id, settle, static_group};

const REGISTRATIONS: &str = "windowsAutopilotDeviceIdentities";
const ALREADY: &str =
    "One or more added object references already exist for the following modified properties: 'members'.";

both![
    properties_that_tools_select_are_there,
    both_versions_show_the_directory,
    a_device_id_stands_for_the_key,
    members_are_bound_in_the_body_of_a_group,
    bindings_are_all_or_none,
    a_device_is_a_member_once,
    memberships_lead_both_ways,
    derived_collections_are_expanded_and_stand_in_no_expression,
    a_changed_device_id_reaches_the_directory,
    names_are_searched_by_their_words,
    a_search_that_is_not_supported_is_refused,
];

/// The directory objects of new registrations with these serial numbers.
#[track_caller]
fn registered(caller: &TestCaller<'_>, serial_numbers: &[&str]) -> Vec<Value> {
    for serial_number in serial_numbers {
        caller.create(REGISTRATIONS, &device(serial_number));
    }
    settle(caller);
    let filter = |name: &&str| format!("displayName eq '{name}'");
    let found = |name: &&str| {
        caller.get("/beta/devices").query("$filter", &filter(name)).send().is(200).json()["value"][0].clone()
    };
    serial_numbers.iter().map(found).collect()
}

fn reference(id: &str) -> String {
    format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")
}

fn names(entities: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> =
        entities.iter().map(|entity| entity["displayName"].as_str().unwrap_or("null")).collect();
    names.sort_unstable();
    names
}

fn properties_that_tools_select_are_there(server: &TestServer) {
    let caller = server.caller();
    registered(&caller, &["A"]);
    caller.create("/beta/groups", &static_group("G"));
    let devices = "id,displayName,deviceId,accountEnabled,approximateLastSignInDateTime,createdDateTime,\
                   complianceExpirationDateTime,deviceOwnership,enrollmentType,isCompliant,isManaged,isManagementRestricted,\
                   managementType,manufacturer,model,onPremisesLastSyncDateTime,onPremisesSecurityIdentifier,\
                   onPremisesSyncEnabled,operatingSystem,operatingSystemVersion,physicalIds,profileType,\
                   registrationDateTime,systemLabels,trustType,deletedDateTime";
    let groups = "id,displayName,description,classification,createdDateTime,deletedDateTime,expirationDateTime,groupTypes,\
                  isAssignableToRole,isManagementRestricted,mail,mailEnabled,mailNickname,membershipRule,\
                  membershipRuleProcessingState,onPremisesDomainName,onPremisesLastSyncDateTime,onPremisesNetBiosName,\
                  onPremisesSamAccountName,onPremisesSecurityIdentifier,onPremisesSyncEnabled,preferredDataLocation,\
                  preferredLanguage,proxyAddresses,renewedDateTime,resourceBehaviorOptions,resourceProvisioningOptions,\
                  securityEnabled,securityIdentifier,theme,uniqueName,visibility";
    for version in ["beta", "v1.0"] {
        for (set, select) in [("devices", devices), ("groups", groups)] {
            let shown = &caller.list(&format!("/{version}/{set}?$select={select}"))[0];
            for name in select.split(',') {
                assert!(shown.get(name).is_some(), "{version}/{set}: {name} in {shown}");
            }
            assert!(shown["createdDateTime"].is_string(), "{shown}");
        }
    }
    let beta = "/beta/devices?$select=domainName,hostnames,kind,name,platform,status";
    assert_subset(&caller.list(beta)[0], &json!({"domainName": null, "hostnames": [], "status": null}));
    caller.get("/v1.0/devices?$select=hostnames").send().refused(400, &["hostnames"]);
    let made = caller
        .create("/beta/devices", &json!({"displayName": "B", "deviceId": "b", "createdDateTime": null}));
    assert!(made["createdDateTime"].is_string(), "{made}");
    assert_eq!(caller.get("/beta/devices?$filter=createdDateTime ge 2020-01-01T00:00:00Z").send().is(200).json()["value"].as_array().map(Vec::len), Some(2));
}

fn both_versions_show_the_directory(server: &TestServer) {
    let caller = server.caller();
    let group = id(&caller.v1().create("/v1.0/groups", &static_group("G")));
    let one = id(&registered(&caller, &["A"])[0]);
    caller
        .v1()
        .act(&format!("/v1.0/groups/{group}/members/$ref"), &json!({"@odata.id": reference(&one)}))
        .is(204);
    for path in [
        format!("/v1.0/groups/{group}"),
        format!("/v1.0/groups/{group}/members/{one}"),
        format!("/v1.0/devices/{one}"),
        "/v1.0/devices?$select=id,displayName&$top=5&$count=true".to_owned(),
        format!("/v1.0/groups/{group}/members/microsoft.graph.device?$select=id,deviceId"),
        format!("/v1.0/groups/{group}/transitiveMembers?$count=true"),
    ] {
        caller.v1().get(&path).header("ConsistencyLevel", "eventual").send().is(200);
    }
    let changed = caller.v1().change(&format!("/v1.0/groups/{group}"), &json!({"description": "d"}));
    assert_eq!(changed["description"], "d");
    caller.v1().remove(&format!("/v1.0/groups/{group}"));
}

fn a_device_id_stands_for_the_key(server: &TestServer) {
    let caller = server.caller();
    let found = registered(&caller, &["A", "B"]);
    let group = id(&caller.create("/beta/groups", &static_group("G")));
    caller
        .act(&format!("/beta/groups/{group}/members/$ref"), &json!({"@odata.id": reference(&id(&found[0]))}))
        .is(204);
    let device_id = found[0]["deviceId"].as_str().unwrap_or_default();
    for path in [
        format!("/beta/devices(deviceId='{device_id}')"),
        format!("/v1.0/devices(deviceId='{device_id}')?$select=id,displayName"),
        format!("/beta/devices(DeviceId={device_id})"),
        format!("/beta/groups/{group}/members(deviceId='{device_id}')"),
    ] {
        assert_eq!(caller.get(&path).send().is(200).json()["id"], found[0]["id"], "{path}");
    }
    let path = format!("/beta/devices(deviceId='{device_id}')");
    assert_eq!(names(&caller.list(&format!("{path}/memberOf"))), ["G"]);
    assert_eq!(caller.get(&format!("{path}/displayName/$value")).send().is(200).text(), "A");
    assert_eq!(
        caller.change(&path, &json!({"operatingSystemVersion": "10"}))["operatingSystemVersion"],
        "10"
    );
    let other = found[1]["deviceId"].as_str().unwrap_or_default();
    caller.get(&format!("/beta/groups/{group}/members(deviceId='{other}')")).send().refused(404, &[]);
    caller.get("/beta/devices(deviceId='nobody')").send().refused(404, &["nobody"]);
    caller.elsewhere().get(&path).send().refused(404, &[]);
    for (path, word) in [
        ("/beta/devices(displayName='A')", "displayName"),
        ("/beta/devices(deviceId='')", "is empty"),
        ("/beta/groups(deviceId='A')", "deviceId"),
    ] {
        caller.get(path).send().refused(400, &[word]);
    }
    caller.remove(&path);
    caller.get(&path).send().refused(404, &[]);
}

fn members_are_bound_in_the_body_of_a_group(server: &TestServer) {
    let caller = server.caller();
    let found = registered(&caller, &["A", "B", "C", "D"]);
    let reference = |at: usize| reference(&id(&found[at]));
    let mut body = static_group("G");
    body["members@odata.bind"] = json!([reference(0)]);
    let group = format!("/beta/groups/{}", id(&caller.create("/beta/groups", &body)));
    assert_eq!(names(&caller.list(&format!("{group}/members"))), ["A"]);
    caller.change(&group, &json!({"members@odata.bind": [reference(1), reference(2)]}));
    caller.change(&group, &json!({"description": "new", "members@odata.bind": [reference(3)]}));
    assert_eq!(caller.read(&group)["description"], "new");
    assert_eq!(names(&caller.list(&format!("{group}/members"))), ["A", "B", "C", "D"]);
    caller.change(&group, &json!({"members@odata.bind": []}));
    // The device of a new membership is assessed as of one that is added by reference.
    settle(&caller);
}

fn bindings_are_all_or_none(server: &TestServer) {
    let caller = server.caller();
    let found = registered(&caller, &["A", "B"]);
    let (one, other) = (reference(&id(&found[0])), reference(&id(&found[1])));
    let absent = reference("0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e");
    let mut body = static_group("G");
    body["members@odata.bind"] = json!([one]);
    let group = id(&caller.create("/beta/groups", &body));
    let path = format!("/beta/groups/{group}");
    let dynamic = id(&caller.create("/beta/groups", &dynamic_group("D", r#"device.displayName -eq "A""#)));
    for (path, bind, status, word) in [
        (&path, json!([other, one]), 400, ALREADY),
        (&path, json!([other, other]), 400, ALREADY),
        (
            &path,
            json!([other, absent]),
            404,
            "does not exist or one of its queried reference-property objects",
        ),
        (&path, json!(vec![&other; 21]), 400, "at most 20"),
        (&path, json!(other), 400, "must be an array"),
        (&path, json!([1]), 400, "must be URLs"),
        (&path, json!(["https://graph.microsoft.com/v1.0/groups/x"]), 400, "nothing but devices"),
        (&format!("/beta/groups/{dynamic}"), json!([other]), 400, "membershipRule"),
    ] {
        let body = json!({"description": "changed", "members@odata.bind": bind});
        caller.patch(path).json(&body).send().refused(status, &[word]);
        assert_eq!(caller.read(path)["description"], Value::Null, "{body}");
        let mut body = static_group("New");
        body["members@odata.bind"] = bind;
        if status == 404 {
            caller.act("/beta/groups", &body).refused(404, &[word]);
        }
    }
    assert_eq!(names(&caller.list(&format!("{path}/members"))), ["A"]);
    assert_eq!(caller.list("/beta/groups").len(), 2);
    let owners = json!({"owners@odata.bind": [one]});
    caller.patch(&path).json(&owners).send().refused(400, &["owners@odata.bind"]);
    // Who may write a group may write its members; who reads it may not.
    let reader = caller.permission("Group.Read.All");
    reader.patch(&path).json(&json!({"members@odata.bind": [other]})).send().refused(403, &[]);
}

fn a_device_is_a_member_once(server: &TestServer) {
    let caller = server.caller();
    let one = id(&registered(&caller, &["A"])[0]);
    let path = format!("/beta/groups/{}", id(&caller.create("/beta/groups", &static_group("G"))));
    let references = format!("{path}/members/$ref");
    let body = json!({"@odata.id": reference(&one)});
    caller.act(&references, &body).is(204);
    let answer = caller.act(&references, &body).refused(400, &[]);
    assert_eq!(answer.json()["error"]["message"], ALREADY);
    let absent = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";
    let words = format!(
        "Resource '{absent}' does not exist or one of its queried reference-property objects are not present."
    );
    caller.act(&references, &json!({"@odata.id": reference(absent)})).refused(404, &[&words]);
    caller.delete(&format!("{path}/members/{absent}/$ref")).send().refused(404, &[&words]);
    caller.delete(&format!("{path}/members/{one}/$ref")).send().is(204);
    caller
        .delete(&format!("{path}/members/{one}/$ref"))
        .send()
        .refused(404, &["does not exist or one of its"]);
    caller.act(&references, &body).is(204);
}

fn memberships_lead_both_ways(server: &TestServer) {
    let caller = server.caller();
    let found = registered(&caller, &["A", "B"]);
    let lobby = id(&caller.create("/beta/groups", &static_group("Lobby")));
    caller.create("/beta/groups", &static_group("Empty"));
    caller.create("/beta/groups", &dynamic_group("Rule", r#"device.displayName -eq "A""#));
    let paused =
        id(&caller.create("/beta/groups", &dynamic_group("Paused", r#"device.displayName -eq "A""#)));
    caller.change(&format!("/beta/groups/{paused}"), &json!({"membershipRuleProcessingState": "Paused"}));
    for object in &found {
        let body = json!({"@odata.id": reference(&id(object))});
        caller.act(&format!("/beta/groups/{lobby}/members/$ref"), &body).is(204);
    }
    for version in ["beta", "v1.0"] {
        for navigation in ["memberOf", "transitiveMemberOf"] {
            for (object, expected) in [(&found[0], &["Lobby", "Rule"][..]), (&found[1], &["Lobby"])] {
                let path = format!("/{version}/devices/{}/{navigation}", id(object));
                assert_eq!(names(&caller.list(&path)), expected, "{path}");
                assert_eq!(
                    names(&caller.list(&format!("{path}/microsoft.graph.group?$select=displayName"))),
                    expected
                );
                let count = caller.get(&format!("{path}/$count")).header("ConsistencyLevel", "eventual");
                assert_eq!(count.send().is(200).text(), expected.len().to_string());
                let filtered =
                    caller.get(&path).query("$filter", "displayName eq 'Lobby'").query("$count", "true");
                assert_eq!(filtered.send().is(200).json()["@odata.count"], 1);
                assert_eq!(caller.list(&format!("{path}/$ref")).len(), expected.len());
                assert_eq!(caller.read(&format!("{path}/{lobby}"))["displayName"], "Lobby");
                caller.get(&format!("{path}/{paused}")).send().refused(404, &[]);
            }
            let of_group = format!("/{version}/groups/{lobby}/{navigation}");
            assert!(caller.list(&of_group).is_empty());
        }
        let path = format!("/{version}/groups/{lobby}/transitiveMembers");
        assert_eq!(names(&caller.list(&format!("{path}?$select=displayName"))), ["A", "B"]);
        assert_eq!(names(&caller.list(&format!("{path}/microsoft.graph.device"))), ["A", "B"]);
        assert_eq!(caller.get(&format!("{path}/$count")).send().is(200).text(), "2");
    }
    caller.get("/beta/devices/x/memberOf").send().refused(404, &["'x'"]);
    caller.get("/beta/groups/x/transitiveMembers").send().refused(404, &["'x'"]);
    let body = json!({"@odata.id": reference(&lobby)});
    caller.act(&format!("/beta/devices/{}/memberOf/$ref", id(&found[0])), &body).refused(405, &[]);
}

fn derived_collections_are_expanded_and_stand_in_no_expression(server: &TestServer) {
    let caller = server.caller();
    let found = registered(&caller, &["A", "B"]);
    let mut body = static_group("Lobby");
    body["members@odata.bind"] = json!([reference(&id(&found[1]))]);
    caller.create("/beta/groups", &body);
    caller.create("/beta/groups", &dynamic_group("Rule", r#"device.displayName -ne "C""#));
    let groups = caller.list("/beta/groups?$expand=members($select=displayName)&$orderby=displayName");
    let members = |group: &Value| names(group["members"].as_array().map_or(&[], Vec::as_slice)).join(" ");
    assert_eq!(groups.iter().map(members).collect::<Vec<_>>(), ["B", "A B"]);
    let objects = caller.list("/beta/devices?$expand=memberOf($select=displayName)&$orderby=displayName");
    let groups = |object: &Value| names(object["memberOf"].as_array().map_or(&[], Vec::as_slice)).join(" ");
    assert_eq!(objects.iter().map(groups).collect::<Vec<_>>(), ["Rule", "Lobby Rule"]);
    for query in [
        "$filter=members/any()",
        "$filter=members/any(m:m/displayName eq 'A')",
        "$filter=transitiveMembers/$count gt 0",
        "$orderby=members/$count",
    ] {
        caller.get(&format!("/beta/groups?{}", query.replace(' ', "%20"))).send().refused(501, &["embers"]);
    }
}

fn a_changed_device_id_reaches_the_directory(server: &TestServer) {
    let caller = server.caller();
    let registration = caller.create(REGISTRATIONS, &device("A"));
    let path = format!("{REGISTRATIONS}/{}", id(&registration));
    for (name, other) in [
        ("azureActiveDirectoryDeviceId", "azureAdDeviceId"),
        ("azureAdDeviceId", "azureActiveDirectoryDeviceId"),
    ] {
        let mut whole = caller.read(&path);
        whole[name] = json!(name);
        assert_eq!(caller.change(&path, &whole)[other], name);
        settle(&caller);
        let object = caller.read(&format!("/beta/devices(deviceId='{name}')"));
        assert_eq!(object["displayName"], "A");
    }
    let contradiction = json!({"azureActiveDirectoryDeviceId": "a", "azureAdDeviceId": "b"});
    let words = ["azureActiveDirectoryDeviceId", "azureAdDeviceId"];
    caller.patch(&path).json(&contradiction).send().refused(400, &words);
}

/// The names of what a search of a set finds.
#[track_caller]
fn searched(caller: &TestCaller<'_>, path: &str, search: &str) -> Vec<String> {
    let request = caller.get(path).query("$search", search).header("ConsistencyLevel", "eventual");
    let found = request.send().is(200).json();
    names(found["value"].as_array().map_or(&[], Vec::as_slice)).into_iter().map(str::to_owned).collect()
}

fn names_are_searched_by_their_words(server: &TestServer) {
    let caller = server.caller();
    for (name, description) in [
        ("Kiosk Berlin", Some("Screens at the door")),
        ("LobbyKiosk", None),
        ("autopilot-kiosk_07", Some("One-Video wall")),
        ("Lobbykiosk", Some("kiosk")),
        ("100%_sure\\", None),
    ] {
        let mut group = static_group(name);
        group["description"] = json!(description);
        caller.create("/beta/groups", &group);
    }
    let three = ["Kiosk Berlin", "LobbyKiosk", "autopilot-kiosk_07"];
    for (search, expected) in [
        ("\"displayName:Kiosk\"", &three[..]),
        ("\"displayName:kio\"", &three),
        ("\"DisplayName: KIOSK\"", &three),
        ("displayName:kiosk", &three),
        ("\"displayName:iosk\"", &[]),
        ("\"displayName:kiosk berl\"", &["Kiosk Berlin"]),
        ("\"displayName:berlin kiosk\"", &["Kiosk Berlin"]),
        ("\"displayName:autopilot-kiosk\"", &["autopilot-kiosk_07"]),
        ("\"displayName:07\"", &["autopilot-kiosk_07"]),
        ("\"displayName:sure\"", &["100%_sure\\"]),
        ("\"displayName:100\"", &["100%_sure\\"]),
        ("\"description:kiosk\"", &["Lobbykiosk"]),
        ("\"description:one-video\"", &["autopilot-kiosk_07"]),
        ("\"displayName:lobby\" AND \"description:kiosk\"", &["Lobbykiosk"]),
        ("\"displayName:lobby\" OR \"description:door\"", &["Kiosk Berlin", "LobbyKiosk", "Lobbykiosk"]),
        (
            "(\"displayName:lobby\" OR \"displayName:07\") AND \"displayName:kiosk\"",
            &["LobbyKiosk", "autopilot-kiosk_07"],
        ),
    ] {
        for version in ["beta", "v1.0"] {
            assert_eq!(searched(&caller, &format!("/{version}/groups"), search), expected, "{search}");
        }
        let count =
            caller.get("/beta/groups/$count").query("$search", search).header("ConsistencyLevel", "eventual");
        assert_eq!(count.send().is(200).text(), expected.len().to_string(), "{search}");
    }
    let filtered = "/beta/groups?$filter=description%20eq%20null&$select=displayName&$count=true";
    assert_eq!(searched(&caller, filtered, "\"displayName:kiosk\""), ["LobbyKiosk"]);
    // A further page needs no header: some tools follow the link alone.
    let request = caller.get("/beta/groups?$top=2").query("$search", "\"displayName:kiosk\"");
    let page = request.header("ConsistencyLevel", "Eventual").send().is(200).json();
    let next = page["@odata.nextLink"].as_str().unwrap_or_default();
    assert_eq!(caller.read(next)["value"].as_array().map(Vec::len), Some(1));
    registered(&caller, &["PC-0042", "PC-0043"]);
    assert_eq!(searched(&caller, "/beta/devices", "\"displayName:0042\""), ["PC-0042"]);
    let rule = id(&caller.create("/beta/groups", &dynamic_group("All", r#"device.displayName -ne "x""#)));
    let members = format!("/beta/groups/{rule}/members");
    assert_eq!(searched(&caller, &members, "\"displayName:pc\""), ["PC-0042", "PC-0043"]);
}

fn a_search_that_is_not_supported_is_refused(server: &TestServer) {
    let caller = server.caller();
    caller.create("/beta/groups", &static_group("Kiosk"));
    for (path, search, words) in [
        ("/beta/groups", "Kiosk", &["property:text", "'kiosk'"][..]),
        ("/beta/groups", "\"Kiosk\"", &["property:text"]),
        ("/beta/groups", "\"mail:Kiosk\"", &["'mail'", "'description' and 'displayName'"]),
        ("/beta/groups", "\"displayNam:Kiosk\"", &["did you mean 'displayName'"]),
        ("/beta/groups", "NOT \"displayName:Kiosk\"", &["NOT"]),
        ("/beta/groups", "\"displayName:\"", &["no words"]),
        ("/beta/groups", "\"displayName:-\"", &["no words"]),
        ("/beta/groups", "\"displayName:Kiosk\" AND", &["$search"]),
        ("/beta/devices", "\"description:Kiosk\"", &["'description'", "'displayName'"]),
        ("/v1.0/devices", "PC", &["property:text"]),
    ] {
        let request = caller.get(path).query("$search", search).header("ConsistencyLevel", "eventual");
        request.send().refused(400, words);
    }
    for words in ["a ".repeat(51), "x".repeat(600), "ab1".repeat(160)] {
        let search = format!("\"displayName:{words}\"");
        let request =
            caller.get("/beta/groups").query("$search", &search).header("ConsistencyLevel", "eventual");
        request.send().refused(400, &["$search"]);
    }
    for level in [None, Some("session")] {
        let mut request = caller.get("/beta/groups").query("$search", "\"displayName:Kiosk\"");
        if let Some(level) = level {
            request = request.header("ConsistencyLevel", level);
        }
        request.send().refused(400, &["ConsistencyLevel: eventual"]);
    }
}
