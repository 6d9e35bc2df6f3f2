//! `$orderby`

use serde_json::json;
use testkit::encoded;

use super::{DEVICES, fleet, found};

both![in_which_order, entities_that_are_equal_keep_their_order_from_page_to_page, what_is_refused_and_why,];

fn in_which_order(server: &testkit::Server) {
    let caller = server.caller();
    fleet(&caller);
    let cases: [(&str, &[&str]); 6] = [
        ("lastContactedDateTime", &["B-2", "b-1", "A-10", "A-2", "ö-1"]),
        ("lastContactedDateTime desc", &["ö-1", "A-2", "A-10", "b-1", "B-2"]),
        ("LastContactedDateTime ASC", &["B-2", "b-1", "A-10", "A-2", "ö-1"]),
        // null comes before everything (OData URL conventions, 5.1.4).
        ("groupTag,lastContactedDateTime", &["B-2", "ö-1", "A-10", "A-2", "b-1"]),
        ("groupTag desc,lastContactedDateTime desc", &["b-1", "A-2", "A-10", "ö-1", "B-2"]),
        ("serialNumber", &["A-10", "A-2", "B-2", "b-1", "ö-1"]),
    ];
    for (order, expected) in cases {
        // The same on one page and over many.
        for paging in ["", "&$top=2", "&$top=1"] {
            let query = format!("$orderby={}{paging}", encoded(order));
            assert_eq!(found(&caller, &query), expected, "{query}");
        }
    }
}

fn entities_that_are_equal_keep_their_order_from_page_to_page(server: &testkit::Server) {
    let caller = server.caller();
    for at in 0..9 {
        caller.create(DEVICES, &json!({"serialNumber": format!("{at}"), "groupTag": "same"}));
    }
    let whole = found(&caller, "$orderby=groupTag");
    assert_eq!(whole.len(), 9);
    assert_eq!(found(&caller, "$orderby=groupTag&$top=2"), whole);
}

fn what_is_refused_and_why(server: &testkit::Server) {
    let caller = server.caller();
    for (path, words) in [
        (format!("{DEVICES}?$orderby=serialNumbr"), &["serialNumbr", "serialNumber"][..]),
        (format!("{DEVICES}?$orderby=serialNumber%20down"), &[]),
        (format!("{DEVICES}?$orderby=serialNumber,"), &[]),
        (format!("{DEVICES}?$orderby="), &[]),
        (format!("{DEVICES}?$orderby=deviceAccountPassword"), &["deviceAccountPassword"]),
        ("hardwarePasswordInfo?$orderby=currentPassword%20desc".into(), &["currentPassword"]),
        ("hardwareConfigurations?$orderby=roleScopeTagIds".into(), &["roleScopeTagIds"]),
        ("importedWindowsAutopilotDeviceIdentities?$orderby=state".into(), &["state"]),
    ] {
        caller.get(&path).send().refused(400, words);
    }
}
