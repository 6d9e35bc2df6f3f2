//! What a client of a failing disk does, and what it knows: for each entity the states in which it may be.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{HttpAnswer, TestCaller, TestServer};
use uuid::Uuid;

use crate::samples::{configuration, hash, import_of, unique};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
/// The number of configurations that there are at a time: a page of them is large enough to be kept by the server.
const CONFIGURATIONS_MAX: usize = 40;
/// The attempts after which a disk that is whole again must have been noticed.
const ATTEMPTS_MAX: usize = 3;

/// What an entity may hold: several where an answer left it open; none where it may not be there.
type States = Vec<Option<String>>;

/// A client, and what it knows.
pub struct Workload {
    tenant: Uuid,
    round: usize,
    /// By names: the id, where an answer has told it, and the description.
    configurations: BTreeMap<String, (Option<String>, States)>,
    /// By serial number: the group tag.
    devices: BTreeMap<String, States>,
    /// How many calls were answered with each status.
    pub statuses: BTreeMap<u16, u64>,
}

impl Workload {
    /// A client of a tenant of its own, which has made what there is to read.
    pub fn begin(server: &TestServer) -> Workload {
        let tenant = server.caller().tenant_id();
        let (configurations, devices, statuses) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut workload = Workload { tenant, round: 0, configurations, devices, statuses };
        while workload.configurations.len() < CONFIGURATIONS_MAX {
            workload.create(&server.caller().tenant(tenant));
        }
        workload.round(server);
        workload.check(server, "before any fault");
        workload
    }

    /// Writes and reads while calls may fail.
    pub fn round(&mut self, server: &TestServer) {
        let caller = &server.caller().tenant(self.tenant);
        self.create(caller);
        self.look(caller);
        self.change(caller);
        self.import(caller);
        self.look(caller);
        self.delete(caller);
    }

    /// Writes until the server notices that the disk is whole; gives the number of attempts.
    #[track_caller]
    pub fn heal(&mut self, server: &TestServer, what: &str) -> usize {
        let caller = &server.caller().tenant(self.tenant);
        for attempt in 1..=ATTEMPTS_MAX {
            if self.create(caller) == 201 {
                return attempt;
            }
        }
        panic!("{what}: the server does not heal:\n{}", server.log());
    }

    /// Reads all there is, by every way there is: it must be what was acknowledged, and is from then on.
    #[track_caller]
    pub fn check(&mut self, server: &TestServer, what: &str) {
        let caller = server.caller().tenant(self.tenant);
        let (configurations, devices) = (caller.list(CONFIGURATIONS), caller.list(DEVICES));
        self.compare(&configurations, &devices, what);
        self.settle(&configurations, &devices);
        self.look(&caller);
        let failed: Vec<_> = self.statuses.keys().filter(|status| **status == 500).collect();
        assert!(failed.is_empty(), "{what}: a call was answered with 500:\n{}", server.log());
        assert!(!server.log().contains("panicked"), "{what}:\n{}", server.log());
    }

    /// Reads a page that the server keeps, a part of a text that it indexes, and a group tag. None may be older or newer than
    /// what was acknowledged.
    #[track_caller]
    fn look(&mut self, caller: &TestCaller<'_>) {
        let filters = [
            (CONFIGURATIONS, "startswith(displayName,'Configuration ')"),
            (CONFIGURATIONS, "contains(description,'needle')"),
            (DEVICES, "groupTag eq 'Tag'"),
            (DEVICES, "contains(serialNumber,'SERIAL')"),
        ];
        for (set, filter) in filters {
            let answer = self.count(caller.get(&format!("{set}?$filter={filter}")).send());
            if answer.status == 200 {
                let body = answer.json();
                let items = body["value"].as_array().unwrap();
                assert!(body.get("@odata.nextLink").is_none(), "a page has all");
                match set == DEVICES {
                    true => self.compare_devices(items, filter),
                    false => self.compare_configurations(items, filter),
                }
            }
        }
    }

    fn create(&mut self, caller: &TestCaller<'_>) -> u16 {
        let name = format!("Configuration {:06}", self.round);
        let mut body = configuration(&name);
        let description = self.description();
        body["description"] = json!(description);
        let answer = self.count(caller.post(CONFIGURATIONS).json(&body).send());
        let id = (answer.status == 201).then(|| answer.json()["id"].as_str().unwrap().to_owned());
        let states = match answer.status {
            201 => vec![Some(description)],
            _ => vec![None, Some(description)],
        };
        self.configurations.insert(name, (id, states));
        answer.status
    }

