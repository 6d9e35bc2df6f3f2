//! Compares JSON as the documents mean it: an answer holds at least what is shown, ids are the server's, a type is the
//! same with and without its sign, and an instant is the same in every time zone.

use jiff::Timestamp;
use serde_json::Value;

/// Members that are the server's in every answer.
const SERVERS_OWN: [&str; 2] = ["id", "@odata.context"];

/// Panics with every difference between an answer and what it must hold.
#[track_caller]
pub fn assert_subset(actual: &Value, expected: &Value) {
    assert_subset_but(actual, expected, &[]);
}

/// Does as [`assert_subset`], with the members of these names left out, wherever they stand.
#[track_caller]
pub fn assert_subset_but(actual: &Value, expected: &Value, without: &[&str]) {
    let differences = differences(actual, expected, without);
    assert!(differences.is_empty(), "{}\nin {actual:#}", differences.join("\n"));
}

/// The differences between an answer and what it must hold, each as `at $.a.b: expected 1, found 2`.
pub fn differences(actual: &Value, expected: &Value, without: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    compare(&mut found, "$", actual, expected, without);
    found
}

fn compare(found: &mut Vec<String>, at: &str, actual: &Value, expected: &Value, without: &[&str]) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            let wanted =
                |name: &&String| !SERVERS_OWN.contains(&name.as_str()) && !without.contains(&name.as_str());
            for (name, expected) in expected.iter().filter(|(name, _)| wanted(name)) {
                match actual.get(name) {
                    Some(actual) => compare(found, &format!("{at}.{name}"), actual, expected, without),
                    None => found.push(format!("at {at}: no member '{name}'")),
                }
            }
        }
        (Value::Array(actual), Value::Array(expected)) if actual.len() == expected.len() => {
            for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                compare(found, &format!("{at}[{index}]"), actual, expected, without);
            }
        }
        (actual, expected) => {
            if !is_same(at, actual, expected) {
                found.push(format!("at {at}: expected {expected}, found {actual}"));
            }
        }
    }
}

fn is_same(at: &str, actual: &Value, expected: &Value) -> bool {
    let (Some(text), Some(wanted)) = (actual.as_str(), expected.as_str()) else { return actual == expected };
    if at.ends_with(".@odata.type") {
        return text.trim_start_matches('#') == wanted.trim_start_matches('#');
    }
    match in_utc(wanted) {
        Some(instant) => text.ends_with('Z') && in_utc(text) == Some(instant),
        None => text == wanted,
    }
}

/// The instant of a date and time with an offset.
pub fn in_utc(text: &str) -> Option<Timestamp> {
    let is_date = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T');
    is_date.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn what_counts_as_different() {
        let zone = "2016-12-31T23:58:26.2447023-08:00";
        let cases = [
            ("more is fine", json!({"a": 1, "b": 2}), json!({"a": 1}), 0),
            ("less is not", json!({"a": 1}), json!({"a": 1, "b": null}), 1),
            ("ids", json!({"id": "x"}), json!({"id": "y"}), 0),
            ("types", json!({"@odata.type": "m.t"}), json!({"@odata.type": "#m.t"}), 0),
            ("other types", json!({"@odata.type": "m.t"}), json!({"@odata.type": "#m.u"}), 1),
            ("instants", json!({"a": "2017-01-01T07:58:26.2447023Z"}), json!({"a": zone}), 0),
            ("lost digits", json!({"a": "2017-01-01T07:58:26.244702Z"}), json!({"a": zone}), 1),
            ("not in UTC", json!({"a": zone}), json!({"a": zone}), 1),
            ("items", json!([{"a": 1}, {"a": 2}]), json!([{"a": 1}, {"a": 3}]), 1),
            ("their number", json!([1]), json!([1, 2]), 1),
        ];
        for (name, actual, expected, count) in cases {
            assert_eq!(differences(&actual, &expected, &[]).len(), count, "{name}");
        }
    }
}
