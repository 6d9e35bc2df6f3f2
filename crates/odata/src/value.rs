//! Values and records: the one object model, from a client's draft to the stored row and back.

use bytes::Bytes;
use uuid::Uuid;

use crate::date_time::Ticks;
use crate::edm::TypeId;

/// A single value or a collection of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The value null.
    Null,
    /// `Edm.Boolean`, true or false.
    Boolean(bool),
    /// `Edm.Int32` or `Edm.Int64`, which are kept alike.
    Int(i64),
    /// `Edm.Double`, a double of IEEE 754.
    Double(f64),
    /// `Edm.String`, a text of Unicode.
    String(Box<str>),
    /// `Edm.Binary`: its bytes, which others may share. The padded base64 of them is the one text that it is read from.
    Binary(Bytes),
    /// `Edm.Guid`, as its 16 bytes.
    Guid(Uuid),
    /// `Edm.DateTimeOffset` as 100-ns ticks since 0001-01-01T00:00:00Z.
    DateTimeOffset(Ticks),
    /// `Edm.Duration` in 100-ns ticks, which may be negative.
    Duration(i64),
    /// The number of an enumeration's member, or the sum of several if it has flags.
    Enum(i64),
    /// A complex value: its record.
    Complex(Box<Record>),
    /// A collection of any of the above.
    Collection(Vec<Value>),
    /// A secret as it rests: carried from the stored row to its successor without being opened.
    Sealed(Sealed),
}

/// The sealed form of a secret property.
#[derive(Clone, PartialEq)]
pub struct Sealed {
    /// All sealed secrets of the entity that holds it.
    pub bytes: Box<[u8]>,
    /// What comes of it when the entity is written; nothing if it stays as it is.
    pub succession: Option<Succession>,
}

/// The succession of secrets: what comes of one property by what another held, or others know.
#[derive(Clone, PartialEq)]
pub enum Succession {
    /// More comes to its list, which is cut to a length.
    Join {
        /// The slot of a property whose former value comes to it; none if no property has a new value.
        from: Option<u16>,
        /// What comes before that.
        ahead: Vec<Value>,
        /// What comes behind the items that the list has.
        behind: Vec<Value>,
        /// The items of the list at most.
        items_max: usize,
    },
    /// It takes the place of what another property held.
    Take {
        /// The slot of that property.
        from: u16,
    },
}

impl Sealed {
    /// A secret that stays as it is.
    pub fn unchanged(bytes: Box<[u8]>) -> Sealed {
        Sealed { bytes, succession: None }
    }
}

impl Succession {
    /// The succession in which the former value of a property becomes the first item.
    pub fn following(from: u16, items_max: usize) -> Succession {
        Succession::Join { from: Some(from), ahead: Vec::new(), behind: Vec::new(), items_max }
    }

    /// The property's value after that, from the values that the slots had before.
    pub fn value(&self, before: impl Fn(u16) -> Option<Value>, slot: u16) -> Value {
        let former = |slot| before(slot).filter(|former| *former != Value::Null);
        match self {
            Succession::Take { from } => former(*from).unwrap_or(Value::Null),
            Succession::Join { from, ahead, behind, items_max } => {
                let items = match before(slot) {
                    Some(Value::Collection(items)) => items,
                    _ => Vec::new(),
                };
                let ahead = ahead.iter().cloned().chain(from.and_then(former));
                let items = ahead.chain(items).chain(behind.iter().cloned());
                Value::Collection(items.take(*items_max).collect())
            }
        }
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

impl Value {
    /// The text of a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

/// The properties of an entity or complex value, by slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The actual type, which may derive from the declared one.
    pub type_id: TypeId,
    /// Whether the name of a complex value's type is written with `#`. The client's spelling is kept: the documents
    /// leave the sign out of nested values, and the SDKs find a subtype only by it.
    pub is_signed: bool,
    /// One place for each slot of the type's hierarchy; None is absent, which is not the same as null.
    pub slots: Vec<Option<Value>>,
}

impl Record {
    /// A record with nothing in it.
    pub fn empty(type_id: TypeId, slots: u16) -> Record {
        Record { type_id, is_signed: false, slots: vec![None; usize::from(slots)] }
    }

    /// The value in a slot; None if it is absent.
    pub fn get(&self, slot: u16) -> Option<&Value> {
        self.slots.get(usize::from(slot))?.as_ref()
    }

    /// Puts a value into a slot.
    pub fn set(&mut self, slot: u16, value: Value) {
        if let Some(place) = self.slots.get_mut(usize::from(slot)) {
            *place = Some(value);
        }
    }

    /// The text in a slot, if it holds a string.
    pub fn text(&self, slot: u16) -> Option<&str> {
        self.get(slot)?.as_text()
    }
}
