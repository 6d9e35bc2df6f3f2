//! Parameter aliases (URL conventions 4.01, 5.3): the texts that names with an at sign stand for.

use std::cell::Cell;

/// Parameter aliases: names with an at sign, and the texts that they stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aliases {
    texts: Vec<(Box<str>, Box<str>)>,
    /// The bytes of aliases that have been read, counted each time, because aliases could stand for each other.
    read: Cell<usize>,
}

impl Aliases {
    /// The text that a name stands for.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| **known == *name).map(|(_, text)| &**text)
    }

    /// The number of aliases.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// Counts a text that is read, and gives the bytes of all that have been.
    pub(crate) fn count_read(&self, text: &str) -> usize {
        self.read.set(self.read.get() + text.len());
        self.read.get()
    }

    /// Adds the alias of a name.
    pub fn add(&mut self, name: &str, text: &str) {
        self.texts.push((name.into(), text.into()));
    }
}
