//! The older and the newer shape of a deployment profile's properties

use serde_json::{Value, json};
use testkit::{TestServer, assert_subset};

use crate::samples::{id, profile};

const PATH: &str = "windowsAutopilotDeploymentProfiles";

both![
    who_sends_one_shape_changes_both,
    who_creates_with_both_is_taken_at_their_word,
    of_both_the_one_that_differs_is_the_change,
    a_change_that_contradicts_itself_is_refused,
    a_part_of_the_settings_is_changed_in_both,
    nothing_is_nothing_in_both,
];

fn older() -> Value {
    json!({
        "enableWhiteGlove": true, "extractHardwareHash": true, "language": "de-DE",
        "outOfBoxExperienceSettings": {
            "deviceUsageType": "shared", "hideEscapeLink": true, "hideEULA": false, "hidePrivacySettings": true,
            "skipKeyboardSelectionPage": false, "userType": "standard",
        },
    })
}

fn newer() -> Value {
    json!({
        "preprovisioningAllowed": true, "hardwareHashExtractionEnabled": true, "locale": "de-DE",
        "outOfBoxExperienceSetting": {
            "deviceUsageType": "shared", "escapeLinkHidden": true, "eulaHidden": false,
            "privacySettingsHidden": true, "keyboardSelectionPageSkipped": false, "userType": "standard",
        },
    })
}

/// A new profile with these properties.
fn with(properties: Value) -> Value {
    let mut body = profile("A");
    let (Some(body_members), Value::Object(properties)) = (body.as_object_mut(), properties) else {
        return body;
    };
    body_members.extend(properties);
    body
}

fn who_sends_one_shape_changes_both(server: &TestServer) {
    let caller = server.caller();
    for sent in [older(), newer()] {
        let created = caller.create(PATH, &with(sent.clone()));
        let changed = format!("{PATH}/{}", id(&caller.create(PATH, &profile("B"))));
        for shown in [created, caller.change(&changed, &sent), caller.read(&changed)] {
            assert_subset(&shown, &older());
            assert_subset(&shown, &newer());
        }
    }
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with(older()))));
    caller.request("PUT", &format!("{path}/locale")).json(&json!({"value": "fr-FR"})).send().is(204);
    caller.change(&path, &json!({"enableWhiteGlove": false}));
    assert_subset(
        &caller.read(&path),
        &json!({"language": "fr-FR", "preprovisioningAllowed": false, "hardwareHashExtractionEnabled": true}),
    );
}

fn who_creates_with_both_is_taken_at_their_word(server: &TestServer) {
    let caller = server.caller();
    let both = json!({
        "enableWhiteGlove": false, "preprovisioningAllowed": true, "language": "a", "locale": "b",
        "extractHardwareHash": true, "hardwareHashExtractionEnabled": false,
        "outOfBoxExperienceSettings": {"hideEULA": true}, "outOfBoxExperienceSetting": {"eulaHidden": false},
    });
    let created = caller.create(PATH, &with(both.clone()));
    assert_subset(&created, &both);
    let path = format!("{PATH}/{}", id(&created));
    // What is sent as it was read changes nothing.
    assert_subset(&caller.change(&path, &both), &both);
    // What differs agrees as soon as one of them is sent, even as it is.
    assert_subset(
        &caller.change(&path, &json!({"preprovisioningAllowed": true, "Language": "a"})),
        &json!({"enableWhiteGlove": true, "locale": "a", "extractHardwareHash": true, "hardwareHashExtractionEnabled": false}),
    );
}

