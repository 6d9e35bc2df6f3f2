//! Parameter aliases in a path (URL conventions 4.01, 5.3): `f(x=@p)?@p=1` is `f(x=1)`.

use super::given::Given;
use crate::uri::split::items;
use crate::uri::{RawSegment, RequestPath};
use crate::{Error, ErrorKind, code};

/// Bytes at most that a segment's arguments may come to.
const ARGUMENTS_BYTES_MAX: usize = 16 * 1024;

impl RequestPath {
    /// Puts in the place of each alias the text that it stands for in the query; null, if the query does not say.
    pub fn resolve_aliases(&mut self, raw_query: &str) -> Result<(), Error> {
        let has_aliases = |segment: &&mut RawSegment| {
            segment
                .parentheses
                .as_deref()
                .is_some_and(|text| items(text).any(|(_, item)| alias(item).is_some()))
        };
        let mut segments = self.segments.iter_mut().filter(has_aliases).peekable();
        if segments.peek().is_none() {
            return Ok(());
        }
        let aliases = Given::in_query(raw_query)?.aliases;
        for segment in segments {
            let mut resolved = String::new();
            for (_, item) in items(segment.parentheses.as_deref().unwrap_or_default()) {
                if !resolved.is_empty() {
                    resolved.push(',');
                }
                match alias(item) {
                    Some((name, alias)) => {
                        let text = aliases.text(alias).unwrap_or("null");
                        if items(text).count() != 1 {
                            return Err(bad(format!("The parameter alias {alias} is not one value"), alias));
                        }
                        resolved.push_str(&format!("{name}={text}"));
                    }
                    None => resolved.push_str(item),
                }
                if resolved.len() > ARGUMENTS_BYTES_MAX {
                    let message =
                        format!("With their aliases the arguments of '{}' are too long", segment.name);
                    return Err(bad(message, &segment.name));
                }
            }
            segment.parentheses = Some(resolved);
        }
        Ok(())
    }
}

/// The name of an argument and the alias that it is given by, if it is.
fn alias(argument: &str) -> Option<(&str, &str)> {
    let (name, value) = argument.split_once('=')?;
    Some((name, value.trim())).filter(|(_, value)| value.starts_with('@'))
}

fn bad(message: String, about: &str) -> Error {
    Error::new(ErrorKind::BadPath, message).coded(code::MALFORMED_ARGUMENT).about(about)
}

#[cfg(test)]
mod tests {
    use crate::uri::parse_path;

    #[test]
    fn aliases_stand_for_what_the_query_says() {
        for (path, query, expected) in [
            ("/beta/f(x=@p)", "@p=1", "x=1"),
            ("/beta/f(x=@p,y=2,z=@q)", "$top=1&@q='a,b'&@p=[1,2]", "x=[1,2],y=2,z='a,b'"),
            ("/beta/f(x=%40p)", "%40p=%27a%20b%27", "x='a b'"),
            ("/beta/f(x=@p)", "", "x=null"),
            ("/beta/f(x='@p')", "@p=1", "x='@p'"),
            ("/beta/f('@p')", "@p=1", "'@p'"),
        ] {
            let mut path = parse_path(path).unwrap();
            path.resolve_aliases(query).unwrap();
            assert_eq!(path.segments[0].parentheses.as_deref(), Some(expected));
        }
    }

    #[test]
    fn an_alias_is_one_value_and_has_bounds() {
        let long = format!("@p='{}'", "x".repeat(15_000));
        for (path, query, part) in [
            ("/beta/f(x=@p)", "@p=1,y=2", "@p is not one value"),
            ("/beta/f(x=@p)", "@p=1&@p=2", "given twice"),
            ("/beta/f(x=@p,y=@p)", long.as_str(), "too long"),
        ] {
            let error = parse_path(path).unwrap().resolve_aliases(query).expect_err(query);
            assert!(error.message.contains(part), "{}", error.message);
        }
    }
}
