//! The types of values within expressions.

use crate::edm::{Kind, Primitive};

/// The type of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A type of the model or of the Edm namespace.
    Kind(Kind),
    /// `Edm.Date`: its midnight, as a date-time.
    Date,
    /// `Edm.TimeOfDay`: the duration since midnight.
    TimeOfDay,
}

impl ValueType {
    /// `Edm.Boolean`, the type of conditions.
    pub const BOOLEAN: ValueType = ValueType::Kind(Kind::Primitive(Primitive::Boolean));
    /// `Edm.String`, the type of texts.
    pub const STRING: ValueType = ValueType::Kind(Kind::Primitive(Primitive::String));
    /// `Edm.Int64`, which stands for `Edm.Int32` too.
    pub const INTEGER: ValueType = ValueType::Kind(Kind::Primitive(Primitive::Int64));
    /// `Edm.Double`, the type of numbers with a fraction.
    pub const DOUBLE: ValueType = ValueType::Kind(Kind::Primitive(Primitive::Double));
    /// `Edm.DateTimeOffset`, the type of instants.
    pub const INSTANT: ValueType = ValueType::Kind(Kind::Primitive(Primitive::DateTimeOffset));
    /// `Edm.Duration`, the type of spans of time.
    pub const DURATION: ValueType = ValueType::Kind(Kind::Primitive(Primitive::Duration));
    /// `Edm.Date`, the type of dates without time.
    pub const DATE: ValueType = ValueType::Date;
    /// `Edm.TimeOfDay`, the type of times without date.
    pub const TIME_OF_DAY: ValueType = ValueType::TimeOfDay;

    /// Whether it is `Edm.Int32` or `Edm.Int64`.
    pub(crate) fn is_integer(self) -> bool {
        matches!(self, ValueType::Kind(Kind::Primitive(Primitive::Int32 | Primitive::Int64)))
    }

    /// Whether it is a type of numbers.
    pub(crate) fn is_number(self) -> bool {
        self.is_integer() || self == ValueType::DOUBLE
    }

    /// The kind that values of the type are kept as.
    pub(crate) fn kept_as(self) -> Kind {
        match self {
            ValueType::Kind(kind) => kind,
            ValueType::Date => Kind::Primitive(Primitive::DateTimeOffset),
            ValueType::TimeOfDay => Kind::Primitive(Primitive::Duration),
        }
    }
}
