//! A file that was read: its lines, and among them its settings.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use crate::finding::Position;
use crate::name::{SettingPurpose, purpose};

/// A file of BIOS settings. No name of one value stands in it with two, because [`File::parse`] refuses that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub(crate) lines: Vec<Line>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing, or only blanks.
    Blank,
    /// What stands behind a semicolon, as it was written.
    Comment(String),
    /// The header `[cctk]`.
    Section,
    /// A name with a value.
    Setting(Setting),
}

/// A name with a value. Not every one is a setting of the BIOS: [`Setting::purpose`] says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name, as the file spells it.
    pub name: String,
    /// The value, as the file spells it; it may be empty.
    pub value: String,
    /// The place of the name.
    pub position: Position,
    /// The place of the value.
    pub value_position: Position,
}

impl Setting {
    /// The purpose of the line, by its name.
    pub fn purpose(&self) -> SettingPurpose {
        purpose(&self.name)
    }

    /// What a message shows of the value: of a password nothing.
    pub(crate) fn shown_value(&self) -> String {
        match self.purpose() {
            SettingPurpose::Password => "a password".to_owned(),
            _ => shown(&self.value),
        }
    }
}

/// What a message shows of a text that somebody wrote.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 60;
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("'{}…'", &text[..end]),
        None => format!("'{text}'"),
    }
}

impl File {
    /// The lines, in their order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The names with their values, in their order, whatever their purpose.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.lines.iter().filter_map(|line| match line {
            Line::Setting(setting) => Some(setting),
            _ => None,
        })
    }

    /// The settings by their names in any case, in the order in which the names are first met.
    pub fn by_name(&self) -> Vec<Vec<&Setting>> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut names: Vec<Vec<&Setting>> = Vec::new();
        for setting in self.settings() {
            match places.entry(setting.name.to_ascii_lowercase()) {
                Entry::Occupied(place) => names[*place.get()].push(setting),
                Entry::Vacant(place) => {
                    place.insert(names.len());
                    names.push(vec![setting]);
                }
            }
        }
        names
    }
}

/// Writes the file as the vendor's tool does: `Name=Value` with no blanks around, and lines that end in CRLF.
impl fmt::Display for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match line {
                Line::Blank => {}
                Line::Comment(text) => write!(formatter, ";{text}")?,
                Line::Section => formatter.write_str("[cctk]")?,
                Line::Setting(Setting { name, value, .. }) => write!(formatter, "{name}={value}")?,
            }
            formatter.write_str("\r\n")?;
        }
        Ok(())
    }
}
