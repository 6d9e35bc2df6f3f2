//! What the clients know of what they wrote, and what the server has of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::TestCaller;

pub const CONFIGURATIONS: &str = "hardwareConfigurations";
pub const PASSWORDS: &str = "hardwarePasswordInfo";
pub const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
pub const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const LOOKS: &str = "auditEvents?$filter=activityType%20eq%20'Reveal%20Passwords'";
/// How long a list may be refused with 503, or imports be under way, after all is well again.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Configuration,
    Device,
    /// A look at a password, by its reason.
    Look,
}

/// What is known, of one tenant.
#[derive(Debug, Default)]
pub struct Known {
    /// Whether each was acknowledged; otherwise it may be there or not.
    pub written: HashMap<(Kind, String), bool>,
    /// The password of each serial number that was acknowledged last.
    pub passwords: HashMap<String, String>,
    /// The password that may have been stored since.
    pub passwords_in_doubt: HashMap<String, String>,
}

impl Known {
    /// The number of writes that were acknowledged, and of those that were not.
    pub fn counts(&self) -> (usize, usize) {
        let acknowledged = self.written.values().filter(|is_acknowledged| **is_acknowledged).count();
        let in_doubt = self.written.len() - acknowledged + self.passwords_in_doubt.len();
        (acknowledged + self.passwords.len(), in_doubt)
    }

    /// Compares with what the caller's tenant has: what was acknowledged is there once, what was not at most once, and
    /// nothing else.
    pub fn check(&self, caller: &TestCaller<'_>) {
        // The looks first: the lists below are looks, too.
        let looks = texts(&list(caller, LOOKS), "musterReason");
        self.check_kind(Kind::Look, &looks);
        let configurations = texts(&list(caller, CONFIGURATIONS), "displayName");
        self.check_kind(Kind::Configuration, &configurations);
        let records = ended_imports(caller);
        self.check_kind(Kind::Device, &texts(&records, "serialNumber"));
        self.check_kind(Kind::Device, &texts(&list(caller, DEVICES), "serialNumber"));
        self.check_passwords(&list(caller, PASSWORDS));
    }

    fn check_kind(&self, kind: Kind, found: &[String]) {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        found.iter().for_each(|text| *counts.entry(text).or_default() += 1);
        for ((_, name), is_acknowledged) in self.written.iter().filter(|((of, _), _)| *of == kind) {
            let count = counts.remove(&**name).unwrap_or(0);
            assert!(count < 2, "{kind:?} {name} is there {count} times");
            assert!(count == 1 || !is_acknowledged, "{kind:?} {name} was acknowledged, and is lost");
        }
        assert!(counts.is_empty(), "nobody ever wrote {kind:?} {counts:?}");
    }

    fn check_passwords(&self, found: &[Value]) {
        let mut stored = HashMap::new();
        for (serial, password) in
            texts(found, "serialNumber").into_iter().zip(texts(found, "currentPassword"))
        {
            let before = stored.insert(serial.clone(), password);
            assert_eq!(before, None, "the passwords of {serial} are there twice");
        }
        for (serial, password) in &self.passwords {
            let may_be = [Some(password), self.passwords_in_doubt.get(serial)];
            let is = stored.get(serial);
            assert!(is.is_some() && may_be.contains(&is), "{serial} should be {may_be:?}, and is {is:?}");
        }
        let is_known = |serial: &&String| {
            self.passwords.contains_key(*serial) || self.passwords_in_doubt.contains_key(*serial)
        };
        let unknown: Vec<&String> = stored.keys().filter(|serial| !is_known(serial)).collect();
        assert!(unknown.is_empty(), "nobody ever wrote {unknown:?}");
    }
}

/// The records of imports, once none is under way. Each must have succeeded: no device is imported twice.
fn ended_imports(caller: &TestCaller<'_>) -> Vec<Value> {
    let begin = Instant::now();
    loop {
        let records = list(caller, IMPORTS);
        let statuses: Vec<&str> =
            records.iter().filter_map(|record| record["state"]["deviceImportStatus"].as_str()).collect();
        if statuses.iter().all(|status| *status != "unknown") {
            let others: Vec<&Value> =
                records.iter().filter(|record| record["state"]["deviceImportStatus"] != "complete").collect();
            assert!(others.is_empty(), "imports that did not succeed: {others:?}");
            return records;
        }
        assert!(begin.elapsed() < PATIENCE, "some imports never end: {statuses:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn texts(items: &[Value], property: &str) -> Vec<String> {
    items.iter().filter_map(|item| item[property].as_str()).map(str::to_owned).collect()
}

/// A whole list. A page that is refused for now is asked for again: a connection for scans may not have been used since.
fn list(caller: &TestCaller<'_>, path: &str) -> Vec<Value> {
    let (mut items, mut next) = (Vec::new(), Some(caller.url(path)));
    let begin = Instant::now();
    while let Some(url) = next.take() {
        let answer = caller.get(&url).send();
        if answer.status == 503 && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(50));
            next = Some(url);
            continue;
        }
        let page = answer.is(200).json();
        items.extend(page["value"].as_array().cloned().unwrap_or_default());
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    items
}
