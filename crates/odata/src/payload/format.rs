//! Which JSON a client asked for (OData JSON 4.01, 3): how much control information, and how large numbers are spelled.

/// The amount of control information to write: `odata.metadata=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MetadataLevel {
    /// No annotations but links and counts.
    None,
    /// Types, entity tags and contexts.
    #[default]
    Minimal,
    /// Links, operations and the types of properties as well.
    Full,
}

/// The parameters of `application/json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Format {
    /// The value of `odata.metadata`.
    pub metadata: MetadataLevel,
    /// `IEEE754Compatible`: 64-bit integers are strings, because not every client's numbers hold them.
    pub ieee754_compatible: bool,
}

impl From<MetadataLevel> for Format {
    fn from(metadata: MetadataLevel) -> Format {
        Format { metadata, ..Format::default() }
    }
}

impl Format {
    /// A 64-bit integer, such as a count, in wire form.
    pub fn print(self, number: u64) -> String {
        if self.ieee754_compatible { format!("\"{number}\"") } else { number.to_string() }
    }
}
