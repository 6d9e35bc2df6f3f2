//! URLs (URL conventions 4.01): text to segments ([`parse`]), segments to the model ([`bind`]).

mod arguments;
pub mod bind;
pub(crate) mod literal;
pub mod parse;
pub(crate) mod percent;
pub(crate) mod split;
#[cfg(test)]
pub(crate) mod test_model;

pub use bind::bind_path;
pub use parse::parse_path;

use crate::edm::{NavigationId, OperationId, PropertyId, SetId, TypeId, TypeRef, Version};
use crate::{Key, Value};

/// The resource that a URL's path leads to, before the query options.
#[derive(Clone, Debug, PartialEq)]
pub enum Resource {
    /// The service document at `/beta`.
    ServiceDocument,
    /// The metadata document at `/beta/$metadata`.
    Metadata,
    /// A resource at or below a top-level set or singleton.
    Path(ResourcePath),
}

/// A path through the model; the first segment is always [`Segment::Set`].
#[derive(Clone, Debug, PartialEq)]
pub struct ResourcePath {
    /// The segments in order; every one follows legally from the one before.
    pub segments: Vec<Segment>,
    /// The shape of what the last segment denotes.
    pub shape: Shape,
    /// The API version that it is part of.
    pub version: Version,
}

/// A resolved path segment.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    /// A top-level entity set or singleton.
    Set(SetId),
    /// A key, written `/key` or `('key')`.
    Key(Key),
    /// The value of a property that stands for the key: `(name='value')`.
    AlternateKey(PropertyId, Box<str>),
    /// A navigation property of the entity so far.
    Navigation(NavigationId),
    /// A type cast to a derived type: `microsoft.graph.x`.
    Cast(TypeId),
    /// A structural property of the entity or complex value so far.
    Property(PropertyId),
    /// A bound operation; for a function its arguments in the order of its parameters, None where not given.
    Operation(OperationId, Vec<Option<Value>>),
    /// `/$count` of a collection.
    Count,
    /// `/$value` of a primitive property.
    RawValue,
    /// `/$ref` of a navigation property.
    Reference,
}

/// The shape of the resource at a path's end; decides verbs and query options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A collection of entities of the type.
    Entities(TypeId),
    /// One entity of the type.
    Entity(TypeId),
    /// A structural property's value.
    Property(TypeRef),
    /// A raw value: `$value`.
    Raw(TypeRef),
    /// A bare number: `$count` of a collection of the type.
    Count(TypeId),
    /// A bare number: `$count` of a property that is a collection.
    CountOfValues,
    /// References: `$ref`, of one or of many.
    References(TypeId, bool),
    /// The result of an operation, if it has one.
    Operation(OperationId),
}

/// A request's URL, taken apart but not yet bound.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestPath {
    /// The API version, the first segment.
    pub version: Version,
    /// The segments after it, percent-decoded.
    pub segments: Vec<RawSegment>,
}

/// A path segment as text.
#[derive(Clone, Debug, PartialEq)]
pub struct RawSegment {
    /// The text before any parentheses, percent-decoded.
    pub name: String,
    /// The text between the parentheses, percent-decoded: a key predicate or function arguments.
    pub parentheses: Option<String>,
    /// The byte at which the segment starts in the path as sent, for messages.
    pub position: usize,
}
