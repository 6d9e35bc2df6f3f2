//! `…/delta`, for each of the collections that have it

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{Dice, configuration, device, id, imported, settle};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTED: &str = "importedWindowsAutopilotDeviceIdentities";
const CONFIGURATIONS: &str = "hardwareConfigurations";

both![
    a_first_round_tells_everything_and_a_second_what_changed,
    the_function_goes_by_all_its_names,
    rounds_come_in_pages,
    latest_starts_now,
    select_and_filter_stay_with_the_token,
    an_entity_that_leaves_the_filter_is_removed,
    tokens_are_checked,
    what_does_not_apply,
    a_look_at_a_secret_is_no_change,
    replayed_rounds_are_the_collection,
    no_round_misses_what_others_write_meanwhile,
];

pooled![a_first_round_tells_everything_and_a_second_what_changed, rounds_come_in_pages];

/// All pages of a round, and the link to the next.
#[track_caller]
fn round(caller: &TestCaller<'_>, start: &str) -> (Vec<Value>, String) {
    let (mut items, mut url) = (Vec::new(), start.to_owned());
    for _ in 0..200 {
        let page = caller.read(&url);
        items.extend(page["value"].as_array().expect("a list").clone());
        match (&page["@odata.nextLink"], &page["@odata.deltaLink"]) {
            (Value::String(next), Value::Null) => url = next.clone(),
            (Value::Null, Value::String(link)) => return (items, link.clone()),
            _ => panic!("{url}: neither a next link nor a delta link: {page}"),
        }
    }
    panic!("{start}: no end")
}

fn removed(reason: &str, id: &str) -> Value {
    json!({"id": id, "@removed": {"reason": reason}})
}

fn a_first_round_tells_everything_and_a_second_what_changed(server: &testkit::TestServer) {
    let caller = server.caller();
    for (set, body, change) in [
        (DEVICES, device("A"), json!({"groupTag": "new"})),
        (IMPORTED, imported("A"), json!({})),
        (CONFIGURATIONS, configuration("A"), json!({"description": "new"})),
    ] {
        let [kept, gone] = [0, 1].map(|_| caller.create(set, &body));
        settle(&caller);
        let (told, link) = round(&caller, &format!("{set}/delta"));
        assert_eq!(told, caller.list(set));
        assert!(link.starts_with(&format!("{}/delta?$deltatoken=", caller.url(set))), "{link}");
        let (nothing, link) = round(&caller, &link);
        assert!(nothing.is_empty(), "{nothing:?}");
        let kept_path = format!("{set}/{}", id(&kept));
        if set != IMPORTED {
            caller.change(&kept_path, &change);
        }
        caller.remove(&format!("{set}/{}", id(&gone)));
        let new = caller.create(set, &body);
        let fleeting = caller.create(set, &body);
        caller.remove(&format!("{set}/{}", id(&fleeting)));
        settle(&caller);
        let (told, next) = round(&caller, &link);
        let mut expected = vec![caller.read(&format!("{set}/{}", id(&new)))];
        if set != IMPORTED {
            expected.insert(0, caller.read(&kept_path));
        }
        expected
            .iter_mut()
            .for_each(|entity| drop(entity.as_object_mut().map(|it| it.remove("@odata.context"))));
        expected.extend([removed("deleted", &id(&gone)), removed("deleted", &id(&fleeting))]);
        assert_eq!(told, expected, "{set}");
        // A round may be asked for again.
        assert_eq!(round(&caller, &link).0, expected);
        assert!(round(&caller, &next).0.is_empty());
    }
}

fn the_function_goes_by_all_its_names(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("A"));
    settle(&caller);
    for name in ["delta", "delta()", "microsoft.graph.delta()", "microsoft.graph.delta", "Delta"] {
        let page = caller.read(&format!("{DEVICES}/{name}"));
        assert_eq!(page["value"].as_array().map(Vec::len), Some(1));
        let context = page["@odata.context"].as_str().expect("a context");
        assert!(
            context.ends_with("/$metadata#deviceManagement/windowsAutopilotDeviceIdentities"),
            "{context}"
        );
        let link = page["@odata.deltaLink"].as_str().expect("a link");
        assert!(link.starts_with(&caller.url(&format!("{DEVICES}/{name}?"))), "{link}");
    }
    let v1 = caller.v1();
    assert_eq!(round(&v1, &format!("{DEVICES}/delta")).0, v1.list(DEVICES));
    caller.post(&format!("{DEVICES}/delta")).send().refused(405, &[]);
    for (set, permission) in [
        (DEVICES, "DeviceManagementServiceConfig.Read.All"),
        (IMPORTED, "DeviceManagementServiceConfig.Read.All"),
        (CONFIGURATIONS, "DeviceManagementConfiguration.Read.All"),
    ] {
        let path = format!("{set}/delta");
        caller.permission(permission).get(&path).send().is(200);
        caller.permission("DeviceManagementRBAC.Read.All").get(&path).send().refused(403, &[permission]);
    }
}

