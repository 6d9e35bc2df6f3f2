//! Parameters of operations by their names: looked up when the server starts, read with every call.

use std::marker::PhantomData;

use odata::Value;
use odata::edm::{Kind, Primitive, TypeRef};

/// A parameter of an operation, which its handler reads as values of one type. [`Names::parameter`] looks it up.
///
/// [`Names::parameter`]: super::Names::parameter
#[derive(Clone, Debug)]
pub struct NamedParameter<T> {
    /// Its index among the declared parameters.
    pub(super) index: usize,
    name: Box<str>,
    value_type: PhantomData<fn() -> T>,
}

impl<T> NamedParameter<T> {
    pub(super) fn new(index: usize, name: &str) -> NamedParameter<T> {
        NamedParameter { index, name: name.into(), value_type: PhantomData }
    }

    /// The name, as messages to callers have it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A type that handlers read parameters as.
pub trait ParameterType {
    /// What handlers are given.
    type Value<'v>;

    /// Whether a parameter that the model declares so has such values.
    fn is_type_of(declared: TypeRef) -> bool;

    /// Reads a value; none if it is null.
    fn read(value: &Value) -> Option<Self::Value<'_>>;
}

/// Parameters of type `Edm.String`, read as `&str`.
#[derive(Clone, Copy, Debug)]
pub struct TextValue;

/// Parameters of type `Edm.Int32` or `Edm.Int64`, read as `i64`.
#[derive(Clone, Copy, Debug)]
pub struct IntegerValue;

/// Parameters of type `Edm.Boolean`, read as `bool`.
#[derive(Clone, Copy, Debug)]
pub struct BooleanValue;

/// Parameters of type `Edm.Binary`, read as their bytes.
#[derive(Clone, Copy, Debug)]
pub struct BinaryValue;

/// Parameters that are collections of `Edm.String`, read as a list of `&str`.
#[derive(Clone, Copy, Debug)]
pub struct TextList;

/// Parameters that are collections, read as their items.
#[derive(Clone, Copy, Debug)]
pub struct ItemList;

/// Parameters of any type, read as they are, null included.
#[derive(Clone, Copy, Debug)]
pub struct AnyValue;

fn is_single(declared: TypeRef, among: &[Primitive]) -> bool {
    !declared.collection && matches!(declared.kind, Kind::Primitive(primitive) if among.contains(&primitive))
}

impl ParameterType for TextValue {
    type Value<'v> = &'v str;

    fn is_type_of(declared: TypeRef) -> bool {
        is_single(declared, &[Primitive::String])
    }

    fn read(value: &Value) -> Option<&str> {
        value.as_text()
    }
}

impl ParameterType for IntegerValue {
    type Value<'v> = i64;

    fn is_type_of(declared: TypeRef) -> bool {
        is_single(declared, &[Primitive::Int32, Primitive::Int64])
    }

    fn read(value: &Value) -> Option<i64> {
        match value {
            Value::Int(integer) => Some(*integer),
            _ => None,
        }
    }
}

impl ParameterType for BooleanValue {
    type Value<'v> = bool;

    fn is_type_of(declared: TypeRef) -> bool {
        is_single(declared, &[Primitive::Boolean])
    }

    fn read(value: &Value) -> Option<bool> {
        match value {
            Value::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }
}

impl ParameterType for BinaryValue {
    type Value<'v> = &'v [u8];

    fn is_type_of(declared: TypeRef) -> bool {
        is_single(declared, &[Primitive::Binary])
    }

    fn read(value: &Value) -> Option<&[u8]> {
        match value {
            Value::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl ParameterType for TextList {
    type Value<'v> = Vec<&'v str>;

    fn is_type_of(declared: TypeRef) -> bool {
        declared.collection && declared.kind == Kind::Primitive(Primitive::String)
    }

    fn read(value: &Value) -> Option<Vec<&str>> {
        ItemList::read(value).map(|items| items.iter().filter_map(Value::as_text).collect())
    }
}

impl ParameterType for ItemList {
    type Value<'v> = &'v [Value];

    fn is_type_of(declared: TypeRef) -> bool {
        declared.collection
    }

    fn read(value: &Value) -> Option<&[Value]> {
        match value {
            Value::Collection(items) => Some(items),
            _ => None,
        }
    }
}

impl ParameterType for AnyValue {
    type Value<'v> = &'v Value;

    fn is_type_of(_declared: TypeRef) -> bool {
        true
    }

    fn read(value: &Value) -> Option<&Value> {
        Some(value)
    }
}
