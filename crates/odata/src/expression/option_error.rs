//! The error of a query option's text: what is wrong with it, and at which position.

use crate::code::{self, Code};
use crate::{Error, ErrorKind};

/// The error of an option's text. Small, because parsers recurse and every frame has room for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OptionError {
    /// The rule does not fit at this byte; another one may.
    NoMatch(usize),
    /// No rule will fit.
    Fatal(Box<Diagnosis>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diagnosis {
    kind: ErrorKind,
    message: String,
    /// The byte at which the wrong part starts, if it matters.
    position: Option<usize>,
    /// A number more exact than the kind's.
    code: Option<Code>,
    /// The text after the position in the message, such as a near miss.
    advice: String,
}

impl OptionError {
    pub(crate) fn new(position: usize, message: impl Into<String>) -> OptionError {
        OptionError::Fatal(Box::new(Diagnosis::new(ErrorKind::BadQuery, Some(position), message.into())))
    }

    /// An error whose message needs no position.
    pub(crate) fn anywhere(message: impl Into<String>) -> OptionError {
        OptionError::Fatal(Box::new(Diagnosis::new(ErrorKind::BadQuery, None, message.into())))
    }

    pub(crate) fn not_implemented(position: usize, what: impl std::fmt::Display) -> OptionError {
        let message = format!("{what} is not implemented");
        OptionError::Fatal(Box::new(Diagnosis::new(ErrorKind::NotImplemented, Some(position), message)))
    }

    /// Adds an advice, a text that starts with a semicolon.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> OptionError {
        if let OptionError::Fatal(diagnosis) = &mut self {
            diagnosis.advice = advice.into();
        }
        self
    }

    /// The error with a number more exact than its kind's.
    pub(crate) fn coded(mut self, code: Code) -> OptionError {
        if let OptionError::Fatal(diagnosis) = &mut self {
            diagnosis.code = Some(code);
        }
        self
    }

    /// The error within a text that has so many bytes before.
    pub(crate) fn behind(mut self, before: usize) -> OptionError {
        match &mut self {
            OptionError::NoMatch(at) => *at += before,
            OptionError::Fatal(diagnosis) => diagnosis.position = diagnosis.position.map(|at| at + before),
        }
        self
    }

    /// The error for the caller. Positions count characters, because that is what people count.
    pub(crate) fn in_option(self, option: &str, text: &str) -> Error {
        let expected = "Expected a property, a literal or a function";
        let diagnosis = match self {
            OptionError::NoMatch(at) => Diagnosis::new(ErrorKind::BadQuery, Some(at), expected.to_owned()),
            OptionError::Fatal(diagnosis) => *diagnosis,
        };
        let Diagnosis { kind, message, position, code, advice } = diagnosis;
        let message = match position {
            None => message + &advice,
            Some(position) => {
                let position = text.get(..position).map_or(0, |before| before.chars().count());
                format!("{message} at position {position} of {option}{advice}")
            }
        };
        let error = Error::new(kind, message).about(option);
        match (code, kind) {
            (Some(code), _) => error.coded(code),
            (None, ErrorKind::NotImplemented) => error.coded(code::UNIMPLEMENTED_OPTION),
            (None, _) => error,
        }
    }
}

impl Diagnosis {
    fn new(kind: ErrorKind, position: Option<usize>, message: String) -> Diagnosis {
        Diagnosis { kind, message, position, code: None, advice: String::new() }
    }
}
