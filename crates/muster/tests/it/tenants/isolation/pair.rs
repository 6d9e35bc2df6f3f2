//! What is asked twice: about what is another tenant's, and about what never was.

use serde_json::Value;
use testkit::HttpAnswer;
use uuid::Uuid;

/// Headers and members that are a request's own; the tag of what one creates is a number that the next does not get.
const OF_A_REQUEST: [&str; 6] =
    ["date", "request-id", "client-request-id", "server-timing", "etag", "@odata.etag"];

/// A path with the keys of what is foreign, and one with keys of nothing in their place.
pub(super) struct Pair {
    pub(super) foreign: String,
    pub(super) missing: String,
    /// What stands for what: each key of the foreign path with the one in its place.
    pub(super) keys: Vec<(String, String)>,
}

impl Pair {
    /// The pair of a path whose keys stand where its set's path has `{}`, and at its end.
    pub(super) fn new(set_path: &str, foreign: &str) -> Pair {
        let places = set_path.split('/').chain(["{}"]);
        let mut keys = Vec::new();
        let missing = foreign.split('/').zip(places).map(|(segment, place)| match place {
            "{}" => {
                let other = alike(segment);
                keys.push((segment.to_owned(), other.clone()));
                other
            }
            _ => segment.to_owned(),
        });
        let missing = missing.collect::<Vec<_>>().join("/");
        Pair { foreign: foreign.to_owned(), missing, keys }
    }

    /// The pair of a key.
    pub(super) fn of_id(foreign: &str) -> Pair {
        Pair::of(foreign, &alike(foreign))
    }

    /// The pair of two texts, which answers may repeat.
    pub(super) fn of(foreign: &str, missing: &str) -> Pair {
        let (foreign, missing) = (foreign.to_owned(), missing.to_owned());
        Pair { foreign: foreign.clone(), missing: missing.clone(), keys: vec![(foreign, missing)] }
    }

    /// Asks about both, and compares the answers.
    #[track_caller]
    pub(super) fn same(&self, what: &str, ask: impl Fn(&str) -> HttpAnswer) -> HttpAnswer {
        let (foreign, missing) = (ask(&self.foreign), ask(&self.missing));
        let keys: Vec<&str> = self.keys.iter().map(|(foreign, _)| foreign.as_str()).collect();
        let others: Vec<&str> = self.keys.iter().map(|(_, missing)| missing.as_str()).collect();
        assert_eq!(told(&foreign, &keys), told(&missing, &others), "{what}: {}", self.foreign);
        assert!(foreign.status < 500 || foreign.status == 501, "{what}: {}", foreign.text());
        foreign
    }
}

/// A key of nothing that looks like another one: each UUID in it ends otherwise.
pub(super) fn alike(key: &str) -> String {
    let end = |part: &str| match Uuid::try_parse(part) {
        Ok(_) => format!("{}{}", &part[..24], &Uuid::new_v4().simple().to_string()[..12]),
        Err(_) => part.to_owned(),
    };
    let other = key.split('_').map(end).collect::<Vec<_>>().join("_");
    assert_ne!(other, key, "a key without a UUID");
    other
}

/// An answer without what is a request's own: its names, its time, the keys that it gave, and the key of what it created.
fn told(answer: &HttpAnswer, keys: &[&str]) -> (u16, Vec<(String, String)>, String) {
    let created = answer.header("Location").and_then(key_of);
    let keys: Vec<&str> = keys.iter().copied().chain(created).collect();
    let without = |text: &str| {
        keys.iter().enumerate().fold(text.to_owned(), |text, (at, key)| text.replace(key, &format!("<{at}>")))
    };
    let headers = answer.headers().filter(|(name, _)| !OF_A_REQUEST.contains(name));
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), without(value))).collect();
    headers.sort();
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            forget_the_request(&mut body);
            body.to_string()
        }
        Err(_) => answer.text(),
    };
    (answer.status, headers, without(&body))
}

/// The key at the end of an entity's URL.
fn key_of(url: &str) -> Option<&str> {
    let mut words = url.rsplit(|c: char| !c.is_ascii_hexdigit() && c != '-');
    words.find(|word| Uuid::try_parse(word).is_ok())
}

fn forget_the_request(body: &mut Value) {
    match body {
        Value::Object(members) => {
            OF_A_REQUEST.iter().for_each(|name| drop(members.remove(*name)));
            members.values_mut().for_each(forget_the_request);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_the_request),
        _ => {}
    }
}
