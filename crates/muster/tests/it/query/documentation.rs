//! The examples of `docs/query.md`, asked of a real server.

use serde_json::json;
use testkit::{TestCaller, encoded};

use super::{fleet, found};
use crate::samples::{configuration, device_with_profile, group_target, id, profile, settle};

both![the_page_on_the_query_language_is_right];

const PAGE: &str = include_str!("../../../../../docs/query.md");

/// The rows of the tables whose heading starts with `heading`: what is asked, and what it finds.
fn examples(heading: &str) -> Vec<(&'static str, &'static str)> {
    let mut lines = PAGE.lines();
    let mut rows = Vec::new();
    while let Some(line) = lines.next() {
        if !line.starts_with(heading) {
            continue;
        }
        let table = lines.by_ref().skip(1).take_while(|line| line.starts_with("| "));
        rows.extend(table.map(|row| {
            let (asked, finds) = row.trim_matches(['|', ' ']).rsplit_once(" | ").expect("two columns");
            (asked.trim().trim_matches('`'), finds.trim())
        }));
    }
    assert!(!rows.is_empty(), "{heading}");
    rows
}

fn the_page_on_the_query_language_is_right(server: &testkit::TestServer) {
    let caller = server.caller();
    fleet(&caller);
    for (option, ordered) in [("$filter", false), ("$search", false), ("$orderby", true)] {
        for (asked, finds) in examples(&format!("| `{option}` of")) {
            let mut serials = found(&caller, &format!("{option}={}", encoded(asked)));
            if !ordered {
                serials.sort_unstable();
            }
            assert_eq!(serials.join(" "), finds, "{asked}");
        }
    }
    others(&caller);
    for (request, finds) in examples("| request") {
        let (set, query) = request.split_once('?').expect("a query");
        let query = query.split('&').map(|piece| piece.split_once('=').expect("an option"));
        let query: Vec<String> = query.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let count = caller.list(&format!("{set}?{}", query.join("&"))).len();
        assert_eq!(count.to_string(), finds, "{request}");
    }
    let alias = format!("contains(serialNumber,@p)&@p={}", encoded("'A-'"));
    assert_eq!(found(&caller, &format!("$filter={alias}&$orderby=serialNumber")), ["A-10", "A-2"]);
}

/// A profile with a device, one with a scope tag, an import that fails, and configurations with two, one and no assignments.
fn others(caller: &TestCaller<'_>) {
    device_with_profile(caller);
    let mut tagged = profile("Tagged");
    tagged["roleScopeTagIds"] = json!(["0"]);
    caller.create("windowsAutopilotDeploymentProfiles", &tagged);
    caller.create("importedWindowsAutopilotDeviceIdentities", &json!({"serialNumber": "without a hash"}));
    settle(caller);
    for (name, groups) in [("A", &["g1", "g2"][..]), ("B", &["g3"]), ("C", &[])] {
        let made = id(&caller.create("hardwareConfigurations", &configuration(name)));
        for group in groups {
            let path = format!("hardwareConfigurations/{made}/assignments");
            caller.create(&path, &json!({"target": group_target(group)}));
        }
    }
}
