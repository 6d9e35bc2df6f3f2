//! Foreign equals missing: whatever a caller asks about an entity of another tenant, it gets the answer that it gets about one
//! that never was, in status, headers and body, and nothing of the other tenant changes. The paths come from the model.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{HttpAnswer, ServerOptions, TestCaller, TestDatabase, TestServer, encoded};
use uuid::Uuid;

use crate::MUSTER;
use crate::at_rest::tenant_rows;
use crate::model::{self, Model, Set};
use crate::model_wide::{body, served};
use crate::samples::{device, id, profile, settle, static_group};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
/// A permission that no documented operation asks for.
const USELESS: &str = "DeviceManagementManagedDevices.PrivilegedOperations.All";
const VERBS: [&str; 6] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"];
/// Headers and members that are a request's own; the tag of what one creates is a number that the next does not get.
const OF_A_REQUEST: [&str; 6] =
    ["date", "request-id", "client-request-id", "server-timing", "etag", "@odata.etag"];

/// Two tenants of one server, both with entities of every kind.
struct Neighbours {
    server: TestServer,
}

impl Neighbours {
    fn on(database: TestDatabase) -> Neighbours {
        Neighbours { server: TestServer::start(MUSTER, database, ServerOptions::default()) }
    }

    /// Runs a test with a caller and its neighbour, whose rows must not change.
    fn meet(&self, test: impl FnOnce(&TestCaller<'_>, &Neighbour<'_>)) {
        let (caller, other) = (self.server.caller(), self.server.caller());
        let neighbour = Neighbour::new(other);
        let before = tenant_rows(&self.server, neighbour.caller.tenant_id());
        assert!(before.len() > 10, "the neighbour has entities in {} tables", before.len());
        test(&caller, &neighbour);
        settle(&caller);
        let after = tenant_rows(&self.server, neighbour.caller.tenant_id());
        for (table, rows) in &before {
            assert_eq!(after.get(table), Some(rows), "the neighbour's rows in {table}");
        }
        assert_eq!(before.len(), after.len());
    }
}

/// The tenant that is looked for.
struct Neighbour<'s> {
    caller: TestCaller<'s>,
    model: Model,
    /// The path of an entity of each set that is a collection, by the set's own path.
    entities: BTreeMap<String, String>,
    device_object: String,
    serial_number: String,
    group: String,
    delta_link: String,
}

impl<'s> Neighbour<'s> {
    fn new(caller: TestCaller<'s>) -> Neighbour<'s> {
        let model = model::of(&caller, "beta");
        let mut entities = BTreeMap::new();
        for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| set.is_collection) {
            let created = caller.create(&path, &body(&model, model.concrete(&set.of_type)[0], 0));
            entities.insert(set.path.clone(), format!("{path}/{}", id(&created)));
        }
        let group = caller.post("/beta/groups").json(&static_group("theirs")).send().is(201).json();
        settle(&caller);
        let objects = caller.read("/beta/devices");
        let device_object = id(&objects["value"][0]);
        let member =
            json!({"@odata.id": format!("{}/beta/devices/{device_object}", caller.server().origin())});
        caller.post(&format!("/beta/groups/{}/members/$ref", id(&group))).json(&member).send().is(204);
        settle(&caller);
        let read = caller.read(&format!("{}?$select=serialNumber", entities[DEVICES]));
        let serial_number = read["serialNumber"].as_str().unwrap().to_owned();
        let delta = caller.read(&format!("{DEVICES}/delta?$select=serialNumber"));
        let delta_link = delta["@odata.deltaLink"].as_str().unwrap().to_owned();
        Neighbour { caller, model, entities, device_object, serial_number, group: id(&group), delta_link }
    }

    /// The id of its entity of a top-level set.
    fn id_in(&self, set: &str) -> &str {
        self.entities[set].rsplit('/').next().unwrap_or_default()
    }
}

/// A path with the keys of what is foreign, and one with keys of nothing in their place.
struct Pair {
    foreign: String,
    missing: String,
    /// What stands for what: each key of the foreign path with the one in its place.
    keys: Vec<(String, String)>,
}

