//! From a body to a batch: every mistake names the request it is in.

use std::fmt;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{BatchPlan, BatchRequest, BatchUnit, Method, REQUESTS_MAX};
use crate::base64::decode_lenient;
use crate::error::cut;
use crate::error::hint;
use crate::{Error, ErrorKind, Json};

/// Bytes of an id or of a group's name at most.
const NAME_BYTES_MAX: usize = 256;

/// Reads the body of a batch.
pub fn read(text: &[u8]) -> Result<BatchPlan, Error> {
    let members: EnvelopeMembers<'_> =
        serde_json::from_slice(text).map_err(|error| bad(format!("The body is not a batch: {error}.")))?;
    let Some(requests) = members.find(&["requests"]) else {
        return Err(bad(format!(
            "The body of a batch needs the member 'requests'{}",
            members.hint("requests")
        )));
    };
    let Few { items, count } = serde_json::from_str(requests.get())
        .map_err(|_| bad("The member 'requests' must be an array of requests.".to_owned()))?;
    if count > REQUESTS_MAX {
        return Err(bad(format!("A batch takes at most {REQUESTS_MAX} requests, not {count}.")));
    }
    let mut batch = BatchPlan { requests: Vec::with_capacity(items.len()), units: Vec::new() };
    for (at, item) in items.into_iter().enumerate() {
        batch.add(at, item)?;
    }
    Ok(batch)
}

impl BatchPlan {
    fn add(&mut self, at: usize, item: &RawValue) -> Result<(), Error> {
        let members: EnvelopeMembers<'_> = serde_json::from_str(item.get()).map_err(|error| {
            bad(format!("The request at position {at} of the batch is no object: {error}."))
        })?;
        let id = self.new_id(at, &members)?;
        let group = members.text("atomicityGroup", &id)?.filter(|group| !group.is_empty());
        if self.requests.iter().any(|other| group.as_ref() == Some(&other.id)) {
            return Err(of(&id, "its 'atomicityGroup' is the id of another request"));
        }
        let depends_on = self.dependencies(&id, group.as_deref(), &members)?;
        let request = request(id, group, &members)?;
        if request.group.is_some() && request.method == Method::Get {
            return Err(of(&request.id, "an atomicity group holds changes only, and GET is none"));
        }
        self.place(request, depends_on)
    }

    /// Puts a request into the unit of its group, or into one of its own.
    fn place(&mut self, request: BatchRequest, depends_on: Vec<usize>) -> Result<(), Error> {
        let end = self.requests.len() + 1;
        let continues =
            request.group.is_some() && self.requests.last().is_some_and(|last| last.group == request.group);
        let is_known = |other: &BatchRequest| request.group.is_some() && other.group == request.group;
        match self.units.last_mut().filter(|_| continues) {
            Some(unit) => {
                unit.requests.end = end;
                unit.depends_on.extend(depends_on);
            }
            None if self.requests.iter().any(is_known) => {
                return Err(of(&request.id, "the requests of an atomicity group must follow one another"));
            }
            None => {
                let atomic = request.group.is_some();
                self.units.push(BatchUnit { requests: end - 1..end, atomic, depends_on });
            }
        }
        self.requests.push(request);
        Ok(())
    }

    fn new_id(&self, at: usize, members: &EnvelopeMembers<'_>) -> Result<String, Error> {
        let place = format!("The request at position {at} of the batch");
        let Some(raw) = members.find(&["id"]) else {
            return Err(bad(format!("{place} needs the member 'id'{}", members.hint("id"))));
        };
        let id = name(raw).ok_or_else(|| {
            bad(format!(
                "{place} needs an 'id' that is a string of up to {NAME_BYTES_MAX} bytes or a whole number."
            ))
        })?;
        let taken = |other: &BatchRequest| other.id == id || other.group.as_ref() == Some(&id);
        match self.requests.iter().any(taken) {
            true => Err(bad(format!("The id '{}' is there twice in the batch.", cut(&id)))),
            false => Ok(id),
        }
    }

    /// The units that a request names in `dependsOn`; Python's SDK writes `depends_on`.
    fn dependencies(
        &self,
        id: &str,
        group: Option<&str>,
        members: &EnvelopeMembers<'_>,
    ) -> Result<Vec<usize>, Error> {
        let Some(raw) = members.find(&["dependsOn", "depends_on"]) else { return Ok(Vec::new()) };
        let names = serde_json::from_str::<Option<Few<'_>>>(raw.get()).ok();
        let names = names.map(|names| names.unwrap_or_default().items.into_iter().map(name).collect());
        let Some(Some(names)) = names else {
            return Err(of(id, "its 'dependsOn' must be an array of ids"));
        };
        let names: Vec<String> = names;
        let mut units = Vec::with_capacity(names.len());
        for wanted in names {
            let named =
                |request: &BatchRequest| request.id == wanted || request.group.as_ref() == Some(&wanted);
            let Some(at) = self.requests.iter().position(named) else {
                let why =
                    format!("it depends on '{}', and no request before it is called that", cut(&wanted));
                return Err(of(id, &why));
            };
            let is_own = group.is_some() && self.requests[at].group.as_deref() == group;
            let unit = self.units.iter().position(|unit| unit.requests.contains(&at));
            units.extend(unit.filter(|_| !is_own));
        }
        Ok(units)
    }
}

