//! The primitive types of the Edm namespace that the protocol core knows (CSDL 4.01, 3.3).

/// A primitive type of the Edm namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// `Edm.Binary`, base64 in JSON.
    Binary,
    /// `Edm.Boolean`, true or false.
    Boolean,
    /// `Edm.DateTimeOffset`, always shown in UTC.
    DateTimeOffset,
    /// `Edm.Double`, a double of IEEE 754.
    Double,
    /// `Edm.Duration`, ISO 8601 without years and months.
    Duration,
    /// `Edm.Guid`, 16 bytes shown in hexadecimal digits.
    Guid,
    /// `Edm.Int32`, a signed integer of 32 bits.
    Int32,
    /// `Edm.Int64`, a signed integer of 64 bits.
    Int64,
    /// `Edm.String`, a text of Unicode.
    String,
}

impl Primitive {
    /// Every primitive type there is.
    pub const ALL: [Primitive; 9] = [
        Primitive::Binary,
        Primitive::Boolean,
        Primitive::DateTimeOffset,
        Primitive::Double,
        Primitive::Duration,
        Primitive::Guid,
        Primitive::Int32,
        Primitive::Int64,
        Primitive::String,
    ];

    /// The name without namespace, as in `Edm.Int32`.
    pub fn name(self) -> &'static str {
        match self {
            Primitive::Binary => "Binary",
            Primitive::Boolean => "Boolean",
            Primitive::DateTimeOffset => "DateTimeOffset",
            Primitive::Double => "Double",
            Primitive::Duration => "Duration",
            Primitive::Guid => "Guid",
            Primitive::Int32 => "Int32",
            Primitive::Int64 => "Int64",
            Primitive::String => "String",
        }
    }

    /// The type of a name such as `Edm.Int32`.
    pub fn from_qualified_name(name: &str) -> Option<Primitive> {
        let name = name.strip_prefix("Edm.")?;
        Primitive::ALL.into_iter().find(|primitive| primitive.name() == name)
    }
}
