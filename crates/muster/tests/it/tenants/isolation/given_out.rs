//! What a server gives out and takes back, and what it keeps: tokens of pages and of changes, the names of creates that may be
//! sent again, pages in memory, and the description of all of it.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::{HttpAnswer, TestCaller, TestDatabase};

use super::pair::{Pair, alike};
use super::{DEVICES, Neighbour, Neighbours};
use crate::samples::{configuration, device};

const CONFIGURATIONS: &str = "hardwareConfigurations";
/// The number of configurations of which a page is large enough to be kept.
const LARGE_PAGE: usize = 40;

/// What the neighbour was given, and has done.
struct GivenOut {
    delta_link: String,
    next_link: String,
    /// The path of a page that the server keeps.
    kept_page: String,
}

fn link(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{body} has no {name}")).to_owned()
}

/// Creates a configuration under a name by which it may be sent again.
fn create_once(caller: &TestCaller<'_>, name: &str, display_name: &str) -> HttpAnswer {
    let create = caller.post(CONFIGURATIONS).header("Prefer", "return=minimal");
    create.header("Idempotency-Key", name).json(&configuration(display_name)).send()
}

fn give_out(neighbour: &Neighbour<'_>) -> GivenOut {
    let caller = &neighbour.caller;
    caller.create(DEVICES, &device("THEIRS"));
    let delta = caller.read(&format!("{DEVICES}/delta?$select=serialNumber"));
    let page = caller.read(&format!("{DEVICES}?$select=serialNumber&$top=1"));
    for name in ["their-create", "their-other-create"] {
        create_once(caller, name, "a").is(204);
    }
    for number in 0..LARGE_PAGE {
        let mut large = configuration(&format!("Large {number}"));
        large["description"] = "a".repeat(900).into();
        caller.create(CONFIGURATIONS, &large);
    }
    GivenOut {
        delta_link: link(&delta, "@odata.deltaLink"),
        next_link: link(&page, "@odata.nextLink"),
        kept_page: format!("{CONFIGURATIONS}?$filter=startswith(displayName,'Large ')"),
    }
}

#[test]
fn what_a_server_gives_out_and_keeps() {
    for database in TestDatabase::ALL {
        Neighbours::on(database).meet_after(give_out, |caller, neighbour, given| {
            delta_token(caller, &given.delta_link);
            skip_token(caller, &given.next_link);
            kept_page(caller, neighbour, &given.kept_page, database == TestDatabase::Sqlite);
            description(caller);
            names_of_creates(caller);
        });
    }
}

fn delta_token(caller: &TestCaller<'_>, link: &str) {
    let (path, token) = link.split_once("deltatoken=").unwrap();
    let last = if token.ends_with('A') { "B" } else { "A" };
    let forged = format!("{path}deltatoken={}{last}", &token[..token.len() - 1]);
    Pair::of(link, &forged).same("a delta token", |link| caller.get(link).send()).refused(400, &["token"]);
}

/// A token of a page names the entity after which it begins: a foreign one is a place among the caller's own.
fn skip_token(caller: &TestCaller<'_>, link: &str) {
    let own = ["OWN-1", "OWN-2"].map(|serial| caller.create(DEVICES, &device(serial)));
    let (path, token) = link.split_once("skiptoken=").unwrap();
    let mut cursor: Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(token.as_bytes()).unwrap()).unwrap();
    cursor[0] = alike(cursor[0].as_str().unwrap()).into();
    let forged = format!("{path}skiptoken={}", BASE64URL_NOPAD.encode(cursor.to_string().as_bytes()));
    let page = Pair::of(link, &forged).same("a skip token", |link| caller.get(link).send()).is(200).json();
    assert_eq!(page["value"][0]["serialNumber"], own[0]["serialNumber"], "{page}");
}

fn kept_page(caller: &TestCaller<'_>, neighbour: &Neighbour<'_>, path: &str, is_kept: bool) {
    let theirs = [(); 3].map(|()| neighbour.caller.get(path).send().is(200));
    let kept = theirs[2].header("Server-Timing").is_some_and(|stages| stages.contains("kept"));
    assert_eq!(kept, is_kept, "the neighbour's page is in memory");
    let pair = Pair::of(path, &path.replace("Large", "Never"));
    let page = pair.same("a kept page", |path| caller.get(path).send()).is(200).json();
    assert_eq!(page["value"], json!([]), "{page}");
}

fn description(caller: &TestCaller<'_>) {
    let stranger = caller.elsewhere();
    let asked_by = |who: &str| if who == "neighbour" { caller.clone() } else { stranger.clone() };
    let [foreign, missing] = ["neighbour", "stranger"].map(str::to_owned);
    let described = Pair { foreign, missing, keys: Vec::new() };
    for path in ["/_/openapi.json", "/beta/$metadata", "/beta", "/v1.0/$metadata"] {
        described.same(path, |who| asked_by(who).get(path).send()).is(200);
    }
}

/// A name that the neighbour gave to the same create, and to another one, means nothing here.
fn names_of_creates(caller: &TestCaller<'_>) {
    for (theirs, nobodys, display_name) in
        [("their-create", "no-create", "a"), ("their-other-create", "no-other-create", "b")]
    {
        let created = |name: &str| create_once(caller, name, display_name);
        let pair = Pair::of(theirs, nobodys);
        pair.same(&format!("the name '{theirs}' of a create"), created).is(204);
    }
    assert_eq!(caller.list(CONFIGURATIONS).len(), 4, "each is a create of the caller's own");
}