impl Pair {
    /// The pair of a path whose keys stand where its set's path has `{}`, and at its end.
    fn new(set_path: &str, foreign: &str) -> Pair {
        let places = set_path.split('/').chain(["{}"]);
        let mut keys = Vec::new();
        let missing = foreign.split('/').zip(places).map(|(segment, place)| match place {
            "{}" => {
                let other = alike(segment);
                keys.push((segment.to_owned(), other.clone()));
                other
            }
            _ => segment.to_owned(),
        });
        let missing = missing.collect::<Vec<_>>().join("/");
        Pair { foreign: foreign.to_owned(), missing, keys }
    }

    /// The pair of a key.
    fn of_id(foreign: &str) -> Pair {
        let missing = alike(foreign);
        Pair {
            foreign: foreign.to_owned(),
            missing: missing.clone(),
            keys: vec![(foreign.to_owned(), missing)],
        }
    }

    /// Asks about both, and compares the answers.
    #[track_caller]
    fn same(&self, what: &str, ask: impl Fn(&str) -> HttpAnswer) -> HttpAnswer {
        let (foreign, missing) = (ask(&self.foreign), ask(&self.missing));
        let keys: Vec<&str> = self.keys.iter().map(|(foreign, _)| foreign.as_str()).collect();
        let others: Vec<&str> = self.keys.iter().map(|(_, missing)| missing.as_str()).collect();
        assert_eq!(told(&foreign, &keys), told(&missing, &others), "{what}: {}", self.foreign);
        assert!(foreign.status < 500 || foreign.status == 501, "{what}: {}", foreign.text());
        foreign
    }
}

/// A key of nothing that looks like another one: each UUID in it ends otherwise.
fn alike(key: &str) -> String {
    let end = |part: &str| match Uuid::try_parse(part) {
        Ok(_) => format!("{}{}", &part[..24], &Uuid::new_v4().simple().to_string()[..12]),
        Err(_) => part.to_owned(),
    };
    let other = key.split('_').map(end).collect::<Vec<_>>().join("_");
    assert_ne!(other, key, "a key without a UUID");
    other
}

/// An answer without what is a request's own: its names, its time, and the keys that it gave.
fn told(answer: &HttpAnswer, keys: &[&str]) -> (u16, Vec<(String, String)>, String) {
    let without = |text: &str| {
        keys.iter().enumerate().fold(text.to_owned(), |text, (at, key)| text.replace(key, &format!("<{at}>")))
    };
    let headers = answer.headers().filter(|(name, _)| !OF_A_REQUEST.contains(name));
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), without(value))).collect();
    headers.sort();
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            forget_the_request(&mut body);
            body.to_string()
        }
        Err(_) => answer.text(),
    };
    (answer.status, headers, without(&body))
}

fn forget_the_request(body: &mut Value) {
    match body {
        Value::Object(members) => {
            OF_A_REQUEST.iter().for_each(|name| drop(members.remove(*name)));
            members.values_mut().for_each(forget_the_request);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_the_request),
        _ => {}
    }
}

/// What can follow the path of an entity: itself, its properties, what it contains, what can be called on it, and more.
fn tails(model: &Model, set: &Set) -> Vec<String> {
    let of_type = &model.types[&set.of_type];
    let mut tails = vec![String::new(), "/$ref".into(), "/$value".into(), "/nowhere".into()];
    let properties = of_type.properties.iter().filter(|property| property.name != "id").take(2);
    tails.extend(
        properties.flat_map(|property| [format!("/{}", property.name), format!("/{}/$value", property.name)]),
    );
    tails.extend(of_type.navigation_names().flat_map(|name| {
        [
            format!("/{name}"),
            format!("/{name}/$count"),
            format!("/{name}/$ref"),
            format!("/{name}/{}", Uuid::nil()),
        ]
    }));
    let operations = model.operations.iter().filter(|operation| operation.binding == set.of_type);
    tails.extend(operations.filter(|operation| !operation.is_bound_to_collection).map(|operation| {
        if operation.is_action { format!("/{}", operation.name) } else { format!("/{}()", operation.name) }
    }));
    tails.extend(["why", "wait"].map(|name| format!("/muster.{name}()")));
    tails.extend(["checkIn", "unenroll"].map(|name| format!("/muster.{name}")));
    tails
}

