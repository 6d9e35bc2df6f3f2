//! Answers that are kept: only while they hold, and never one that someone has to be seen looking at.

use serde_json::json;
use testkit::TestCaller;

use crate::samples::{configuration, id, password_info};

both![what_is_kept_never_outlives_a_write, what_must_be_looked_at_anew_is_not_kept];

/// Whether the answer to a read came from what is kept.
#[track_caller]
fn is_kept(caller: &TestCaller<'_>, path: &str) -> bool {
    let answer = caller.get(path).send().is(200);
    answer.header("Server-Timing").is_some_and(|stages| stages.contains("kept"))
}

fn what_is_kept_never_outlives_a_write(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!(
        "hardwareConfigurations/{}",
        id(&caller.create("hardwareConfigurations", &configuration("A")))
    );
    for text in [path.clone(), format!("hardwareConfigurations?$filter=id eq '{}'", &path[23..])] {
        let before = caller.read(&text);
        // Other tests write to the same server, and on SQLite a write of any tenant ends what is kept.
        assert!((0..100).any(|_| is_kept(&caller, &text)), "{text}");
        assert_eq!(caller.read(&text), before, "{text}");
        for name in ["B", "C"] {
            caller.change(&path, &json!({"displayName": name}));
            assert!(!is_kept(&caller, &text), "{text} after a change");
            assert!(
                caller.read(&text).to_string().contains(&format!("\"displayName\":\"{name}\"")),
                "{text}"
            );
        }
    }
    caller.delete(&path).send().is(204);
    caller.get(&path).send().is(404);
}

fn what_must_be_looked_at_anew_is_not_kept(server: &testkit::TestServer) {
    let caller = server.caller();
    let passwords =
        format!("hardwarePasswordInfo/{}", id(&caller.create("hardwarePasswordInfo", &password_info("K"))));
    for path in
        [&*passwords, "hardwarePasswordInfo", "hardwareConfigurations?$filter=createdDateTime lt now()"]
    {
        assert!(!is_kept(&caller, path), "{path}");
        assert!(!is_kept(&caller, path), "{path}, again");
    }
}
