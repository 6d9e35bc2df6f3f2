//! `$count=true` and `/$count`

use serde_json::json;

use super::{DEVICES, fleet};

both![a_count_is_a_bare_number, a_page_can_carry_the_count_of_all_pages, counts_can_only_be_read,];

fn a_count_is_a_bare_number(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{DEVICES}/$count");
    assert_eq!(caller.get(&path).send().is(200).text(), "0");
    fleet(&caller);
    for accept in ["text/plain", "text/plain;q=0.9", "*/*", "application/json"] {
        let answer = caller.get(&path).header("Accept", accept).send().is(200);
        assert_eq!(answer.text(), "5", "{accept}");
    }
    let answer = caller.get(&path).send().is(200);
    assert!(answer.header("Content-Type").is_some_and(|text| text.starts_with("text/plain")), "{answer:?}");
    let filtered = caller.get(&format!("{path}?$filter=groupTag%20eq%20'Berlin'")).send().is(200);
    assert_eq!(filtered.text(), "2");
    assert_eq!(caller.elsewhere().get(&path).send().is(200).text(), "0");
}

fn a_page_can_carry_the_count_of_all_pages(server: &testkit::TestServer) {
    let caller = server.caller();
    fleet(&caller);
    for (query, count) in [
        ("$count=true", json!(5)),
        ("$count=true&$top=1", json!(5)),
        ("$count=true&$top=0", json!(5)),
        ("$count=true&$skip=4", json!(5)),
        ("$count=TRUE&$filter=groupTag%20eq%20'Berlin'", json!(2)),
        ("$count=false", json!(null)),
        ("$top=1", json!(null)),
    ] {
        assert_eq!(caller.read(&format!("{DEVICES}?{query}"))["@odata.count"], count, "{query}");
    }
    caller.get(&format!("{DEVICES}?$count=yes")).send().refused(400, &["$count"]);
}

fn counts_can_only_be_read(server: &testkit::TestServer) {
    let caller = server.caller();
    for method in ["POST", "PATCH", "DELETE"] {
        let answer =
            caller.request(method, &format!("{DEVICES}/$count")).json(&json!({})).send().refused(405, &[]);
        assert!(answer.header("Allow").is_some_and(|allow| allow.contains("GET")), "{answer:?}");
    }
}
