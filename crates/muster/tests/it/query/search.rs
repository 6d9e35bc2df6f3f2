//! `$search`

use testkit::encoded;

use super::{DEVICES, fleet, found};

both![what_is_found, it_goes_with_the_other_options, what_is_refused_and_why];

fn what_is_found(server: &testkit::TestServer) {
    let caller = server.caller();
    fleet(&caller);
    let cases: [(&str, &[&str]); 14] = [
        ("berlin", &["A-10", "A-2"]),
        ("BERLIN latitude", &["A-10", "A-2"]),
        ("berlin AND 10", &["A-10"]),
        ("söhne OR precision", &["b-1", "ö-1"]),
        ("SÖHNE", &["b-1"]),
        ("NOT berlin", &["B-2", "b-1", "ö-1"]),
        ("(berlin OR o'brien) NOT 10", &["A-2", "b-1"]),
        ("\"o'brien & söhne\"", &["b-1"]),
        ("\"brien söhne\"", &[]),
        ("brien söhne", &["b-1"]),
        ("%", &["B-2"]),
        ("_", &["B-2"]),
        ("\\", &["B-2"]),
        ("nowhere", &[]),
    ];
    for (search, expected) in cases {
        let query = format!("$search={}", encoded(search));
        let mut serials = found(&caller, &query);
        serials.sort_unstable();
        assert_eq!(serials, expected, "{search}");
        let count = caller.get(&format!("{DEVICES}/$count?{query}")).send().is(200).text();
        assert_eq!(count, expected.len().to_string(), "{search}");
    }
}

fn it_goes_with_the_other_options(server: &testkit::TestServer) {
    let caller = server.caller();
    fleet(&caller);
    let filter = encoded("enrollmentState eq 'failed'");
    assert_eq!(found(&caller, &format!("$search=berlin&$filter={filter}")), ["A-2"]);
    assert_eq!(found(&caller, "search=berlin&$orderby=serialNumber%20desc"), ["A-2", "A-10"]);
    let page = caller.read(&format!("{DEVICES}?$search=berlin&$top=1&$count=true&$orderby=serialNumber"));
    assert_eq!(page["@odata.count"], 2);
    assert_eq!(page["value"][0]["serialNumber"], "A-10");
    let next = caller.read(page["@odata.nextLink"].as_str().expect("a link"));
    assert_eq!(next["value"][0]["serialNumber"], "A-2");
    assert!(next.get("@odata.nextLink").is_none(), "{next}");
}

fn what_is_refused_and_why(server: &testkit::TestServer) {
    let caller = server.caller();
    for (search, words) in [("", &["$search"][..]), ("(a", &["position 0"]), ("a AND", &["position 5"])] {
        caller.get(&format!("{DEVICES}?$search={}", encoded(search))).send().refused(400, words);
    }
}
