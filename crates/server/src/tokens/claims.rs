//! What a token claims. A claim that is there and not of its type is refused, never taken for one that is missing.

use std::time::{SystemTime, UNIX_EPOCH};

use odata::Json;
use uuid::Uuid;

use crate::request_error::RequestError;

/// The placeholder of the tenant in an issuer's name, as in Entra's own discovery document.
pub const TENANT_PLACEHOLDER: &str = "{tenantid}";

/// The audiences of Microsoft Graph, for which a client that was made for it asks a token.
pub const GRAPH_AUDIENCES: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// The longest text that names somebody or something. OpenID Connect has subjects of 255 characters at most.
const NAME_BYTES_MAX: usize = 1024;

/// The members of a JSON object, each there once: a token's claims, or its header.
pub struct Claims<'a>(Json<'a>);

impl<'a> Claims<'a> {
    /// Reads an object.
    pub fn read(text: &'a [u8]) -> Result<Claims<'a>, RequestError> {
        let reason = match Json::read(text) {
            Ok(members @ Json::Object(_)) => return Ok(Claims(members)),
            Ok(other) => format!("{} is no object", other.kind()),
            Err(reason) => reason,
        };
        Err(RequestError::invalid_token(format!("the access token cannot be read: {reason}")))
    }

    /// Whether a claim is there, of whatever type.
    pub fn has(&self, name: &str) -> bool {
        matches!(self.find(name), Ok(Some(_)))
    }

    /// A claim that names somebody or something.
    pub fn text(&self, name: &str) -> Result<Option<&str>, RequestError> {
        match self.find(name)? {
            None => Ok(None),
            Some(Json::String(text)) if text.len() > NAME_BYTES_MAX => {
                Err(refuse(name, "is longer than 1 KiB"))
            }
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(refuse(name, "is not a string")),
        }
    }

    /// The first of these claims that is there.
    pub fn first_text(&self, names: &[String]) -> Result<Option<&str>, RequestError> {
        names.iter().find_map(|name| self.text(name).transpose()).transpose()
    }

    /// A claim that is a string of words. Only U+0020 stands between them (RFC 6749, 3.3).
    pub fn words(&self, name: &str) -> Result<Option<Vec<&str>>, RequestError> {
        match self.find(name)? {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.split(' ').filter(|word| !word.is_empty()).collect())),
            Some(_) => Err(refuse(name, "is not a string")),
        }
    }

    /// A claim that is a list of strings.
    pub fn list(&self, name: &str) -> Result<Option<Vec<&str>>, RequestError> {
        let strings = match self.find(name)? {
            None => return Ok(None),
            Some(Json::Array(values)) => values.iter().map(string).collect::<Option<Vec<_>>>(),
            Some(_) => None,
        };
        strings.map(Some).ok_or_else(|| refuse(name, "is not a list of strings"))
    }

    /// A claim that is a string of words, or a list of them.
    pub fn words_or_list(&self, name: &str) -> Result<Option<Vec<&str>>, RequestError> {
        match self.find(name)? {
            Some(Json::String(_)) => self.words(name),
            _ => self.list(name),
        }
    }

    /// A claim that is one string, or a list of them.
    pub fn text_or_list(&self, name: &str) -> Result<Option<Vec<&str>>, RequestError> {
        match self.find(name)? {
            Some(Json::String(text)) => Ok(Some(vec![text])),
            _ => self.list(name),
        }
    }

    /// A claim that is an instant, in seconds since 1970.
    pub fn seconds(&self, name: &str) -> Result<Option<u64>, RequestError> {
        match self.find(name)? {
            None => Ok(None),
            Some(Json::Integer(seconds)) if *seconds >= 0 => Ok(Some(seconds.unsigned_abs())),
            // It may have a fraction (RFC 7519, 2).
            Some(Json::Double(seconds)) if (0.0..9e15).contains(seconds) => Ok(Some(*seconds as u64)),
            Some(_) => Err(refuse(name, "is not a number of seconds since 1970")),
        }
    }

    /// The value of a claim by its name, or of a member of a claim by a JSON pointer (RFC 6901).
    fn find(&self, name: &str) -> Result<Option<&Json<'a>>, RequestError> {
        let Some(pointer) = name.strip_prefix('/') else { return member(&self.0, name, name) };
        let mut value = &self.0;
        for step in pointer.split('/') {
            match member(value, &step.replace("~1", "/").replace("~0", "~"), name)? {
                Some(found) => value = found,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }
}