fn rounds_come_in_pages(server: &testkit::TestServer) {
    let caller = server.caller();
    let made: Vec<Value> = (0..5).map(|at| caller.create(DEVICES, &device(&at.to_string()))).collect();
    settle(&caller);
    let page = caller.read(&format!("{DEVICES}/delta?$top=2"));
    assert_eq!(page["value"].as_array().map(Vec::len), Some(2));
    let next = page["@odata.nextLink"].as_str().expect("a next link");
    assert!(next.contains("/delta?$skiptoken="), "{next}");
    // What goes and comes while the pages are read is told in the next round.
    caller.remove(&format!("{DEVICES}/{}", id(&made[0])));
    let (rest, link) = round(&caller, next);
    assert_eq!(rest.len(), 3);
    assert_eq!(round(&caller, &link).0, [removed("deleted", &id(&made[0]))]);
    for device in &made[1..] {
        caller.change(&format!("{DEVICES}/{}", id(device)), &json!({"groupTag": "x"}));
    }
    settle(&caller);
    let page = caller.read(&link);
    assert_eq!(page["value"].as_array().map(Vec::len), Some(2));
    let (mut told, _) = round(&caller, page["@odata.nextLink"].as_str().expect("a next link"));
    told.extend(page["value"].as_array().expect("a list").clone());
    assert_eq!(told.iter().filter(|item| item["groupTag"] == "x").count(), 4);
    assert_eq!(caller.read(&format!("{link}&$top=100"))["value"].as_array().map(Vec::len), Some(5));
    let answer =
        caller.get(&format!("{DEVICES}/delta")).header("Prefer", "odata.maxpagesize=3").send().is(200);
    assert_eq!(answer.json()["value"].as_array().map(Vec::len), Some(3));
    assert_eq!(answer.header("Preference-Applied"), Some("odata.maxpagesize=3"));
}

fn latest_starts_now(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("before"));
    settle(&caller);
    let (nothing, link) = round(&caller, &format!("{DEVICES}/delta?$deltatoken=latest&$select=serialNumber"));
    assert!(nothing.is_empty());
    let new = caller.create(DEVICES, &device("after"));
    let (told, _) = round(&caller, &link);
    assert_eq!(told.len(), 1);
    assert_eq!((id(&told[0]), &told[0]["serialNumber"]), (id(&new), &json!("after")));
    assert!(told[0].get("groupTag").is_none(), "{}", told[0]);
    // Nothing has ever been written for this tenant.
    let elsewhere = caller.elsewhere();
    let (nothing, link) = round(&elsewhere, &format!("{DEVICES}/delta?$deltatoken=latest"));
    assert!(nothing.is_empty() && round(&elsewhere, &link).0.is_empty());
}

fn select_and_filter_stay_with_the_token(server: &testkit::TestServer) {
    let caller = server.caller();
    for (serial, tag) in [("A1", "x"), ("A2", "x"), ("B", "y")] {
        caller.create(DEVICES, &json!({"serialNumber": serial, "groupTag": tag}));
    }
    settle(&caller);
    let start = format!("{DEVICES}/delta?$filter=groupTag eq 'x'&$select=serialNumber&$top=1");
    let (told, link) = round(&caller, &start);
    assert_eq!(told.len(), 2);
    assert!(!link.contains("$filter") && !link.contains("$select"), "{link}");
    assert!(told.iter().all(|item| item["id"].is_string() && item.get("groupTag").is_none()), "{told:?}");
    caller.create(DEVICES, &json!({"serialNumber": "A3", "groupTag": "x"}));
    let (told, _) = round(&caller, &link);
    assert_eq!(told[0]["serialNumber"], "A3");
    for option in ["$filter=groupTag eq 'y'", "$select=id"] {
        caller.get(&format!("{link}&{option}")).send().refused(400, &["$select and $filter"]);
    }
}

