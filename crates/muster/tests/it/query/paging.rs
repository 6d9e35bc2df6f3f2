//! `$top`, `$skip`, `$skiptoken` and `@odata.nextLink`

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use super::{DEVICES, found};
use crate::MUSTER;
use crate::samples::id;

/// Creates devices named by their number.
#[track_caller]
fn devices(caller: &TestCaller<'_>, count: usize) {
    for at in 0..count {
        caller.create(DEVICES, &json!({"serialNumber": format!("{at:03}")}));
    }
}

fn sizes(pages: &[Vec<Value>]) -> Vec<usize> {
    pages.iter().map(Vec::len).collect()
}

both![
    top_is_the_size_of_a_page,
    the_next_link_leads_back_the_way_the_client_came,
    pages_are_stable_while_others_insert_and_delete,
    nulls_and_equal_values_do_not_break_the_chain,
    what_is_refused_and_why,
    a_token_of_one_order_does_not_fit_another,
    contained_collections_are_paged_too,
];

fn top_is_the_size_of_a_page(server: &testkit::TestServer) {
    let caller = server.caller();
    devices(&caller, 7);
    for (query, expected) in [
        ("$top=3", &[3, 3, 1][..]),
        ("$top=7", &[7]),
        ("$top=8", &[7]),
        ("$top=1", &[1; 7]),
        ("$top=3&$skip=2", &[3, 2]),
        ("$skip=6", &[1]),
        ("$skip=7", &[0]),
        ("$skip=7000", &[0]),
        ("$top=3&$filter=serialNumber%20ge%20%27004%27", &[3]),
        ("$top=2&$orderby=serialNumber%20desc", &[2, 2, 2, 1]),
        ("%24top=4&%24orderby=serialNumber", &[4, 3]),
        ("top=5", &[5, 2]),
        ("", &[7]),
    ] {
        let pages = caller.pages(&format!("{DEVICES}?{query}"));
        assert_eq!(sizes(&pages), expected, "{query}");
        let ids: BTreeSet<String> = pages.concat().iter().map(id).collect();
        assert_eq!(ids.len(), expected.iter().sum::<usize>(), "{query}: a row came twice");
    }
    assert_eq!(caller.read(&format!("{DEVICES}?$top=0"))["value"], json!([]));
}

fn the_next_link_leads_back_the_way_the_client_came(server: &testkit::TestServer) {
    let caller = server.caller();
    devices(&caller, 3);
    let path = "/beta/devicemanagement/WindowsAutopilotDeviceIdentities";
    let query = "$top=2&$select=serialNumber&$count=true&$filter=contains%28serialNumber%2C%270%27%29";
    let port = server.origin().rsplit(':').next().unwrap_or_default().to_owned();
    for origin in [server.origin().to_owned(), format!("https://localhost:{port}")] {
        let page = caller.read(&format!("{origin}{path}?{query}"));
        let next = page["@odata.nextLink"].as_str().expect("a next link");
        let (way, options) = next.split_once('?').expect("options");
        assert_eq!(way, format!("{origin}{path}"));
        assert!(options.contains("$skiptoken=") && options.contains("$select=serialNumber"), "{next}");
        let second = caller.read(next);
        assert_eq!(second["value"].as_array().map(Vec::len), Some(1), "{second}");
        assert!(second.get("@odata.nextLink").is_none(), "{second}");
        assert!(second["value"][0].get("groupTag").is_none(), "{second}");
        assert_eq!((&page["@odata.count"], &second["@odata.count"]), (&json!(3), &json!(3)));
    }
}

fn pages_are_stable_while_others_insert_and_delete(server: &testkit::TestServer) {
    let caller = server.caller();
    devices(&caller, 6);
    for order in ["", "&$orderby=serialNumber", "&$orderby=serialNumber%20desc"] {
        let before: Vec<String> = found(&caller, &order.replace('&', ""));
        let first = caller.read(&format!("{DEVICES}?$top=2{order}"));
        let inserted =
            ["000a", "zzz"].map(|serial| id(&caller.create(DEVICES, &json!({"serialNumber": serial}))));
        caller.remove(&format!("{DEVICES}/{}", id(&first["value"][1])));
        let next = first["@odata.nextLink"].as_str().expect("a next link").to_owned();
        let rest: Vec<String> = caller
            .list(&next)
            .iter()
            .map(|item| item["serialNumber"].as_str().unwrap_or("?").to_owned())
            .collect();
        let old: Vec<&String> = rest.iter().filter(|serial| before.contains(serial)).collect();
        assert_eq!(old, before[2..].iter().collect::<Vec<_>>(), "{order}: a row was skipped or came twice");
        inserted.iter().for_each(|id| caller.remove(&format!("{DEVICES}/{id}")));
        caller.create(DEVICES, &json!({"serialNumber": first["value"][1]["serialNumber"]}));
    }
}