fn member<'v, 'a>(
    object: &'v Json<'a>,
    step: &str,
    name: &str,
) -> Result<Option<&'v Json<'a>>, RequestError> {
    match object {
        Json::Object(members) => Ok(members.iter().find(|(known, _)| known == step).map(|(_, value)| value)),
        _ => Err(refuse(name, "is to be in what is not an object")),
    }
}

fn string<'v>(value: &'v Json<'_>) -> Option<&'v str> {
    match value {
        Json::String(text) => Some(text),
        _ => None,
    }
}

fn refuse(name: &str, what: &str) -> RequestError {
    RequestError::invalid_token(format!("the access token's '{name}' {what}"))
}

/// The id that a text holds, or a stable one made of it: issuers other than Entra name subjects as they like.
pub fn stable_id(tenant: Uuid, text: &str) -> Uuid {
    guid(text).unwrap_or_else(|| Uuid::new_v5(&tenant, text.as_bytes()))
}

/// A GUID in its usual form with hyphens.
pub fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Seconds since 1970. Tokens live by the real clock, also where the service's own clock can be turned. By a clock that
/// stands before 1970 every token has expired.
pub fn unix_seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::Claims;

    #[test]
    fn a_claim_is_of_its_type_or_missing() {
        let long = "a".repeat(1025);
        let text = format!(
            r#"{{"t":"a b","l":["a","b c"],"n":7,"f":7.9,"m":-1,"x":null,"s":"a  b\tc\u00a0d ","long":"{long}",
                "o":{{"a/b":{{"r":["p"]}},"t":"x"}},"mixed":["a",1]}}"#
        );
        let claims = Claims::read(text.as_bytes()).unwrap();
        let shown = |claim: &str| match claim.split_once(' ').unwrap() {
            ("text", name) => format!("{:?}", claims.text(name).ok()),
            ("words", name) => format!("{:?}", claims.words(name).ok()),
            ("list", name) => format!("{:?}", claims.list(name).ok()),
            ("either", name) => format!("{:?}", claims.words_or_list(name).ok()),
            (_, name) => format!("{:?}", claims.seconds(name).ok()),
        };
        let cases = [
            ("text t", r#"Some(Some("a b"))"#),
            ("text none", "Some(None)"),
            ("text n", "None"),
            ("text x", "None"),
            ("text l", "None"),
            ("text long", "None"),
            ("words s", r#"Some(Some(["a", "b\tc\u{a0}d"]))"#),
            ("words l", "None"),
            ("list l", r#"Some(Some(["a", "b c"]))"#),
            ("list t", "None"),
            ("list mixed", "None"),
            ("either t", r#"Some(Some(["a", "b"]))"#),
            ("either l", r#"Some(Some(["a", "b c"]))"#),
            ("either n", "None"),
            ("seconds n", "Some(Some(7))"),
            ("seconds f", "Some(Some(7))"),
            ("seconds m", "None"),
            ("seconds t", "None"),
            ("list /o/a~1b/r", r#"Some(Some(["p"]))"#),
            ("list /o/none/r", "Some(None)"),
            ("list /o/t/r", "None"),
        ];
        for (claim, expected) in cases {
            assert_eq!(shown(claim), expected, "{claim}");
        }
    }

    #[test]
    fn what_is_no_object_with_each_member_once_is_no_set_of_claims() {
        for (text, reason) in [
            (&b"[]"[..], "an array is no object"),
            (b"7", "a number is no object"),
            (b"", "EOF"),
            (b"{\"a\":1,\"a\":1}", "the member 'a' occurs twice"),
            (b"{\"a\":{\"b\":1,\"b\":2}}", "the member 'b' occurs twice"),
            (b"{\"a\":\"\xff\"}", "unicode"),
            (b"{} {}", "trailing"),
        ] {
            let message = Claims::read(text).err().map(|error| error.message()).unwrap_or_default();
            assert!(message.contains(reason), "{}: {message}", String::from_utf8_lossy(text));
        }
    }
}
