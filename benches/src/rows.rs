//! Rows as Muster wrote them, and new ones like them: the same columns, sizes and places, with other keys and serial
//! numbers. That way nothing here knows the layout; only a few columns are looked for by name.

use anyhow::{Context, Result, bail};
use uuid::Uuid;

use crate::random::Random;

/// All serial numbers have this length, so that one can be written over another.
pub(crate) const SERIAL_LENGTH: usize = 10;

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
}

/// The columns of a table, and where in it those are that a benchmark must know.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub names: Vec<String>,
    pub tenant: usize,
    pub key: usize,
    pub version: usize,
    pub serial: usize,
    /// None if it rests in the document only.
    pub tag: Option<usize>,
    pub document: usize,
}

impl Columns {
    /// Finds the columns of the devices' table.
    pub fn find(names: Vec<String>) -> Result<Columns> {
        let place = |wanted: &str| {
            names.iter().position(|name| name == wanted || name.ends_with(&format!("_{wanted}")))
        };
        let must = |wanted| {
            place(wanted).with_context(|| format!("no column '{wanted}' among {}", names.join(", ")))
        };
        Ok(Columns {
            tenant: must("tenant")?,
            key: must("key")?,
            version: must("version")?,
            serial: must("serialNumber")?,
            tag: place("groupTag"),
            document: must("document")?,
            names: names.clone(),
        })
    }

    /// The quoted name of a column.
    pub fn quoted(&self, place: usize) -> String {
        quoted(self.names.get(place).map_or("", |name| name))
    }

    /// All of them, quoted.
    pub fn list(&self) -> String {
        list(&self.names)
    }
}

/// A name in a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Names in a statement.
pub(crate) fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// What identifies a device in texts.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub id: Uuid,
    pub serial: String,
    /// Other identifiers that differ from device to device.
    pub others: Vec<Uuid>,
}

/// A device that requests can name.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub id: Uuid,
    pub serial: String,
    /// Its row, for the bare update.
    pub entity: Vec<Cell>,
}

/// A device's row and the journal's row about it, as Muster wrote them.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    entity: Vec<Cell>,
    journal: Vec<Cell>,
    holes: Vec<Hole>,
}

/// Where a row says what must differ in a copy.
#[derive(Clone, Copy, Debug)]
struct Hole {
    in_journal: bool,
    cell: usize,
    at: usize,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Id,
    Other(usize),
    Serial,
    /// The serial number as searches compare it.
    FoldedSerial,
}

/// A new device.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub entity: Vec<Cell>,
    pub journal: Vec<Cell>,
    pub identity: Identity,
}

impl Sample {
    /// Finds in the rows of a device what identifies it.
    pub fn new(entity: Vec<Cell>, journal: Vec<Cell>, identity: &Identity) -> Result<Sample> {
        let mut sample = Sample { entity, journal, holes: Vec::new() };
        sample.find(identity.id, What::Id);
        for (number, other) in identity.others.iter().enumerate() {
            sample.find(*other, What::Other(number));
        }
        sample.find_text(&identity.serial, What::Serial);
        let folded = identity.serial.to_lowercase();
        if folded != identity.serial {
            sample.find_text(&folded, What::FoldedSerial);
        }
        let count = |wanted: fn(&Hole) -> bool| sample.holes.iter().filter(|hole| wanted(hole)).count();
        let serials = count(|hole| matches!(hole.what, What::Serial));
        let in_journal = count(|hole| hole.in_journal && matches!(hole.what, What::Id));
        if serials < 2 || in_journal != 1 {
            bail!("the rows look unlike those this benchmark knows: {sample:?}");
        }
        Ok(sample)
    }

    /// A copy with an identity of its own.
    pub fn renew(&self, random: &mut Random) -> Fresh {
        let others = self.holes.iter().filter(|hole| matches!(hole.what, What::Other(_))).count();
        let identity = Identity {
            id: Uuid::now_v7(),
            serial: random.text(SERIAL_LENGTH),
            others: (0..others)
                .map(|_| uuid::Builder::from_random_bytes(random.bytes()).into_uuid())
                .collect(),
        };
        let (mut entity, mut journal) = (self.entity.clone(), self.journal.clone());
        for hole in &self.holes {
            let row = if hole.in_journal { &mut journal } else { &mut entity };
            match (row.get_mut(hole.cell), hole.what) {
                (Some(cell), What::Serial) => overwrite(cell, hole.at, identity.serial.as_bytes()),
                (Some(cell), What::FoldedSerial) => {
                    overwrite(cell, hole.at, identity.serial.to_lowercase().as_bytes());
                }
                (Some(cell), What::Id) => overwrite_uuid(cell, hole.at, identity.id),
                (Some(cell), What::Other(number)) => {
                    overwrite_uuid(cell, hole.at, identity.others.get(number).copied().unwrap_or_default());
                }
                (None, _) => {}
            }
        }
        Fresh { entity, journal, identity }
    }

