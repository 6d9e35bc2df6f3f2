//! What is found in a file: its place, the rule, and the cause in words.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The most findings that are told of one file.
pub(crate) const FINDINGS_MAX: usize = 100;

/// A place in a file, counted from 1, in lines and characters. It orders as the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Something in a file that its author should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The place in the file.
    pub position: Position,
    /// The rule that found it.
    pub rule: Rule,
    /// The cause in words, with the names and values it is about.
    pub cause: String,
}

/// Declares the rules: the name of each, its code for programs, its level, and the remedy.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $code:literal $level:ident $remedy:literal,)*) => {
        /// The rules by which a file is checked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// Every rule there is, in the order of the documentation.
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];

            /// The code of the rule, for programs.
            pub fn code(self) -> &'static str {
                match self {
                    $(Rule::$rule => $code,)*
                }
            }

            /// Whether a file that breaks the rule cannot be used as it is; otherwise there is only a warning.
            pub fn is_error(self) -> bool {
                stringify!(error) == match self {
                    $(Rule::$rule => stringify!($level),)*
                }
            }

            /// The advice that goes with each finding of the rule.
            pub fn remedy(self) -> &'static str {
                match self {
                    $(Rule::$rule => $remedy,)*
                }
            }
        }
    };
}

rules! {
    /// The file has more bytes than any configuration may have.
    TooLarge "file-too-large" error "Take out what is no setting.",
    /// The file is in UTF-16.
    Utf16 "file-utf-16" error "Save it as ANSI or UTF-8 without a byte order mark.",
    /// The file is in UTF-8 and begins with a byte order mark.
    ByteOrderMark "file-byte-order-mark" error "Save it as ANSI or UTF-8 without a byte order mark.",
    /// The file is a ZIP archive.
    Archive "file-archive" error "Unpack it, and use the .cctk file for the platform.",
    /// The file is a program: a package for many platforms that carries its settings with it.
    Executable "file-executable" error "Export the settings of one platform as .cctk instead.",
    /// The file has neither the section nor a setting.
    NoSettings "no-settings" error "Write a line Name=Value for each setting.",
    /// A character that is no text.
    ControlCharacter "control-character" error "Take the character out, or export the file again.",
    /// A section that is not `[cctk]`, or a second one.
    Section "section" error "Keep one section, [cctk], at the top, or none.",
    /// A line that is neither setting nor comment.
    NoEquals "no-equals" error "Write Name=Value, or begin a comment with a semicolon.",
    /// A setting's name that no setting can have.
    BadName "bad-name" error "Write Name=Value, or begin a comment with a semicolon.",
    /// A setting that stands twice with different values.
    Contradiction "contradiction" error "Keep the line that is meant.",
    /// A line that sets a password.
    Password "password" error "Take the line out: the service makes each device's password, and keeps it.",
    /// A setting that stands twice with one value.
    Repeated "repeated" warning "Take one of the lines out.",
    /// A line that is right for one machine only.
    OfOneMachine "of-one-machine" warning "Take the line out; it is left out when the file is applied.",
    /// A value with letters that a BIOS may not take.
    NotAscii "not-ascii" warning "Write the value in ASCII.",
    /// A name that is not known, and nearly is one that is.
    NearMiss "near-miss" warning "Correct the name; a device that has no such attribute refuses the file.",
    /// A setting after which a machine may not start.
    MayNotStart "may-not-start" warning "Try it on one machine of each model first.",
    /// A setting after which BitLocker may ask for its recovery key.
    BitLocker "bitlocker-recovery" warning "Suspend BitLocker until the next start, and have the recovery keys at hand.",
    /// A setting that destroys data.
    DataLoss "data-loss" warning "Make sure that nobody needs what gets lost.",
    /// A setting that may shut out those who look after the machine.
    LockOut "lock-out" warning "Make sure that another way in is left.",
    /// A setting that cannot be undone.
    Irreversible "irreversible" warning "Make sure that it is meant for ever.",
}

impl Finding {
    /// The finding of a rule at a place.
    pub(crate) fn new(position: Position, rule: Rule, cause: impl Into<String>) -> Finding {
        Finding { position, rule, cause: cause.into() }
    }

    /// The level of the finding, as programs are told it.
    pub fn level(&self) -> &'static str {
        if self.rule.is_error() { "error" } else { "warning" }
    }
}

/// As compilers write it, after the name of the file: `LINE:COLUMN: level code: cause. remedy`.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { position: Position { line, column }, rule, cause } = self;
        let (level, code, remedy) = (self.level(), rule.code(), rule.remedy());
        write!(formatter, "{line}:{column}: {level} {code}: {cause}. {remedy}")
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 6)?;
        object.serialize_field("line", &self.position.line)?;
        object.serialize_field("column", &self.position.column)?;
        object.serialize_field("level", self.level())?;
        object.serialize_field("code", self.rule.code())?;
        object.serialize_field("cause", &self.cause)?;
        object.serialize_field("remedy", self.rule.remedy())?;
        object.end()
    }
}