fn nulls_and_equal_values_do_not_break_the_chain(server: &testkit::TestServer) {
    let caller = server.caller();
    for at in 0..8 {
        let tag = if at % 3 == 0 { Value::Null } else { json!("t") };
        caller.create(DEVICES, &json!({"serialNumber": format!("{at}"), "groupTag": tag}));
    }
    for order in ["groupTag", "groupTag%20desc", "systemFamily,groupTag%20desc,serialNumber"] {
        for top in [1, 2, 3, 5] {
            let serials: BTreeSet<String> =
                found(&caller, &format!("$orderby={order}&$top={top}")).into_iter().collect();
            assert_eq!(serials.len(), 8, "$orderby={order}&$top={top}");
        }
    }
}

fn what_is_refused_and_why(server: &testkit::TestServer) {
    let caller = server.caller();
    for (query, words) in [
        ("$top=-1", &["$top"][..]),
        ("$top=x", &["$top"]),
        ("$top=", &["$top"]),
        ("$top=99999999999999999999", &["$top"]),
        ("$skip=-1", &["$skip"]),
        ("$skiptoken=garbage", &["$skiptoken"]),
        ("$skiptoken=", &["$skiptoken"]),
        ("$top=1&$top=2", &["$top"]),
        ("$tip=1", &["$tip"]),
    ] {
        caller.get(&format!("{DEVICES}?{query}")).send().refused(400, words);
    }
}

fn a_token_of_one_order_does_not_fit_another(server: &testkit::TestServer) {
    let caller = server.caller();
    devices(&caller, 3);
    let next = caller.read(&format!("{DEVICES}?$top=1&$orderby=serialNumber"))["@odata.nextLink"].clone();
    let other = next
        .as_str()
        .expect("a next link")
        .replace("$orderby=serialNumber", "$orderby=lastContactedDateTime");
    let answer = caller.get(&other).send();
    assert!([200, 400].contains(&answer.status), "{}", answer.text());
    if answer.status == 400 {
        answer.refused(400, &["$skiptoken"]);
    }
}

fn contained_collections_are_paged_too(server: &testkit::TestServer) {
    let caller = server.caller();
    let path =
        format!("autopilotEvents/{}/policyStatusDetails", id(&caller.create("autopilotEvents", &json!({}))));
    for at in 0..3 {
        caller.create(&path, &json!({"displayName": format!("{at}")}));
    }
    assert_eq!(sizes(&caller.pages(&format!("{path}?$top=2"))), [2, 1]);
}

#[test]
fn without_top_a_page_has_a_thousand() {
    let caller = crate::server(TestDatabase::Sqlite).caller();
    let path = "importedWindowsAutopilotDeviceIdentities";
    for batch in [500, 500, 1] {
        let items = vec![crate::samples::imported("1"); batch];
        caller.act(&format!("{path}/import"), &json!({path: items})).is(200);
    }
    assert_eq!(sizes(&caller.pages(path)), [1_000, 1]);
    assert_eq!(sizes(&caller.pages(&format!("{path}?$top=999999"))), [1_000, 1]);
}

#[test]
fn behind_a_proxy_links_lead_to_the_proxy() {
    let server = TestServer::start(
        MUSTER,
        TestDatabase::Sqlite,
        ServerOptions {
            plain_http: true,
            config: Some("proxies = [\"127.0.0.1\"]\n".to_owned()),
            ..ServerOptions::default()
        },
    );
    let caller = server.caller();
    devices(&caller, 2);
    let page = caller.get(&format!("{DEVICES}?$top=1")).header("X-Forwarded-Proto", "https");
    let next =
        page.header("X-Forwarded-Host", "graph.example").send().is(200).json()["@odata.nextLink"].clone();
    let expected = format!("https://graph.example/beta/deviceManagement/{DEVICES}?");
    assert!(next.as_str().is_some_and(|next| next.starts_with(&expected)), "{next}");
}