#[test]
fn every_path_and_verb_of_the_model() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let callers = [caller.clone(), caller.app(), caller.v1(), caller.permission(USELESS)];
            let mut asked = 0;
            for set in neighbour.model.sets.iter().filter(|set| neighbour.entities.contains_key(&set.path)) {
                let pair = Pair::new(&set.path, &neighbour.entities[&set.path]);
                for tail in tails(&neighbour.model, set) {
                    for verb in VERBS {
                        for (at, caller) in callers.iter().enumerate() {
                            // A token that may do nothing is refused before anybody looks.
                            if at > 0 && !(tail.is_empty() || tail.contains("muster")) {
                                continue;
                            }
                            pair.same(&format!("{verb} …{tail} (caller {at})"), |path| {
                                let request = caller.request(verb, &format!("{path}{tail}"));
                                let request = if ["GET", "HEAD"].contains(&verb) {
                                    request
                                } else {
                                    request.json(&json!({}))
                                };
                                request.send()
                            });
                            asked += 1;
                        }
                    }
                }
                let answer = caller.get(&neighbour.entities[&set.path]).send();
                answer.refused(404, &[]);
            }
            assert!(asked > 1_000, "only {asked} pairs");
        });
    }
}

#[test]
fn what_is_foreign_in_what_is_own() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let own = Neighbour::new(caller.clone());
            for (set, foreign) in neighbour.entities.iter().filter(|(set, _)| set.contains("{}")) {
                let (parent, _) = own.entities[set].rsplit_once('/').unwrap();
                let key = foreign.rsplit('/').next().unwrap();
                for verb in ["GET", "PATCH", "DELETE"] {
                    Pair::of_id(key).same(verb, |key| {
                        let request = caller.request(verb, &format!("{parent}/{key}"));
                        if verb == "PATCH" { request.json(&json!({})).send() } else { request.send() }
                    });
                }
            }
            for set in own.entities.keys().filter(|set| !set.contains("{}")) {
                let key = neighbour.id_in(set);
                for query in [
                    format!("?$filter={}", encoded("id eq '{}'")),
                    format!("?$filter={}&$count=true", encoded("id in ('{}')")),
                    format!("/$count?$filter={}", encoded("id eq '{}'")),
                ] {
                    let answer = Pair::of_id(key).same(&query, |key| {
                        let query = query.replace(&encoded("{}"), key);
                        caller.get(&format!("{set}{query}")).send()
                    });
                    assert!(!answer.text().contains(key) || answer.status != 200, "{}", answer.text());
                }
            }
        });
    }
}