fn an_entity_that_leaves_the_filter_is_removed(server: &testkit::TestServer) {
    let caller = server.caller();
    let [leaving, ending] = ["A", "B"].map(|serial| id(&caller.create(DEVICES, &device(serial))));
    let coming = id(&caller.create(DEVICES, &json!({"serialNumber": "C", "groupTag": "other"})));
    settle(&caller);
    let (told, link) = round(&caller, &format!("{DEVICES}/delta?$filter=groupTag eq 'Berlin'"));
    assert_eq!(told.len(), 2);
    caller.change(&format!("{DEVICES}/{leaving}"), &json!({"groupTag": "other"}));
    caller.change(&format!("{DEVICES}/{coming}"), &json!({"groupTag": "Berlin"}));
    settle(&caller);
    caller.remove(&format!("{DEVICES}/{ending}"));
    let (told, _) = round(&caller, &link);
    assert_eq!(id(&told[0]), coming);
    assert_eq!(told[1..], [removed("changed", &leaving), removed("deleted", &ending)]);
}

fn tokens_are_checked(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("A"));
    let (_, link) = round(&caller, &format!("{DEVICES}/delta"));
    let (_, token) = link.split_once("$deltatoken=").expect("a token");
    let flipped = if token.starts_with('A') { "B" } else { "A" };
    let changed = format!("{flipped}{}", &token[1..]);
    for bad in
        ["", "x", "AAAA", "LATEST1", &changed, &token[1..], &token[..token.len() - 1], &"A".repeat(15_000)]
    {
        caller.get(&format!("{DEVICES}/delta?$deltatoken={bad}")).send().refused(400, &["token"]);
        caller.get(&format!("{DEVICES}/delta?$skiptoken={bad}")).send().refused(400, &["token"]);
    }
    let elsewhere = caller.elsewhere();
    elsewhere.create(DEVICES, &device("A"));
    elsewhere.get(&link).send().refused(400, &["token"]);
    caller.get(&format!("{IMPORTED}/delta?$deltatoken={token}")).send().refused(400, &["another collection"]);
    caller.get(&format!("{link}&$skiptoken={token}")).send().refused(400, &["one token"]);
    // Somebody else in the tenant may go on with it.
    caller.app().read(&link);
}

fn what_does_not_apply(server: &testkit::TestServer) {
    let caller = server.caller();
    for option in [
        "$orderby=serialNumber",
        "$search=x",
        "$filter=deploymentProfile/displayName eq 'x'",
        "$filter=lastContactedDateTime lt now()",
        "$skip=1",
        "$count=true",
        "$expand=deploymentProfile",
        "$filter=nothing eq 1",
    ] {
        caller.get(&format!("{DEVICES}/delta?{option}")).send().refused(400, &[]);
    }
    caller.get("windowsAutopilotSettings/delta").send().refused(404, &[]);
    caller.get(&format!("{DEVICES}/delta/$count")).send().refused(404, &[]);
    let profile = id(&caller.create("windowsAutopilotDeploymentProfiles", &crate::samples::profile("P")));
    let part = format!("windowsAutopilotDeploymentProfiles/{profile}/assignedDevices/delta");
    caller.get(&part).send().refused(501, &[]);
}

fn a_look_at_a_secret_is_no_change(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = device("A");
    body["deviceAccountPassword"] = json!("open sesame");
    caller.create(DEVICES, &body);
    settle(&caller);
    let (told, link) = round(&caller, &format!("{DEVICES}/delta"));
    assert_eq!(told[0]["deviceAccountPassword"], "open sesame");
    caller.list(DEVICES);
    assert!(round(&caller, &link).0.is_empty());
}

/// A mirror of the collection, kept by rounds alone.
type Mirror = BTreeMap<String, Value>;

fn replay(mirror: &mut Mirror, told: Vec<Value>) {
    for item in told {
        match item.get("@removed") {
            Some(_) => mirror.remove(&id(&item)),
            None => mirror.insert(id(&item), item),
        };
    }
}

