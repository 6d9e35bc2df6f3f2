//! What is sent comes back: texts of every kind, on both databases alike

use serde_json::{Value, json};

use crate::samples::id;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

/// A text that no compression makes small.
fn noise(bytes: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + (state % 90) as u8)
    };
    (0..bytes).map(|_| next()).collect()
}

both![
    texts_come_back_as_they_went,
    texts_may_be_long,
    what_no_text_can_hold_is_refused_by_name,
    the_order_and_the_blanks_of_a_body_do_not_matter,
    names_of_properties_are_compared_without_case,
];

fn texts_come_back_as_they_went(server: &testkit::TestServer) {
    let caller = server.caller();
    for text in [
        "",
        " ",
        "\t\r\n",
        "\u{1}\u{1f}\u{7f}",
        "\u{2028}\u{feff}",
        "e\u{301} é",
        "\u{1F468}\u{200D}\u{1F469}",
        "שלום",
        "\u{10ffff}",
        "'; drop table journal; --",
        "%_\\",
        "{\"a\": [1]}",
        "null",
        "\\u0041",
        "</script>",
        "a\\b/c\"d",
    ] {
        // One that has a column of its own, and one that has not.
        for property in ["serialNumber", "manufacturer"] {
            let created = caller.create(DEVICES, &json!({property: text}));
            assert_eq!(created[property], text);
            let path = format!("{DEVICES}/{}", id(&created));
            assert_eq!(caller.read(&path)[property], text);
            let filter = format!("id eq '{}' and {property} eq '{}'", id(&created), text.replace('\'', "''"));
            let found = caller.get(DEVICES).query("$filter", &filter).send().is(200).json();
            assert_eq!(found["value"].as_array().map(Vec::len), Some(1), "{filter}");
        }
    }
}

fn texts_may_be_long(server: &testkit::TestServer) {
    let caller = server.caller();
    // What is indexed or secret has a bound in the model; what is neither has the body's.
    for (property, most) in
        [("serialNumber", 512), ("manufacturer", usize::MAX), ("deviceAccountPassword", 1_024)]
    {
        for text in
            [noise(250), noise(512), noise(513), noise(10_000), "x".repeat(1 << 20), "\u{10ffff}".repeat(512)]
        {
            let answer = caller.act(DEVICES, &json!({property: text}));
            if text.chars().count() > most {
                answer.refused(400, &[property, "characters"]);
                continue;
            }
            let answer = answer.is(201);
            let read = caller.read(&format!("{DEVICES}/{}", id(&answer.json())));
            assert!(read[property] == text, "{property} of {} bytes came back otherwise", text.len());
        }
    }
}

fn what_no_text_can_hold_is_refused_by_name(server: &testkit::TestServer) {
    let caller = server.caller();
    for property in ["serialNumber", "manufacturer", "deviceAccountPassword"] {
        // A NUL character is JSON, but not every database can hold it.
        let answer = caller.post(DEVICES).text(&format!("{{\"{property}\": \"a\\u0000b\"}}")).send();
        match answer.status {
            201 => assert_eq!(caller.read(&format!("{DEVICES}/{}", id(&answer.json())))[property], "a\0b"),
            _ => drop(answer.refused(400, &[property])),
        }
        // Half a character is none.
        caller.post(DEVICES).text(&format!("{{\"{property}\": \"\\ud800\"}}")).send().refused(400, &[]);
    }
    let filter = "serialNumber eq 'a\0b'";
    let answer = caller.get(DEVICES).query("$filter", filter).send();
    assert!([200, 400].contains(&answer.status), "{}", answer.text());
    for filter in [r#"serialNumber in ["a\u0000b"]"#, r#"serialNumber in ("a\u0000b")"#] {
        caller.get(DEVICES).query("$filter", filter).send().refused(400, &["NUL"]);
    }
}

fn the_order_and_the_blanks_of_a_body_do_not_matter(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = "\n{ \"groupTag\"\t:\"b\" ,\r\n\"serialNumber\":\"a\" , \"@odata.type\":\"microsoft.graph.windowsAutopilotDeviceIdentity\" } \n";
    let created: Value = caller.post(DEVICES).text(body).send().is(201).json();
    assert_eq!((&created["groupTag"], &created["serialNumber"]), (&json!("b"), &json!("a")));
}

fn names_of_properties_are_compared_without_case(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.create(DEVICES, &json!({"SerialNumber": "1", "GROUPTAG": "t"}));
    testkit::assert_subset(&created, &json!({"serialNumber": "1", "groupTag": "t"}));
}
