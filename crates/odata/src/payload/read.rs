//! JSON to drafts: every member checked against the model, in the order and with the words of the caller.
//!
//! Unknown members are errors; annotations (`name@odata.x`) are ignored, but for `@odata.type`, which chooses a
//! derived type wherever in the object it stands. Computed properties are accepted and ignored.

use super::entity::check_length;
use super::{Draft, Json};
use crate::code;
use crate::edm::{Kind, Model, Operation, Property, Structure, TypeId, TypeRef, Version};
use crate::error::cut;
use crate::error::hint;
use crate::{Error, ErrorKind, Record, Value};

use super::value::{invalid, read_primitive};

/// The end of the annotation that leads to entities which are there already (JSON format 4.01, 8.5).
const BIND: &str = "@odata.bind";

/// Reads the bodies of one request.
#[derive(Clone, Copy)]
pub struct Reader<'m> {
    /// The model that bodies are checked against.
    pub model: &'m Model,
    /// The version of the model that the request sees.
    pub version: Version,
    /// The leniency towards what the protocol forbids.
    pub leniency: Leniency,
}

/// The leniency of a reader: what it takes although the protocol forbids it.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    /// Values of abstract types: the documents' examples send some.
    pub abstract_types: bool,
    /// Base64 without its padding, which is added.
    pub unpadded_base64: bool,
}

impl Default for Leniency {
    fn default() -> Leniency {
        Leniency { abstract_types: true, unpadded_base64: false }
    }
}

