//! The names of query options: which of them were given, each once, as text.

use std::borrow::Cow;

use crate::code;
use crate::error::hint;
use crate::expression::aliases::Aliases;
use crate::uri::percent::{self, Plus};
use crate::uri::split::split;
use crate::{Error, ErrorKind};

/// Bytes of a query string at most.
const QUERY_BYTES_MAX: usize = 16 * 1024;

/// Parameter aliases of a query at most.
const ALIASES_MAX: usize = 50;

/// A system query option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SystemOption {
    Count,
    Expand,
    Filter,
    Format,
    OrderBy,
    Search,
    Select,
    Skip,
    SkipToken,
    Top,
}

impl SystemOption {
    pub(super) const ALL: [SystemOption; 10] = [
        SystemOption::Count,
        SystemOption::Expand,
        SystemOption::Filter,
        SystemOption::Format,
        SystemOption::OrderBy,
        SystemOption::Search,
        SystemOption::Select,
        SystemOption::Skip,
        SystemOption::SkipToken,
        SystemOption::Top,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            SystemOption::Count => "$count",
            SystemOption::Expand => "$expand",
            SystemOption::Filter => "$filter",
            SystemOption::Format => "$format",
            SystemOption::OrderBy => "$orderby",
            SystemOption::Search => "$search",
            SystemOption::Select => "$select",
            SystemOption::Skip => "$skip",
            SystemOption::SkipToken => "$skiptoken",
            SystemOption::Top => "$top",
        }
    }

    /// The option of a name, in any case and with or without its dollar sign.
    pub(super) fn from_name(name: &str) -> Option<SystemOption> {
        let plain = name.strip_prefix('$').unwrap_or(name);
        SystemOption::ALL.into_iter().find(|option| option.name()[1..].eq_ignore_ascii_case(plain))
    }
}

/// The options that OData has and this server does not. The first few mean the same without their dollar sign; the
/// others are
/// too common as names of something else.
const UNIMPLEMENTED: [&str; 7] = ["apply", "compute", "deltatoken", "id", "index", "levels", "schemaversion"];
const UNIMPLEMENTED_WITHOUT_DOLLAR: usize = 2;

/// The texts of the options that were given.
#[derive(Debug, Default)]
pub(super) struct Given<'q> {
    texts: [Option<Cow<'q, str>>; SystemOption::ALL.len()],
    /// The parameter aliases, by their names with the at sign.
    pub(super) aliases: Aliases,
}

impl<'q> Given<'q> {
    /// The options of a query string. Custom options, which have no dollar sign, are none of our business.
    pub(super) fn in_query(raw_query: &'q str) -> Result<Given<'q>, Error> {
        if raw_query.len() > QUERY_BYTES_MAX {
            return Err(bad(format!("The query string is longer than {QUERY_BYTES_MAX} bytes")));
        }
        let mut given = Given::default();
        for piece in raw_query.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let name = decode(name, "A query option's name")?;
            if name.starts_with('@') {
                given.alias(&name, &decode(value, &name)?)?;
            } else if let Some(option) = system_option(&name)? {
                given.add(option, decode(value, option.name())?)?;
            }
        }
        Ok(given)
    }

    /// The options in the parentheses of an expanded navigation property, decoded before.
    pub(super) fn in_parentheses(text: &'q str) -> Result<Given<'q>, Error> {
        let mut given = Given::default();
        for (_, piece) in split(text, ';') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let option = system_option(name.trim())?;
            let option = option.ok_or_else(|| unknown(name.trim()))?;
            given.add(option, Cow::Borrowed(value.trim()))?;
        }
        Ok(given)
    }

    /// The text of an option.
    pub(super) fn text(&self, option: SystemOption) -> Option<&str> {
        self.texts.get(option as usize)?.as_deref()
    }

    /// Refuses the options that do not fit the resource.
    pub(super) fn check(&self, allowed: &[SystemOption], resource: &str) -> Result<(), Error> {
        let mut given = SystemOption::ALL.into_iter().filter(|option| self.text(*option).is_some());
        match given.find(|option| !allowed.contains(option)) {
            None => Ok(()),
            Some(option) => {
                let message = format!("The query option {} does not apply to {resource}", option.name());
                Err(bad(message).coded(code::UNFIT_OPTION).about(option.name()))
            }
        }
    }

    fn alias(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if self.aliases.count() == ALIASES_MAX {
            return Err(bad(format!("There are more than {ALIASES_MAX} parameter aliases")));
        }
        if self.aliases.text(name).is_some() {
            let message = format!("The parameter alias {name} is given twice");
            return Err(bad(message).coded(code::REPEATED_OPTION).about(name));
        }
        self.aliases.add(name, text);
        Ok(())
    }

    fn add(&mut self, option: SystemOption, text: Cow<'q, str>) -> Result<(), Error> {
        let place = self.texts.get_mut(option as usize);
        match place.and_then(|place| place.replace(text)) {
            None => Ok(()),
            Some(_) => {
                let message = format!("The query option {} is given twice", option.name());
                Err(bad(message).coded(code::REPEATED_OPTION).about(option.name()))
            }
        }
    }
}

/// The option of a decoded name; None if it is a custom one.
fn system_option(name: &str) -> Result<Option<SystemOption>, Error> {
    if let Some(option) = SystemOption::from_name(name) {
        return Ok(Some(option));
    }
    let (plain, unimplemented) = match name.strip_prefix('$') {
        Some(plain) => (plain, &UNIMPLEMENTED[..]),
        None => (name, &UNIMPLEMENTED[..UNIMPLEMENTED_WITHOUT_DOLLAR]),
    };
    if let Some(known) = unimplemented.iter().find(|known| plain.eq_ignore_ascii_case(known)) {
        let message = format!("The query option ${known} is not implemented");
        let error = Error::new(ErrorKind::NotImplemented, message).coded(code::UNIMPLEMENTED_OPTION);
        return Err(error.about(&format!("${known}")));
    }
    if name.starts_with('$') { Err(unknown(name)) } else { Ok(None) }
}

fn unknown(name: &str) -> Error {
    let near = hint(name, SystemOption::ALL.into_iter().map(SystemOption::name));
    bad(format!("The query option '{name}' does not exist{near}")).coded(code::UNKNOWN_OPTION).about(name)
}

fn decode<'q>(raw: &'q str, what: &str) -> Result<Cow<'q, str>, Error> {
    percent::decode(raw, Plus::Blank).map_err(|bad_escape| {
        bad(format!("{what} has {} at byte {}", bad_escape.reason, bad_escape.position))
    })
}

fn bad(message: String) -> Error {
    Error::new(ErrorKind::BadQuery, message)
}
