//! A line of a bulk: the operation on one device that it asks for.

use bytes::Bytes;
use engine::{Error, code};
use odata::error::hint;
use odata::payload::json::text_of_body;
use odata::payload::write::write_string;
use odata::{Json, Key};

/// The verb of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BulkVerb {
    Tag,
    Name,
    /// Gives the device to a user, or takes it from whoever has it.
    User,
    Delete,
}

const VERBS: [(&str, BulkVerb); 4] = [
    ("tag", BulkVerb::Tag),
    ("name", BulkVerb::Name),
    ("user", BulkVerb::User),
    ("delete", BulkVerb::Delete),
];

/// The reference of a line to its device.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DeviceReference {
    Id(Key),
    SerialNumber(Box<str>),
}

/// An operation on one device.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BulkOperation {
    pub(super) verb: BulkVerb,
    pub(super) device: DeviceReference,
    /// The new tag or name of the device.
    pub(super) text: Option<Box<str>>,
    /// The body of the call that does it.
    pub(super) body: Bytes,
}

impl BulkOperation {
    /// Reads a line: a JSON object of `verb`, `id` or `serialNumber`, and the value that the verb takes.
    pub(super) fn read(line: &[u8]) -> Result<BulkOperation, Error> {
        let Json::Object(members) = Json::parse(text_of_body(line)?)? else {
            return Err(Error::bad_request(
                r#"A line is an object such as {"verb":"tag","serialNumber":"A1","groupTag":"Kiosk"}."#,
            )
            .coded(odata::code::MALFORMED_BODY));
        };
        let text = |name: &str| match members.iter().find(|(known, _)| *known == name) {
            None => Ok(None),
            // No text has it, and not every database takes it.
            Some((_, Json::String(text))) if text.contains('\0') => {
                let message = format!("The property '{name}' must not contain the character NUL.");
                Err(Error::bad_request(message).coded(odata::code::INVALID_VALUE).about(name))
            }
            Some((_, Json::String(text))) => Ok(Some(Some(&**text))),
            Some((_, Json::Null)) => Ok(Some(None)),
            Some((_, other)) => Err(Error::bad_request(format!(
                "The property '{name}' must be a string, not {}.",
                other.kind()
            ))
            .coded(odata::code::INVALID_VALUE)
            .about(name)),
        };
        let verb = verb(text("verb")?.flatten())?;
        let value = match verb {
            BulkVerb::Tag => Some("groupTag"),
            BulkVerb::Name => Some("displayName"),
            BulkVerb::User => Some("userPrincipalName"),
            BulkVerb::Delete => None,
        };
        let known: Vec<&str> = ["verb", "id", "serialNumber"].into_iter().chain(value).collect();
        if let Some((unknown, _)) = members.iter().find(|(name, _)| !known.contains(&&**name)) {
            let near = hint(unknown, known.iter().copied());
            let message = format!("A line with this verb has no property '{unknown}'{near}");
            return Err(Error::bad_request(message).coded(odata::code::UNKNOWN_PROPERTY).about(unknown));
        }
        let given = |name: &str| Ok::<_, Error>(text(name)?.flatten().filter(|text| !text.is_empty()));
        let device = match (given("id")?, given("serialNumber")?) {
            (Some(id), None) => DeviceReference::Id(Key::parse(id)),
            (None, Some(serial_number)) => DeviceReference::SerialNumber(serial_number.into()),
            (None, None) => return Err(required("'id' or 'serialNumber'").about("id")),
            (Some(_), Some(_)) => {
                let message = "A line names its device by 'id' or by 'serialNumber', not by both.";
                return Err(Error::bad_request(message).about("serialNumber"));
            }
        };
        let Some(name) = value else {
            return Ok(BulkOperation { verb, device, text: None, body: Bytes::new() });
        };
        let text = text(name)?.ok_or_else(|| required(&format!("'{name}'")).about(name))?;
        if verb == BulkVerb::User && text.is_none_or(str::is_empty) {
            return Ok(BulkOperation { verb, device, text: None, body: Bytes::new() });
        }
        let mut body = format!("{{\"{name}\":").into_bytes();
        write_text(&mut body, text);
        body.push(b'}');
        Ok(BulkOperation { verb, device, text: text.map(Into::into), body: body.into() })
    }
}