fn current(caller: &TestCaller<'_>, query: &str) -> Mirror {
    caller.list(&format!("{DEVICES}?{query}")).into_iter().map(|item| (id(&item), item)).collect()
}

fn replayed_rounds_are_the_collection(server: &testkit::TestServer) {
    const FILTER: &str = "$filter=groupTag ne 'hidden'";
    for seed in 0..6 {
        let (caller, mut dice) = (server.caller(), Dice(seed));
        let mut ids: Vec<String> = Vec::new();
        let mut mirrors = [("", 3), (FILTER, 2)]
            .map(|(query, size)| (query, Mirror::new(), format!("{DEVICES}/delta?$top={size}&{query}")));
        for _ in 0..60 {
            let at = dice.below(ids.len().max(1));
            match (dice.below(10), ids.get(at).cloned()) {
                (0..=3, _) | (_, None) => ids.push(id(&caller.create(DEVICES, &device("S")))),
                (4..=5, Some(key)) => {
                    let tag = ["Berlin", "hidden", "Rome"][dice.below(3)];
                    caller.change(&format!("{DEVICES}/{key}"), &json!({"groupTag": tag}));
                }
                (6, Some(key)) => {
                    caller.remove(&format!("{DEVICES}/{key}"));
                    ids.remove(at);
                }
                (_, Some(_)) => {
                    // One page: the mirror may be anywhere within a round.
                    let (_, mirror, link) = &mut mirrors[dice.below(2)];
                    let page = caller.read(link);
                    replay(mirror, page["value"].as_array().cloned().unwrap_or_default());
                    let next = page["@odata.nextLink"].as_str().or(page["@odata.deltaLink"].as_str());
                    *link = next.expect("a link").to_owned();
                }
            }
        }
        settle(&caller);
        for (query, mut mirror, link) in mirrors {
            // The first round may still be under way; a second is then needed for what came meanwhile.
            for link in [&link, &round(&caller, &link).1] {
                replay(&mut mirror, round(&caller, link).0);
            }
            assert_eq!(mirror, current(&caller, query), "seed {seed}, {query}");
        }
    }
}

fn no_round_misses_what_others_write_meanwhile(server: &testkit::TestServer) {
    const WRITERS: usize = 4;
    const WRITES: usize = 25;
    let caller = server.caller();
    let (mut mirror, mut link) = (Mirror::new(), format!("{DEVICES}/delta?$top=7"));
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let caller = &caller;
                scope.spawn(move || {
                    for at in 0..WRITES {
                        let made = id(&caller.create(DEVICES, &device(&format!("{writer}-{at}"))));
                        match at % 3 {
                            0 => drop(caller.change(&format!("{DEVICES}/{made}"), &json!({"groupTag": "x"}))),
                            1 => caller.remove(&format!("{DEVICES}/{made}")),
                            _ => {}
                        }
                    }
                })
            })
            .collect();
        while !writers.iter().all(|writer| writer.is_finished()) {
            let (told, next) = round(&caller, &link);
            replay(&mut mirror, told);
            link = next;
        }
    });
    settle(&caller);
    for _ in 0..2 {
        let (told, next) = round(&caller, &link);
        replay(&mut mirror, told);
        link = next;
    }
    assert_eq!(mirror, current(&caller, ""));
}

#[test]
fn a_database_that_is_older_than_a_token_says_so() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let tenant = server.caller().tenant_id();
    // The database as it was once, put back without a restore.
    server.stop();
    let (file, older) = (server.data().join("muster.db"), server.data().join("older.db"));
    std::fs::copy(&file, &older).expect("a copy");
    server.start_again();
    let caller = server.caller().tenant(tenant);
    caller.create(DEVICES, &device("A"));
    let (_, link) = round(&caller, &format!("{DEVICES}/delta"));
    let (_, token) = link.split_once("?").expect("a token");
    let path = format!("{DEVICES}/delta?{token}");
    server.stop();
    for file in ["muster.db-wal", "muster.db-shm"] {
        let _ = std::fs::remove_file(server.data().join(file));
    }
    std::fs::copy(&older, &file).expect("a copy");
    server.start_again();
    let caller = server.caller().tenant(tenant);
    let answer = caller.get(&path).send().refused(410, &["start again"]);
    assert_eq!(answer.code(), "syncStateNotFound");
}