    fn change(&mut self, caller: &TestCaller<'_>) {
        let description = self.description();
        let at = self.round * 7 % self.configurations.len();
        let Some((Some(id), states)) = self.configurations.values_mut().nth(at) else { return };
        let request = caller.patch(&format!("{CONFIGURATIONS}/{id}"));
        let answer = request.json(&json!({"description": description})).send();
        match answer.status {
            200 => *states = vec![Some(description)],
            _ => states.push(Some(description)),
        }
        self.count(answer);
    }

    /// Imports a device that is new.
    fn import(&mut self, caller: &TestCaller<'_>) {
        let serial = unique("SERIAL");
        let mut item = import_of(&serial, &hash(&serial, vec![]));
        item["groupTag"] = json!("Tag");
        let answer = self.count(caller.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: [item.clone()]})));
        let states = match answer.status {
            200 => {
                let body = answer.json();
                match body["value"][0]["state"]["deviceImportStatus"].as_str().unwrap() {
                    "complete" => vec![Some("Tag".to_owned())],
                    // The import is acknowledged, and a job makes the device.
                    "unknown" => vec![None, Some("Tag".to_owned())],
                    other => panic!("an import is {other}: {body}"),
                }
            }
            _ => vec![None, Some("Tag".to_owned())],
        };
        self.devices.insert(serial, states);
    }

    fn delete(&mut self, caller: &TestCaller<'_>) {
        while self.configurations.len() > CONFIGURATIONS_MAX {
            let Some((name, (id, _))) = self.configurations.first_key_value() else { return };
            let (name, Some(id)) = (name.clone(), id.clone()) else { return };
            let answer = self.count(caller.delete(&format!("{CONFIGURATIONS}/{id}")).send());
            if answer.status == 204 {
                self.configurations.remove(&name);
            } else if let Some((_, states)) = self.configurations.get_mut(&name) {
                states.push(None);
                return;
            }
        }
    }

    fn description(&mut self) -> String {
        self.round += 1;
        format!("{:06} needle {}", self.round, "a".repeat(880))
    }

    /// Counts an answer, which must be one that tells the truth.
    #[track_caller]
    fn count(&mut self, answer: HttpAnswer) -> HttpAnswer {
        *self.statuses.entry(answer.status).or_default() += 1;
        let known = [200, 201, 204, 500, 503, 507].contains(&answer.status);
        assert!(known, "answered {}: {}", answer.status, answer.text());
        if answer.status > 299 {
            assert!(!answer.message().is_empty());
        }
        answer
    }

    #[track_caller]
    fn compare(&self, configurations: &[Value], devices: &[Value], what: &str) {
        self.compare_configurations(configurations, what);
        self.compare_devices(devices, what);
    }

    #[track_caller]
    fn compare_configurations(&self, found: &[Value], what: &str) {
        let found = by_name(found, "displayName", "description", what);
        let known = self.configurations.iter().map(|(name, (_, states))| (name, states));
        compare(found, known.collect(), what);
    }

    #[track_caller]
    fn compare_devices(&self, found: &[Value], what: &str) {
        compare(by_name(found, "serialNumber", "groupTag", what), self.devices.iter().collect(), what);
    }

    /// What was found is what is.
    fn settle(&mut self, configurations: &[Value], devices: &[Value]) {
        let mut known = BTreeMap::new();
        for item in configurations {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            known.insert(text("displayName"), (Some(text("id")), vec![Some(text("description"))]));
        }
        self.configurations = known;
        self.devices = by_name(devices, "serialNumber", "groupTag", "settling")
            .into_iter()
            .map(|(serial, tag)| (serial, vec![Some(tag)]))
            .collect();
    }
}

#[track_caller]
fn by_name(items: &[Value], name: &str, value: &str, what: &str) -> BTreeMap<String, String> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let named: BTreeMap<_, _> = items.iter().map(|item| (text(item, name), text(item, value))).collect();
    assert_eq!(named.len(), items.len(), "{what}: something is there twice");
    named
}

#[track_caller]
fn compare(found: BTreeMap<String, String>, known: BTreeMap<&String, &States>, what: &str) {
    for (name, states) in &known {
        let state = found.get(*name).cloned();
        let start =
            |state: &Option<String>| state.as_ref().map(|text| text.chars().take(20).collect::<String>());
        let may_be: Vec<_> = states.iter().map(start).collect();
        assert!(states.contains(&state), "{what}: {name} is {:?} and may be {may_be:?}", start(&state));
    }
    let unknown: Vec<_> = found.keys().filter(|name| !known.contains_key(name)).collect();
    assert!(unknown.is_empty(), "{what}: nobody wrote {unknown:?}");
}
