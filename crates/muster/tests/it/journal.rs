//! The journal as those see it who follow a collection: entries that name many entities, and entries that are pruned

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{configuration, id, imported, settle};

const IMPORTED: &str = "importedWindowsAutopilotDeviceIdentities";
const CONFIGURATIONS: &str = "hardwareConfigurations";

both![an_entry_that_names_many_is_told_in_pages];

/// The link from now on.
fn latest(caller: &TestCaller<'_>, set: &str, options: &str) -> String {
    let page = caller.read(&format!("{set}/delta?$deltatoken=latest{options}"));
    page["@odata.deltaLink"].as_str().expect("a link").to_owned()
}

fn an_entry_that_names_many_is_told_in_pages(server: &TestServer) {
    let caller = server.caller();
    let mut url = latest(&caller, IMPORTED, "&$top=2");
    let items: Vec<Value> = (0..7).map(|at| imported(&format!("J-{at}"))).collect();
    let created = caller.act(&format!("{IMPORTED}/import"), &json!({IMPORTED: items})).is(200).json();
    settle(&caller);
    let (mut told, mut pages) = (BTreeSet::new(), 0);
    loop {
        let page = caller.read(&url);
        let items = page["value"].as_array().expect("a list");
        assert!(items.len() <= 2, "{page}");
        told.extend(items.iter().map(id));
        pages += 1;
        match page["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => break,
        }
    }
    let created = created["value"].as_array().expect("a list").iter().map(id);
    assert_eq!(told, created.collect());
    assert!((4..=8).contains(&pages), "{pages} pages: each state of the records is told once at most");
}

#[test]
fn a_token_that_reaches_behind_what_is_kept_is_gone() {
    for database in TestDatabase::ALL {
        let config = Some("[journal]\nretention_days = 1\n".to_owned());
        let options = ServerOptions { config, ..ServerOptions::default() };
        let server = TestServer::start(MUSTER, database, options);
        let caller = server.caller();
        let one = caller.create(CONFIGURATIONS, &configuration("A"));
        let old = latest(&caller, CONFIGURATIONS, "");
        let path = format!("{CONFIGURATIONS}/{}", id(&one));
        caller.change(&path, &json!({"description": "new"}));
        caller.create(CONFIGURATIONS, &configuration("B"));
        let young = latest(&caller, CONFIGURATIONS, "");
        caller.act("/_/clock", &json!({"advance": "PT20H"})).is(200);
        assert_eq!(caller.read(&old)["value"].as_array().map(Vec::len), Some(2), "{database:?}");
        caller.act("/_/clock", &json!({"advance": "PT20H"})).is(200);
        let answer = caller.get(&old).send().refused(410, &["start again"]);
        assert_eq!(answer.code(), "syncStateNotFound", "{database:?}");
        caller.remove(&path);
        let removed = json!([{"id": id(&one), "@removed": {"reason": "deleted"}}]);
        assert_eq!(caller.read(&young)["value"], removed, "{database:?}");
    }
}
