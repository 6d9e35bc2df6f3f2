//! The findings of a list: each with its line and what exactly is wrong, and the sum of all.

use std::fmt;
use std::io;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::finding_kind::{FindingKind, Level};

/// Something in a list that its sender or reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line of the file, counted from 1.
    pub line: u64,
    /// The kind of finding, with its remedy.
    pub kind: FindingKind,
    /// The cause in words, with the values that are wrong.
    pub cause: String,
}

/// The number of rows, and of findings of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows, without the header.
    pub rows: u64,
    /// Findings by which a row, or the file, will not be imported.
    pub errors: u64,
    /// Findings by which it will be, but perhaps not as it is meant.
    pub warnings: u64,
    /// Findings that are good to know.
    pub notes: u64,
}

impl Summary {
    fn count(&mut self, level: Level) {
        match level {
            Level::Error => self.errors += 1,
            Level::Warning => self.warnings += 1,
            Level::Note => self.notes += 1,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.kind.level() {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        let (code, remedy) = (self.kind.code(), self.kind.remedy());
        write!(formatter, "{}: {level} {code}: {}. {remedy}", self.line, self.cause)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 6)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("level", &self.kind.level())?;
        object.serialize_field("code", self.kind.code())?;
        object.serialize_field("column", &self.kind.column())?;
        object.serialize_field("cause", &self.cause)?;
        object.serialize_field("remedy", self.kind.remedy())?;
        object.end()
    }
}

/// The reader of findings, called for each as it is made, and their sum.
pub(super) struct FindingSink<'s> {
    report: &'s mut dyn FnMut(&Finding) -> io::Result<()>,
    pub(super) summary: Summary,
}

impl<'s> FindingSink<'s> {
    pub(super) fn new(report: &'s mut dyn FnMut(&Finding) -> io::Result<()>) -> FindingSink<'s> {
        FindingSink { report, summary: Summary::default() }
    }

    /// Reports a finding, and counts it.
    pub(super) fn report(&mut self, line: u64, kind: FindingKind, cause: String) -> io::Result<()> {
        let finding = Finding { line, kind, cause };
        self.summary.count(kind.level());
        (self.report)(&finding)
    }
}