    /// The journal's row about a change of another device.
    pub fn journal_of(&self, id: Uuid) -> Vec<Cell> {
        let mut journal = self.journal.clone();
        for hole in self.holes.iter().filter(|hole| hole.in_journal && matches!(hole.what, What::Id)) {
            if let Some(cell) = journal.get_mut(hole.cell) {
                overwrite_uuid(cell, hole.at, id);
            }
        }
        journal
    }

    fn find(&mut self, uuid: Uuid, what: What) {
        self.find_text(&uuid.to_string(), what);
        for (in_journal, row) in [(false, &self.entity), (true, &self.journal)] {
            for (cell, value) in row.iter().enumerate() {
                let at = match value {
                    Cell::Bytes(bytes) => bytes.windows(16).position(|window| window == uuid.as_bytes()),
                    Cell::Uuid(value) if *value == uuid => Some(0),
                    _ => None,
                };
                self.holes.extend(at.map(|at| Hole { in_journal, cell, at, what }));
            }
        }
    }

    fn find_text(&mut self, text: &str, what: What) {
        for (in_journal, row) in [(false, &self.entity), (true, &self.journal)] {
            for (cell, value) in row.iter().enumerate() {
                if let Cell::Text(value) = value {
                    let places = value.match_indices(text);
                    self.holes.extend(places.map(|(at, _)| Hole { in_journal, cell, at, what }));
                }
            }
        }
    }
}

fn overwrite_uuid(cell: &mut Cell, at: usize, uuid: Uuid) {
    match cell {
        Cell::Bytes(bytes) => {
            if let Some(place) = bytes.get_mut(at..at + 16) {
                place.copy_from_slice(uuid.as_bytes());
            }
        }
        Cell::Uuid(value) => *value = uuid,
        _ => overwrite(cell, at, uuid.hyphenated().to_string().as_bytes()),
    }
}

/// Writes ASCII over as much text.
pub(crate) fn overwrite(cell: &mut Cell, at: usize, new: &[u8]) {
    if let Cell::Text(text) = cell
        && let Ok(new) = std::str::from_utf8(new)
        && text.get(at..at + new.len()).is_some()
    {
        text.replace_range(at..at + new.len(), new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(number: u128) -> Identity {
        Identity {
            id: Uuid::from_u128(number),
            serial: "AAAAAAAAAA".into(),
            others: vec![Uuid::from_u128(number + 1)],
        }
    }

    fn rows(of: &Identity) -> (Vec<Cell>, Vec<Cell>) {
        let key = [&[1], &of.id.as_bytes()[..]].concat();
        let document = format!("[0,\"{}\",\"{}\",\"{}\"]", of.id, of.others[0], of.serial);
        let entity = vec![
            Cell::Integer(1),
            Cell::Bytes(key.clone()),
            Cell::Text(of.serial.clone()),
            Cell::Text(document),
            Cell::Text(format!("dell inc.\u{1f}{}", of.serial.to_lowercase())),
        ];
        (entity, vec![Cell::Integer(7), Cell::Bytes(key)])
    }

    #[test]
    fn a_copy_differs_in_what_identifies_it_only() {
        let old = identity(0x1234_5678);
        let (entity, journal) = rows(&old);
        let fresh = Sample::new(entity, journal, &old).unwrap().renew(&mut Random::new(1));
        assert_eq!((fresh.entity, fresh.journal), rows(&fresh.identity));
        assert_ne!(fresh.identity.serial, old.serial);
    }

    #[test]
    fn rows_without_the_serial_number_are_refused() {
        let (mut entity, journal) = rows(&identity(0x1234_5678));
        entity.remove(2);
        assert!(Sample::new(entity, journal, &identity(0x1234_5678)).is_err());
    }

    #[test]
    fn columns_are_found_by_name() {
        let names =
            |last: &str| ["tenant", "key", "version", "p_serialNumber", last].map(str::to_owned).to_vec();
        let columns = Columns::find(names("document")).unwrap();
        assert_eq!((columns.key, columns.serial, columns.tag, columns.document), (1, 3, None, 4));
        assert!(Columns::find(names("text")).is_err());
    }
}
