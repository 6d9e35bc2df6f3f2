//! `Server-Timing`: which stages a request went through, and how long each took

use serde_json::json;
use testkit::HttpAnswer;

use crate::samples::{configuration, id};

const PATH: &str = "hardwareConfigurations";

both![each_stage_is_told_in_its_order];

/// The stages that an answer tells of; each took some time, in milliseconds.
#[track_caller]
fn stages(answer: &HttpAnswer) -> Vec<String> {
    let told = answer.header("Server-Timing").expect("the stages are told");
    let stage = |text: &str| {
        let (name, took) = text.trim().split_once(";dur=").expect("a name and a duration");
        assert!(took.parse::<f64>().is_ok_and(|took| took >= 0.0), "{told}");
        name.to_owned()
    };
    told.split(',').map(stage).collect()
}

fn each_stage_is_told_in_its_order(server: &testkit::TestServer) {
    let caller = server.caller();
    let begin = ["token", "body", "parse", "bind", "authorize", "plan"];
    let with = |end: &[&'static str]| [&begin[..], end].concat();
    let made = caller.post(PATH).json(&configuration("A")).send().is(201);
    assert_eq!(stages(&made), with(&["execute", "commit"]));
    let path = format!("{PATH}/{}", id(&made.json()));
    assert_eq!(stages(&caller.get(&path).send().is(200)), with(&["store", "write"]));
    assert_eq!(stages(&caller.get(&format!("{PATH}?$top=7")).send().is(200)), with(&["store", "write"]));
    let changed = caller.patch(&path).json(&json!({"description": "x"})).send().is(200);
    assert_eq!(stages(&changed), with(&["execute", "commit"]));
    assert_eq!(stages(&caller.get(&format!("{PATH}/$count")).send().is(200)), with(&["execute"]));
}
