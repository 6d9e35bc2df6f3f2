//! Large pages that are kept: only while they hold, and never one that someone has to be seen looking at.

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::samples::{configuration, id, password_info};

both![what_is_kept_never_outlives_a_write, what_must_be_looked_at_anew_is_not_kept];

/// The number of configurations of which a page is large enough to be kept.
const CONFIGURATIONS: usize = 60;

/// Whether the answer to a read came from what is kept.
#[track_caller]
fn is_kept(caller: &TestCaller<'_>, path: &str) -> bool {
    let answer = caller.get(path).send().is(200);
    answer.header("Server-Timing").is_some_and(|stages| stages.contains("kept"))
}

/// A path whose page is large, and the path of an entity that is in it.
fn large_page(caller: &TestCaller<'_>, name: &str) -> (String, String) {
    let mut first = String::new();
    for number in 0..CONFIGURATIONS {
        let mut one = configuration(&format!("{name} {number}"));
        one["description"] = json!("a".repeat(900));
        let path = format!("hardwareConfigurations/{}", id(&caller.create("hardwareConfigurations", &one)));
        if number == 0 {
            first = path;
        }
    }
    (format!("hardwareConfigurations?$filter=startswith(displayName,'{name} ')"), first)
}

fn what_is_kept_never_outlives_a_write(server: &testkit::TestServer) {
    let caller = server.caller();
    let (page, one) = large_page(&caller, "Kept");
    let before = caller.read(&page);
    assert_eq!(caller.read(&page), before);
    for text in ["B", "C"] {
        caller.change(&one, &json!({"description": text}));
        assert!(!is_kept(&caller, &page), "after a change");
        assert!(caller.read(&page).to_string().contains(&format!("\"description\":\"{text}\"")));
    }
    caller.delete(&one).send().is(204);
    let left = caller.read(&page)["value"].as_array().map_or(0, Vec::len);
    assert_eq!(left, CONFIGURATIONS - 1);
}

/// PostgreSQL would have to be asked whether a page still holds.
#[test]
fn on_sqlite_a_large_page_is_kept_and_a_small_one_is_not() {
    let server = TestServer::start(crate::MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let caller = server.caller();
    let (page, one) = large_page(&caller, "Large");
    for (path, expected) in [(&*page, true), (&*one, false), ("hardwareConfigurations?$top=1", false)] {
        let answers = [(); 3].map(|()| is_kept(&caller, path));
        assert_eq!(answers[1..], [expected; 2], "{path}");
    }
}

fn what_must_be_looked_at_anew_is_not_kept(server: &testkit::TestServer) {
    let caller = server.caller();
    let (page, _) = large_page(&caller, "Late");
    caller.create("hardwarePasswordInfo", &password_info("K"));
    for path in ["hardwarePasswordInfo", &format!("{page} and createdDateTime lt now()")] {
        assert!(!is_kept(&caller, path), "{path}");
        assert!(!is_kept(&caller, path), "{path}, again");
    }
}
