//! What would become of a line of a file on a machine, before anything is written.

use std::fmt;

/// The verdict on a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The attribute has this value.
    Already,
    /// The attribute will be written.
    WillChange {
        /// The value that it has now.
        from: String,
    },
    /// The machine has no such attribute.
    UnknownAttribute {
        /// One of a similar name.
        near_miss: Option<String>,
    },
    /// The value is not legal.
    BadValue {
        /// What is legal, in words.
        legal: String,
    },
    /// The attribute cannot be changed while something holds.
    ReadOnlyNow {
        /// The condition that holds, in words.
        because: String,
    },
    /// The attribute is not shown while something holds.
    SuppressedNow {
        /// The condition that holds, in words.
        because: String,
    },
    /// The attribute has another value while something holds, whatever is written.
    ForcedTo {
        /// The value that it has then.
        value: String,
        /// The condition that holds, in words.
        because: String,
    },
    /// The line is a password, which no file may carry.
    RefusedPasswordLine,
}

impl Verdict {
    /// The name of the verdict, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Verdict::Already => "already",
            Verdict::WillChange { .. } => "will-change",
            Verdict::UnknownAttribute { .. } => "unknown-attribute",
            Verdict::BadValue { .. } => "bad-value",
            Verdict::ReadOnlyNow { .. } => "read-only-now",
            Verdict::SuppressedNow { .. } => "suppressed-now",
            Verdict::ForcedTo { .. } => "forced-to",
            Verdict::RefusedPasswordLine => "refused-password-line",
        }
    }

    /// Whether the line can be had.
    pub fn is_good(&self) -> bool {
        matches!(self, Verdict::Already | Verdict::WillChange { .. })
    }
}

/// The verdict in words, after its name.
impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())?;
        match self {
            Verdict::Already | Verdict::UnknownAttribute { near_miss: None } => Ok(()),
            Verdict::WillChange { from } => write!(formatter, ": it is {from} now"),
            Verdict::UnknownAttribute { near_miss: Some(near) } => {
                write!(formatter, ": did you mean {near}?")
            }
            Verdict::BadValue { legal } => write!(formatter, ": it takes {legal}"),
            Verdict::ReadOnlyNow { because } | Verdict::SuppressedNow { because } => {
                write!(formatter, ": while {because}")
            }
            Verdict::ForcedTo { value, because } => write!(formatter, " {value}: while {because}"),
            Verdict::RefusedPasswordLine => formatter.write_str(": the service makes and keeps passwords"),
        }
    }
}