fn request(id: String, group: Option<String>, members: &EnvelopeMembers<'_>) -> Result<BatchRequest, Error> {
    let needed = |name: &str| {
        let text = members.text(name, &id)?;
        text.ok_or_else(|| of(&id, &format!("it needs the member '{name}'{}", members.hint(name))))
    };
    let method = needed("method")?;
    let known = Method::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(&method));
    let method = known.ok_or_else(|| {
        of(&id, &format!("the method '{}' is none of GET, POST, PATCH, PUT and DELETE", cut(&method)))
    })?;
    let url = needed("url")?;
    let headers = headers(&id, members)?;
    let body = body(&headers, members);
    Ok(BatchRequest { id, group, method, url, headers, body })
}

fn headers(id: &str, members: &EnvelopeMembers<'_>) -> Result<Vec<(String, String)>, Error> {
    let Some(raw) = members.find(&["headers"]) else { return Ok(Vec::new()) };
    if raw.get() == "null" {
        return Ok(Vec::new());
    }
    let given: EnvelopeMembers<'_> =
        serde_json::from_str(raw.get()).map_err(|_| of(id, "its 'headers' must be an object"))?;
    let header = |(name, value): &(String, &RawValue)| match Json::parse(value.get().as_bytes()) {
        Ok(Json::String(text)) => Ok((name.to_string(), text.into_owned())),
        Ok(Json::Integer(number)) => Ok((name.to_string(), number.to_string())),
        _ => Err(of(id, &format!("its header '{}' must be a string", cut(name)))),
    };
    given.0.iter().map(header).collect()
}

/// The bytes of a body: JSON as it stands, text without its quotes, anything else from base64url. What is in no such
/// form stands as it is, for whoever takes the media type to refuse.
fn body(headers: &[(String, String)], members: &EnvelopeMembers<'_>) -> Vec<u8> {
    let Some(raw) = members.find(&["body"]).filter(|raw| raw.get() != "null") else { return Vec::new() };
    let told = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media_type = told.map_or("application/json", |(_, value)| value).to_ascii_lowercase();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    match Json::parse(raw.get().as_bytes()) {
        Ok(Json::String(text)) if media_type.starts_with("text/") => text.into_owned().into_bytes(),
        Ok(Json::String(text)) if !is_json => {
            let decoded =
                decode_lenient(&text, &BASE64URL_NOPAD).or_else(|| decode_lenient(&text, &BASE64_NOPAD));
            decoded.unwrap_or_else(|| text.into_owned().into_bytes())
        }
        _ => raw.get().as_bytes().to_vec(),
    }
}

/// A string or whole number, as text.
fn name(raw: &RawValue) -> Option<String> {
    match Json::parse(raw.get().as_bytes()).ok()? {
        Json::String(text) if (1..=NAME_BYTES_MAX).contains(&text.len()) => Some(text.into_owned()),
        Json::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The items of a JSON array as unread text, up to one more than a batch has requests; those behind are only counted.
#[derive(Default)]
struct Few<'a> {
    items: Vec<&'a RawValue>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Few<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Few<'a>, D::Error> {
        deserializer.deserialize_seq(FewVisitor)
    }
}

struct FewVisitor;

impl<'de> Visitor<'de> for FewVisitor {
    type Value = Few<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Few<'de>, A::Error> {
        let mut few = Few::default();
        while few.count <= REQUESTS_MAX {
            let Some(item) = items.next_element()? else { return Ok(few) };
            few.items.push(item);
            few.count += 1;
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            few.count += 1;
        }
        Ok(few)
    }
}

/// The members of a JSON object, each name once, their values as unread text.
struct EnvelopeMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'a> EnvelopeMembers<'a> {
    /// The value of the first of these names that is there.
    fn find(&self, names: &[&str]) -> Option<&'a RawValue> {
        names.iter().find_map(|name| self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value))
    }

    /// A string; None if it is absent or null.
    fn text(&self, name: &str, id: &str) -> Result<Option<String>, Error> {
        match self.find(&[name]).map(|raw| Json::parse(raw.get().as_bytes())) {
            None | Some(Ok(Json::Null)) => Ok(None),
            Some(Ok(Json::String(text))) => Ok(Some(text.into_owned())),
            Some(_) => Err(of(id, &format!("its member '{name}' must be a string"))),
        }
    }

    fn hint(&self, name: &str) -> String {
        hint(name, self.0.iter().map(|(known, _)| &**known))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for EnvelopeMembers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EnvelopeMembers<'a>, D::Error> {
        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

struct EnvelopeVisitor;

/// Members of an object at most: a batch or request has few, and few headers.
const MEMBERS_MAX: usize = 100;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = EnvelopeMembers<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<EnvelopeMembers<'de>, A::Error> {
        let mut found: Vec<(String, &'de RawValue)> = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            if found.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format_args!("the member '{}' occurs twice", cut(&name))));
            }
            if found.len() == MEMBERS_MAX {
                return Err(A::Error::custom(format_args!("more than {MEMBERS_MAX} members")));
            }
            found.push((name, members.next_value()?));
        }
        Ok(EnvelopeMembers(found))
    }
}

fn of(id: &str, why: &str) -> Error {
    bad(format!("The request '{}' of the batch is not one: {why}.", cut(id)))
}

fn bad(message: String) -> Error {
    Error::new(ErrorKind::BadBody, message)
}