impl Reader<'_> {
    /// Reads an entity. `stored` is what the draft will be merged over: it decides the actual type where the body
    /// does not name it, and the body cannot name another.
    pub fn entity(self, body: &Json<'_>, declared: TypeId, stored: Option<&Record>) -> Result<Draft, Error> {
        let record = self.record(body, declared, stored, "")?;
        if let Some(stored) = stored
            && stored.type_id != record.type_id
        {
            let name = self.model.structured(stored.type_id).qualified_name();
            let message = format!("The type of an entity cannot be changed; this one is a '{name}'.");
            return Err(invalid(message).coded(code::UNKNOWN_TYPE).about("@odata.type"));
        }
        Ok(Draft(record))
    }

    /// Reads the body of a request for one property (JSON 4.01, 11): a complex value is the body, any other its member
    /// `value`. `stored` is what a complex value will be merged over; `path` names the property in messages.
    pub fn single_property(
        self,
        body: &Json<'_>,
        property: &Property,
        type_ref: TypeRef,
        stored: Option<&Value>,
        path: &str,
    ) -> Result<Value, Error> {
        let members = self.members(body, "")?;
        if let (Kind::Complex(id), false) = (type_ref.kind, type_ref.collection)
            && !matches!(members.as_slice(), [("value", Json::Null)])
        {
            return self.single(body, Kind::Complex(id), stored, path);
        }
        match members.as_slice() {
            [("value", json)] => self.property(json, property, stored, path),
            _ => Err(Error::new(
                ErrorKind::BadBody,
                format!("The body for the property '{path}' must be an object with the one member 'value'."),
            )
            .about(path)),
        }
    }

    /// Reads the parameters of an action, in declared order; None where the body has none.
    pub fn parameters(self, body: &Json<'_>, operation: &Operation) -> Result<Vec<Option<Value>>, Error> {
        let mut values = vec![None; operation.parameters.len()];
        for (name, json) in self.members(body, "")? {
            let visible = |at: &usize| operation.parameters[*at].versions.contains(self.version);
            let mut places = (0..values.len()).filter(visible);
            let Some(at) = places.find(|at| operation.parameters[*at].name.eq_ignore_ascii_case(name)) else {
                let known = operation.parameters.iter().filter(|known| known.versions.contains(self.version));
                let known: Vec<&str> = known.map(|known| &*known.name).collect();
                return Err(unknown_parameter(name, &operation.name, &known));
            };
            let value = self.value(json, operation.parameters[at].type_ref, None, name);
            values[at] = Some(value.map_err(|error| error.about(name))?);
        }
        Ok(values)
    }

    fn record(
        self,
        body: &Json<'_>,
        declared: TypeId,
        stored: Option<&Record>,
        path: &str,
    ) -> Result<Record, Error> {
        let members = self.members(body, path)?;
        let (type_id, is_signed) = self.actual_type(body, declared, stored, path)?;
        if !self.leniency.abstract_types {
            self.refuse_abstract(type_id, path)?;
        }
        let mut record = Record { is_signed, ..Record::empty(type_id, self.model.structured(type_id).slots) };
        for (name, json) in members {
            let Some(property) = self.model.find_property(type_id, name, self.version) else {
                return Err(self.unknown_property(name, type_id));
            };
            // The server keeps these; clients send them back as they read them.
            if property.computed || property.immutable && stored.is_some() {
                continue;
            }
            let nested = (!path.is_empty()).then(|| format!("{path}/{}", property.name));
            let path = nested.as_deref().unwrap_or(&property.name);
            let before = stored.and_then(|record| record.get(property.slot));
            let value = self.property(json, property, before, path)?;
            if record.get(property.slot).is_some() {
                return Err(invalid(format!("The property '{path}' occurs twice in different case.")));
            }
            record.set(property.slot, value);
        }
        Ok(record)
    }

    /// The members of an object that are no annotations.
    fn members<'b, 'j>(self, body: &'b Json<'j>, path: &str) -> Result<Vec<(&'b str, &'b Json<'j>)>, Error> {
        match body {
            Json::Object(members) => {
                let members = members.iter().map(|(name, json)| (name.as_ref(), json));
                if let Some((name, _)) = members.clone().find(|(name, _)| name.ends_with(BIND)) {
                    return Err(bound_elsewhere(name));
                }
                Ok(members.filter(|(name, _)| !name.contains('@')).collect())
            }
            other if path.is_empty() => Err(Error::new(
                ErrorKind::BadBody,
                format!("The body must be a JSON object, not {}.", other.kind()),
            )),
            other => Err(invalid(format!("The property '{path}' must be an object, not {}.", other.kind()))),
        }
    }

    /// The type of an object, and whether its name is written with `#`.
    fn actual_type(
        self,
        body: &Json<'_>,
        declared: TypeId,
        stored: Option<&Record>,
        path: &str,
    ) -> Result<(TypeId, bool), Error> {
        let declared_type = self.model.structured(declared);
        // Where subtypes exist, and the client names none, ours is written as the protocol has it.
        let has_subtypes = declared_type.structure == Structure::Complex
            && self.model.structured(declared_type.root).hierarchy.len() > 1;
        let Json::Object(members) = body else { return Ok((declared, has_subtypes)) };
        let named = members.iter().find(|(name, _)| name == "@odata.type" || name == "@type");
        let Some((_, Json::String(name))) = named else {
            return Ok(stored.map_or((declared, has_subtypes), |record| (record.type_id, record.is_signed)));
        };
        let named = match self.model.find_type(name) {
            Some(Kind::Entity(id) | Kind::Complex(id)) => Some(id),
            _ => None,
        };
        let at = if path.is_empty() { String::new() } else { format!(" in '{path}'") };
        match named.filter(|id| self.model.is_a(*id, declared)) {
            Some(id) => {
                let is_complex = declared_type.structure == Structure::Complex;
                Ok((id, is_complex && name.starts_with('#')))
            }
            None => Err(invalid(format!(
                "The type '{}'{at} is not '{}' or derived from it.",
                cut(name),
                declared_type.qualified_name()
            ))
            .coded(code::UNKNOWN_TYPE)
            .about("@odata.type")),
        }
    }

    fn refuse_abstract(self, type_id: TypeId, path: &str) -> Result<(), Error> {
        let structured = self.model.structured(type_id);
        if !structured.is_abstract {
            return Ok(());
        }
        let at = if path.is_empty() { String::new() } else { format!(" in '{path}'") };
        let name = structured.qualified_name();
        let message =
            format!("The type '{name}'{at} is abstract: '@odata.type' must name one derived from it.");
        Err(invalid(message).coded(code::UNKNOWN_TYPE).about("@odata.type"))
    }

    fn property(
        self,
        json: &Json<'_>,
        property: &Property,
        stored: Option<&Value>,
        path: &str,
    ) -> Result<Value, Error> {
        let value = self.value(json, property.type_ref, stored, path).map_err(|error| error.about(path))?;
        check_length(&value, property, path)?;
        Ok(value)
    }

    fn value(
        self,
        json: &Json<'_>,
        type_ref: TypeRef,
        stored: Option<&Value>,
        path: &str,
    ) -> Result<Value, Error> {
        match json {
            // A collection is never null; a client that clears one may say so (protocol 4.01, 11.4.3).
            Json::Null if type_ref.collection => Ok(Value::Collection(Vec::new())),
            Json::Null if type_ref.nullable => Ok(Value::Null),
            Json::Null => {
                Err(invalid(format!("The property '{path}' must not be null.")).coded(code::NULL_VALUE))
            }
            Json::Array(items) if type_ref.collection => {
                let item = |(at, item): (usize, &Json<'_>)| match item {
                    Json::Null => Err(invalid(format!("The item {at} of '{path}' must not be null."))),
                    item => self.single(item, type_ref.kind, None, &format!("{path}[{at}]")),
                };
                Ok(Value::Collection(items.iter().enumerate().map(item).collect::<Result<_, _>>()?))
            }
            other if type_ref.collection => {
                Err(invalid(format!("The property '{path}' must be an array, not {}.", other.kind())))
            }
            single => self.single(single, type_ref.kind, stored, path),
        }
    }

    fn single(self, json: &Json<'_>, kind: Kind, stored: Option<&Value>, path: &str) -> Result<Value, Error> {
        match kind {
            Kind::Primitive(primitive) => {
                read_primitive(json, primitive, path, self.leniency.unpadded_base64)
            }
            Kind::Enum(id) => self.member(json, id, path),
            Kind::Complex(id) | Kind::Entity(id) => {
                let stored = match stored {
                    Some(Value::Complex(record)) => Some(&**record),
                    _ => None,
                };
                Ok(Value::Complex(Box::new(self.record(json, id, stored, path)?)))
            }
        }
    }

    fn member(self, json: &Json<'_>, id: crate::edm::EnumId, path: &str) -> Result<Value, Error> {
        let enum_type = self.model.enum_type(id);
        let Json::String(text) = json else {
            let kind = json.kind();
            return Err(invalid(format!(
                "The property '{path}' must be a string with a member's name, not {kind}."
            )));
        };
        // The sentinel tells clients that members may come; it is never a value, so it can't be given as one.
        let shown = || enum_type.members.iter().filter(|member| member.versions.contains(self.version));
        let is_shown = |value: &i64| enum_type.is_flags || shown().any(|member| member.value == *value);
        let is_sentinel = text.eq_ignore_ascii_case("unknownFutureValue");
        let value = enum_type.parse(text).filter(|value| !is_sentinel && is_shown(value));
        value.map(Value::Enum).ok_or_else(|| {
            let names = || shown().map(|member| &*member.name);
            let all: Vec<&str> = names().filter(|name| *name != "unknownFutureValue").collect();
            invalid(format!(
                "'{}' is no value of the property '{path}', which takes: {}{}",
                cut(text),
                all.join(", "),
                Some(hint(text, names())).filter(|hint| !hint.is_empty()).unwrap_or_else(|| ".".into())
            ))
            .coded(code::UNKNOWN_MEMBER)
        })
    }

    fn unknown_property(self, name: &str, type_id: TypeId) -> Error {
        let structured = self.model.structured(type_id);
        if structured.structure == Structure::Entity
            && self.model.find_navigation(type_id, name, self.version).is_some()
        {
            return invalid(format!(
                "'{}' is a navigation property; write to its own path instead.",
                cut(name)
            ))
            .coded(code::UNKNOWN_PROPERTY)
            .about(name);
        }
        let known = structured.properties.iter().map(|id| self.model.property(*id));
        let known = known.filter(|property| property.versions.contains(self.version));
        let near = hint(name, known.map(|property| &*property.name));
        invalid(format!(
            "The property '{}' does not exist on type '{}'{}",
            cut(name),
            structured.qualified_name(),
            if near.is_empty() { ".".into() } else { near }
        ))
        .coded(code::UNKNOWN_PROPERTY)
        .about(name)
    }
}

/// The refusal of an annotation that would relate entities: to leave it out in silence would be worse.
fn bound_elsewhere(name: &str) -> Error {
    let navigation = name.strip_suffix(BIND).unwrap_or_default();
    let message = format!(
        "'{}' is not taken: create the entity, then relate it by a request of its own ('{}/$ref', or an action).",
        cut(name),
        cut(navigation)
    );
    invalid(message).coded(code::UNKNOWN_PROPERTY).about(name)
}

fn unknown_parameter(name: &str, operation: &str, known: &[&str]) -> Error {
    let near = hint(name, known.iter().copied());
    let takes = if known.is_empty() { "none".into() } else { format!("'{}'", known.join("', '")) };
    let near = if near.is_empty() { ".".into() } else { near };
    invalid(format!(
        "The parameter '{}' does not exist on '{operation}', which takes {takes}{near}",
        cut(name)
    ))
    .coded(code::UNKNOWN_PARAMETER)
    .about(name)
}