fn verb(given: Option<&str>) -> Result<BulkVerb, Error> {
    let names = || VERBS.iter().map(|(name, _)| *name);
    let given = given.ok_or_else(|| required("'verb'").about("verb"))?;
    VERBS.iter().find(|(name, _)| *name == given).map(|(_, verb)| *verb).ok_or_else(|| {
        let shown: String = given.chars().take(40).collect();
        let all = names().collect::<Vec<_>>().join(", ");
        let message = format!("There is no verb '{shown}'{}; there are {all}.", hint(given, names()));
        Error::bad_request(message).about("verb")
    })
}

fn required(what: &str) -> Error {
    Error::bad_request(format!("The property {what} is required.")).coded(code::PROPERTY_REQUIRED)
}

/// Writes a text as JSON.
pub(super) fn write_text(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => write_string(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::{BulkOperation, BulkVerb, DeviceReference};

    #[test]
    fn lines_say_what_is_to_be_done() {
        let serial_number = || DeviceReference::SerialNumber("A1".into());
        let cases = [
            (
                r#"{"verb":"tag","serialNumber":"A1","groupTag":"K \"x\""}"#,
                BulkVerb::Tag,
                serial_number(),
                r#"{"groupTag":"K \"x\""}"#,
            ),
            (
                r#"{"groupTag":null,"serialNumber":"A1","verb":"tag"}"#,
                BulkVerb::Tag,
                serial_number(),
                r#"{"groupTag":null}"#,
            ),
            (
                r#"{"verb":"name","id":"x","displayName":""}"#,
                BulkVerb::Name,
                DeviceReference::Id(Key::parse("x")),
                r#"{"displayName":""}"#,
            ),
            (
                r#"{"verb":"user","id":"x","userPrincipalName":"a@b.example"}"#,
                BulkVerb::User,
                DeviceReference::Id(Key::parse("x")),
                r#"{"userPrincipalName":"a@b.example"}"#,
            ),
            (
                r#"{"verb":"user","serialNumber":"A1","userPrincipalName":null}"#,
                BulkVerb::User,
                serial_number(),
                "",
            ),
            (r#" {"verb":"delete","serialNumber":"A1","id":null} "#, BulkVerb::Delete, serial_number(), ""),
        ];
        for (line, verb, device, body) in cases {
            let read = BulkOperation::read(line.as_bytes()).unwrap();
            assert_eq!((read.verb, read.device, &*read.body), (verb, device, body.as_bytes()), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_named() {
        for (line, named) in [
            ("", "JSON"),
            ("[]", "object"),
            (r#"{"verb":"tagg","id":"x"}"#, "did you mean 'tag'?"),
            (r#"{"id":"x"}"#, "'verb' is required"),
            (r#"{"verb":"delete"}"#, "'id' or 'serialNumber'"),
            (r#"{"verb":"delete","id":"x","serialNumber":"A1"}"#, "not by both"),
            (r#"{"verb":"delete","id":"x","groupTag":"y"}"#, "no property 'groupTag'"),
            (r#"{"verb":"tag","id":"x"}"#, "'groupTag' is required"),
            (r#"{"verb":"tag","id":"x","grouptag":"y"}"#, "did you mean 'groupTag'?"),
            (r#"{"verb":"tag","id":7,"groupTag":"y"}"#, "'id' must be a string"),
            (r#"{"verb":"tag","id":"x","groupTag":["y"]}"#, "'groupTag' must be a string"),
            (
                r#"{"verb":"delete","serialNumber":"A\u0000"}"#,
                "'serialNumber' must not contain the character NUL",
            ),
        ] {
            let error = BulkOperation::read(line.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
