//! The query options of requests with lists.

use odata::code;
use odata::error::hint;

use crate::request_error::{RequestError, shown};

/// The query options, each given once.
pub(super) struct Options(Vec<(String, String)>);

impl Options {
    /// Those of a query, of which these are known.
    pub(super) fn read(query: &str, known: &[&str]) -> Result<Options, RequestError> {
        let mut options: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if !known.contains(&&*name) {
                let shown = shown(&name);
                let near = hint(&name, known.iter().copied());
                let message = format!("There is no query option '{shown}' here{near}");
                return Err(refused(code::UNKNOWN_OPTION, shown, message));
            }
            if options.iter().any(|(known, _)| *known == name) {
                let message = format!("The query option '{name}' is given twice.");
                return Err(refused(code::REPEATED_OPTION, &name, message));
            }
            options.push((name, value));
        }
        Ok(Options(options))
    }

    /// The value of an option; none if it is not given, or empty.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1).filter(|value| !value.is_empty())
    }

    /// Whether an option is given as true.
    pub(super) fn take_flag(&mut self, name: &str) -> Result<bool, RequestError> {
        match self.take(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                let message = format!("The query option '{name}' is true or false.");
                Err(refused(code::MALFORMED_OPTION, name, message))
            }
        }
    }

    /// The number that an option is given as; 0 if it is not given.
    pub(super) fn take_number(&mut self, name: &str) -> Result<u64, RequestError> {
        let Some(text) = self.take(name) else { return Ok(0) };
        text.parse().map_err(|_| {
            let message = format!("The query option '{name}' is a number.");
            refused(code::MALFORMED_OPTION, name, message)
        })
    }
}

/// The refusal of an option.
pub(super) fn refused(code: odata::code::Code, name: &str, message: String) -> RequestError {
    let target = Some(name.into());
    engine::Error { code, target, ..engine::Error::bad_request(message) }.into()
}