/// A client reads a profile, changes one property and writes everything back.
fn of_both_the_one_that_differs_is_the_change(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with(older()))));
    let pairs = [
        ("extractHardwareHash", json!(false), "hardwareHashExtractionEnabled", json!(false)),
        ("hardwareHashExtractionEnabled", json!(true), "extractHardwareHash", json!(true)),
        ("enableWhiteGlove", json!(false), "preprovisioningAllowed", json!(false)),
        ("preprovisioningAllowed", json!(true), "enableWhiteGlove", json!(true)),
        ("preprovisioningAllowed", json!(null), "enableWhiteGlove", json!(false)),
        ("enableWhiteGlove", json!(true), "preprovisioningAllowed", json!(true)),
        ("language", json!("fr-FR"), "locale", json!("fr-FR")),
        ("locale", json!("it-IT"), "language", json!("it-IT")),
        ("locale", json!(null), "language", json!(null)),
        (
            "outOfBoxExperienceSettings",
            json!({"hideEULA": true}),
            "outOfBoxExperienceSetting",
            json!({"eulaHidden": true, "escapeLinkHidden": true, "userType": "standard"}),
        ),
        (
            "outOfBoxExperienceSetting",
            json!({"userType": "administrator", "escapeLinkHidden": false}),
            "outOfBoxExperienceSettings",
            json!({"userType": "administrator", "hideEscapeLink": false, "hideEULA": true}),
        ),
    ];
    for (name, value, other, expected) in pairs {
        let mut whole = caller.read(&path);
        match value {
            Value::Object(members) => {
                members.into_iter().for_each(|(inner, value)| whole[name][inner] = value)
            }
            value => whole[name] = value,
        }
        let changed = caller.change(&path, &whole);
        assert_subset(&changed, &json!({ name: whole[name], other: expected }));
    }
    // Each shape changes what the other leaves as it was.
    let mut whole = caller.read(&path);
    whole["outOfBoxExperienceSettings"]["hideEULA"] = json!(false);
    whole["outOfBoxExperienceSetting"]["privacySettingsHidden"] = json!(false);
    let expected = json!({
        "outOfBoxExperienceSettings": {"hideEULA": false, "hidePrivacySettings": false},
        "outOfBoxExperienceSetting": {"eulaHidden": false, "privacySettingsHidden": false},
    });
    assert_subset(&caller.change(&path, &whole), &expected);
}

fn a_change_that_contradicts_itself_is_refused(server: &TestServer) {
    let caller = server.caller();
    let plain = json!({"enableWhiteGlove": false, "extractHardwareHash": false, "language": "a"});
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with(plain))));
    let before = caller.read(&path);
    assert_eq!(before["hardwareHashExtractionEnabled"], false);
    let changed =
        caller.change(&path, &json!({"extractHardwareHash": true, "hardwareHashExtractionEnabled": false}));
    assert_subset(&changed, &json!({"extractHardwareHash": true, "hardwareHashExtractionEnabled": true}));
    let settings = json!({"outOfBoxExperienceSettings": {"userType": "standard", "hideEULA": false}});
    caller.change(&path, &settings);
    for (body, words) in [
        (json!({"language": "b", "locale": "c"}), ["'language'", "'locale'"]),
        (json!({"language": "b", "locale": null}), ["'language'", "'locale'"]),
        (
            json!({
                "outOfBoxExperienceSettings": {"deviceUsageType": "shared", "userType": "administrator"},
                "outOfBoxExperienceSetting": null,
            }),
            ["'outOfBoxExperienceSettings'", "'outOfBoxExperienceSetting'"],
        ),
    ] {
        caller.patch(&path).json(&body).send().refused(400, &words);
    }
    assert_eq!(caller.read(&path)["language"], "a");
    let agreeing = json!({"language": "d", "locale": "d"});
    assert_subset(&caller.change(&path, &agreeing), &agreeing);
}

fn a_part_of_the_settings_is_changed_in_both(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with(newer()))));
    let changed = caller.change(&path, &json!({"outOfBoxExperienceSettings": {"hideEULA": true}}));
    let expected = json!({"eulaHidden": true, "escapeLinkHidden": true, "userType": "standard"});
    assert_subset(&changed["outOfBoxExperienceSetting"], &expected);
}

fn nothing_is_nothing_in_both(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with(older()))));
    let nothing = json!({"preprovisioningAllowed": null, "locale": null, "outOfBoxExperienceSetting": null});
    let changed = caller.change(&path, &nothing);
    assert_subset(&changed, &nothing);
    assert_subset(
        &changed,
        &json!({"enableWhiteGlove": false, "language": null, "outOfBoxExperienceSettings": null, "extractHardwareHash": true}),
    );
}
