//! The settings one by one: their keys, their values, and who set them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What is shown in place of a secret.
const STARS: &str = "********";

/// Who set a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: it is as it is without a configuration.
    Default,
    /// The configuration file.
    File,
    /// This variable of the environment.
    Variable(String),
    /// This option of the command line.
    Option(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => formatter.write_str("default"),
            Origin::File => formatter.write_str("file"),
            Origin::Variable(name) => write!(formatter, "environment {name}"),
            Origin::Option(name) => write!(formatter, "option {name}"),
        }
    }
}

/// The settings whose values are not their defaults, and who set each.
pub type Origins = BTreeMap<String, Origin>;

/// A setting as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SettingValue {
    /// Its key, with the tables before it.
    pub key: String,
    /// Its value, with stars for what is secret; null where there is none.
    pub value: Value,
    /// Who set it.
    pub origin: String,
}

/// The settings of a value, each with its key: tables are taken apart, lists are not.
pub fn flat(settings: &impl Serialize) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    // A path that is not text cannot be shown, and no file can name one.
    take_apart("", serde_json::to_value(settings).unwrap_or_default(), &mut found);
    found
}

fn take_apart(key: &str, value: Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let key = if key.is_empty() { name } else { format!("{key}.{name}") };
                take_apart(&key, member, found);
            }
        }
        value => found.push((key.to_owned(), value)),
    }
}

/// A value as it is shown: without what is secret in it.
pub fn shown(key: &str, value: Value) -> Value {
    let last = key.rsplit('.').next().unwrap_or(key);
    let is_secret = ["password", "token", "secret"].contains(&last);
    match value {
        Value::String(_) if is_secret => STARS.into(),
        Value::String(text) => starred(&text).into(),
        Value::Array(elements) => elements.into_iter().map(|element| shown(key, element)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, member)| (name.clone(), shown(&name, member))).collect()
        }
        other => other,
    }
}

/// A text without the password that a URL in it carries, before its host or among its parameters.
fn starred(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (address, query) =
        rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)));
    let address = match address.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{STARS}@{host}"),
            None => address.to_owned(),
        },
        None => address.to_owned(),
    };
    let query = query.map(|query| {
        let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
            Some((name @ ("password" | "sslpassword"), _)) => format!("{name}={STARS}"),
            _ => parameter.to_owned(),
        });
        format!("?{}", parameters.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{address}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shown;

    #[test]
    fn secrets_are_starred_wherever_they_stand() {
        let cases = [
            ("database", json!("postgres://a:b:c@d:e@host/x"), json!("postgres://a:********@host/x")),
            ("database", json!("postgres://a@host/x"), json!("postgres://a@host/x")),
            (
                "database",
                json!("postgres://h/x?a=1&password=p"),
                json!("postgres://h/x?a=1&password=********"),
            ),
            ("database", json!("sqlite:muster.db"), json!("sqlite:muster.db")),
            ("vault.token", json!("s.1"), json!("********")),
            ("vault.token", json!(null), json!(null)),
            (
                "issuers",
                json!([{"issuer": "i", "secret": "s"}]),
                json!([{"issuer": "i", "secret": "********"}]),
            ),
            ("secrets.key_file", json!("/k"), json!("/k")),
        ];
        for (key, value, expected) in cases {
            assert_eq!(shown(key, value), expected, "{key}");
        }
    }
}