#[test]
fn keys_in_bodies_and_parameters() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let own_device = id(&caller.create(DEVICES, &device("OWN")));
            let own_profile = id(&caller.create(PROFILES, &profile("own")));
            let own_group = id(&caller.post("/beta/groups").json(&static_group("own")).send().is(201).json());
            let root = caller.server().origin().to_owned();
            let theirs = |set: &str| neighbour.id_in(set).to_owned();
            let object = &neighbour.device_object;
            let serial = neighbour.serial_number.clone();
            let members = format!("/beta/groups/{own_group}/members/$ref");
            let member = |of: &'static str| move |key: &str| json!({"@odata.id": format!("{of}{key}")});
            let bind = |name: &'static str, of: &'static str| {
                let root = root.clone();
                move |key: &str| json!({name: format!("{root}/beta/{of}('{key}')")})
            };
            type Body<'a> = Box<dyn Fn(&str) -> Value + 'a>;
            let cases: Vec<(&str, &str, String, String, Body<'_>)> = vec![
                ("a reference", "POST", members.clone(), object.clone(), Box::new(member("/beta/devices/"))),
                (
                    "members at once",
                    "PATCH",
                    format!("/beta/groups/{own_group}"),
                    object.clone(),
                    Box::new(|key| json!({"members@odata.bind": [format!("{root}/beta/devices/{key}")]})),
                ),
                (
                    "a bound profile",
                    "PATCH",
                    format!("{DEVICES}/{own_device}"),
                    theirs(PROFILES),
                    Box::new(bind(
                        "deploymentProfile@odata.bind",
                        "deviceManagement/windowsAutopilotDeploymentProfiles",
                    )),
                ),
                (
                    "a profile for devices",
                    "POST",
                    format!("{PROFILES}/{own_profile}/assign"),
                    theirs(DEVICES),
                    Box::new(|key| json!({"deviceIds": [key]})),
                ),
                (
                    "a group to assign to",
                    "POST",
                    format!("{PROFILES}/{own_profile}/assignments"),
                    neighbour.group.clone(),
                    Box::new(|key| json!({"target": crate::samples::group_target(key)})),
                ),
                (
                    "tags by id",
                    "POST",
                    "roleScopeTags/getRoleScopeTagsById".into(),
                    theirs("roleScopeTags"),
                    Box::new(|key| json!({"roleScopeTagIds": [key]})),
                ),
                (
                    "a group to look for",
                    "POST",
                    "/beta/devices/checkMemberGroups".into(),
                    neighbour.group.clone(),
                    Box::new(|key| json!({"groupIds": [key]})),
                ),
                (
                    "serial numbers to delete",
                    "POST",
                    format!("{DEVICES}/deleteDevices"),
                    serial.clone(),
                    Box::new(|key| json!({"serialNumbers": [key]})),
                ),
            ];
            for (what, verb, path, key, body) in cases {
                let pair = if key == serial {
                    let missing = "Q".repeat(serial.len());
                    Pair { foreign: key.clone(), missing: missing.clone(), keys: vec![(key, missing)] }
                } else {
                    Pair::of_id(&key)
                };
                pair.same(what, |key| caller.request(verb, &path).json(&body(key)).send());
            }
            for line in ["tag", "name", "delete"] {
                Pair::of_id(neighbour.id_in(DEVICES)).same(line, |key| {
                    let line = json!({"verb": line, "id": key, "groupTag": "x", "displayName": "X-1"});
                    caller.post("/_/bulk").bytes("application/x-ndjson", line.to_string().as_bytes()).send()
                });
            }
            for (verb, url) in [
                ("GET", ""),
                ("PATCH", ""),
                ("DELETE", ""),
                ("POST", "/updateDeviceProperties"),
                ("GET", "/muster.why()"),
            ] {
                Pair::of_id(neighbour.id_in(DEVICES)).same(url, |key| {
                    let url = format!("/deviceManagement/{DEVICES}/{key}{url}");
                    let mut part = json!({"id": "1", "method": verb, "url": url});
                    if verb != "GET" && verb != "DELETE" {
                        part["headers"] = json!({"Content-Type": "application/json"});
                        part["body"] = json!({});
                    }
                    caller.post("/beta/$batch").json(&json!({"requests": [part]})).send()
                });
            }
        });
    }
}

#[test]
fn what_a_server_gives_out_and_takes_back() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet(|caller, neighbour| {
            let link = neighbour.delta_link.clone();
            let (path, token) = link.split_once("deltatoken=").unwrap();
            let last = if token.ends_with('A') { "B" } else { "A" };
            let forged = format!("{path}deltatoken={}{last}", &token[..token.len() - 1]);
            let pair =
                Pair { foreign: link.clone(), missing: forged.clone(), keys: vec![(link.clone(), forged)] };
            pair.same("a delta token", |link| caller.get(link).send()).refused(400, &["token"]);
        });
    }
}

#[test]
fn pages_and_kept_answers_are_a_tenants_own() {
    for database in TestDatabase::ALL {
        let server = TestServer::start(MUSTER, database, ServerOptions::default());
        let (one, other) = (server.caller(), server.caller());
        for at in 0..80 {
            one.create(DEVICES, &json!({"serialNumber": format!("ONE-{at}"), "groupTag": "x".repeat(400)}));
        }
        other.create(DEVICES, &json!({"serialNumber": "OTHER"}));
        for _ in 0..3 {
            assert_eq!(one.list(DEVICES).len(), 80);
            assert_eq!(other.list(DEVICES).len(), 1);
        }
        let next = one.read(&format!("{DEVICES}?$top=10"))["@odata.nextLink"].as_str().unwrap().to_owned();
        let seen = other.list(&next);
        assert!(seen.iter().all(|device| device["serialNumber"] == "OTHER"), "{seen:?}");
        let create = |caller: &TestCaller<'_>, serial: &str| {
            caller
                .post(DEVICES)
                .header("Idempotency-Key", "shared")
                .json(&json!({"serialNumber": serial}))
                .send()
        };
        let first = create(&one, "K1").is(201).json();
        let same_body = create(&other, "K1").is(201).json();
        assert_ne!(id(&first), id(&same_body), "the key is another tenant's");
        create(&one, "K2").is(422);
        create(&server.caller(), "K2").is(201);
        let documents = [&one, &other].map(|caller| caller.get("/_/openapi.json").send().text());
        assert_eq!(documents[0], documents[1]);
    }
}
