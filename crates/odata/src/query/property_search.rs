//! `$search` on entities whose properties are tokenized, as Graph has it for its directory: `"property:text"`, with `AND`,
//! `OR` and parentheses. Each word of the text must begin a word of the property, whatever its case.
//!
//! A word ends before white space and punctuation, between letters and digits, and before a capital letter that follows a
//! small one.

use super::search::Search;
use crate::Value;
use crate::edm::{Model, Property, TypeId, Version};
use crate::error::{cut, hint};
use crate::expression::function::Function;
use crate::expression::option_error::OptionError;
use crate::expression::pattern;
use crate::expression::tree::{Expression, Path, PathStep};

/// Words of a search at most.
const WORDS_MAX: usize = 50;
/// Ranges of the characters that part words, as a pattern writes them.
const SEPARATORS: &str = r"\x00-/:-@\[-`{-\x{bf}\x{2000}-\x{206f}\x{3000}-\x{303f}";

/// Whether the entities of a type are searched by property.
pub(super) fn has_tokenized(model: &Model, entity: TypeId) -> bool {
    tokenized(model, entity).next().is_some()
}

fn tokenized(model: &Model, entity: TypeId) -> impl Iterator<Item = &Property> {
    let properties = model.structured(entity).properties.iter().map(|id| model.property(*id));
    properties.filter(|property| property.tokenized)
}

/// The condition of a search on entities of a type.
pub(super) fn condition(
    model: &Model,
    version: Version,
    entity: TypeId,
    search: &Search,
) -> Result<Expression, OptionError> {
    PropertySearch { model, version, entity, words: 0, pattern_size: 0 }.condition(search)
}

/// The reader of one search.
struct PropertySearch<'m> {
    model: &'m Model,
    version: Version,
    entity: TypeId,
    /// The words so far.
    words: usize,
    /// The size of their patterns.
    pattern_size: usize,
}

impl PropertySearch<'_> {
    fn condition(&mut self, search: &Search) -> Result<Expression, OptionError> {
        match search {
            Search::Term(term) => self.clause(term),
            Search::And(left, right) => {
                Ok(Expression::And(Box::new(self.condition(left)?), Box::new(self.condition(right)?)))
            }
            Search::Or(left, right) => {
                Ok(Expression::Or(Box::new(self.condition(left)?), Box::new(self.condition(right)?)))
            }
            Search::Not(_) => {
                Err(OptionError::anywhere("'NOT' is not taken in a $search of this collection"))
            }
        }
    }

    /// The condition of `property:text`.
    fn clause(&mut self, term: &str) -> Result<Expression, OptionError> {
        let Some((name, text)) = term.split_once(':') else {
            let message =
                format!("$search takes \"property:text\" here, with the quotes, not '{}'", cut(term));
            return Err(OptionError::anywhere(message));
        };
        let property = self.property(name.trim())?;
        let step = PathStep { property: property.id, slot: property.slot };
        let path = Path { scope: 0, steps: vec![step], type_ref: property.type_ref };
        let mut all: Option<Expression> = None;
        for word in words(text) {
            let pattern = Value::String(self.pattern(word)?.into());
            let operands = vec![Expression::Path(path.clone()), Expression::Literal(pattern)];
            let begins = Expression::Call(Function::MatchesPattern, operands);
            all = Some(match all {
                Some(others) => Expression::And(Box::new(others), Box::new(begins)),
                None => begins,
            });
        }
        all.ok_or_else(|| {
            OptionError::anywhere(format!("$search has no words to look for in '{}'", cut(term)))
        })
    }

    fn property(&self, name: &str) -> Result<&Property, OptionError> {
        let visible =
            || tokenized(self.model, self.entity).filter(|found| found.versions.contains(self.version));
        visible().find(|property| property.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names: Vec<&str> = visible().map(|property| &*property.name).collect();
            let message =
                format!("$search does not look at '{}', but at '{}'", cut(name), names.join("' and '"));
            OptionError::anywhere(message).advise(hint(name, names.iter().copied()))
        })
    }

    /// The pattern of a word, within the bounds of all words.
    fn pattern(&mut self, word: &str) -> Result<String, OptionError> {
        let pattern = beginning(word);
        let size = pattern::check(&pattern).map_err(|reason| {
            OptionError::anywhere(format!("The word '{}' of $search cannot be used: {reason}", cut(word)))
        })?;
        self.words += 1;
        self.pattern_size += size;
        if self.words > WORDS_MAX || self.pattern_size > pattern::PATTERN_SIZE_MAX {
            let message = format!("$search has more than {WORDS_MAX} words, or too long ones");
            return Err(OptionError::anywhere(message));
        }
        Ok(pattern)
    }
}

/// The words of a text to look for.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        matches!(c, '\0'..='/' | ':'..='@' | '['..='`' | '{'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}')
    })
    .filter(|word| !word.is_empty())
}

/// The pattern of a text in which a word begins so.
fn beginning(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().unwrap_or_default();
    let rest = characters.as_str();
    if first.is_ascii_digit() {
        return format!("(^|[{SEPARATORS}a-zA-Z])(?i:{word})");
    }
    let capital = first.to_uppercase();
    format!("(^|[{SEPARATORS}0-9])(?i:{word})|[a-z]{capital}(?i:{rest})")
}

#[cfg(test)]
mod tests {
    use super::{beginning, words};
    use crate::expression::pattern;

    #[test]
    fn a_word_begins_where_the_text_changes() {
        for (text, word, found) in [
            ("Kiosk", "kiosk", true),
            ("Kiosks at the door", "kiosk", true),
            ("Lobby Kiosk", "kiosk", true),
            ("LobbyKiosk", "kiosk", true),
            ("lobby-kiosk", "kiosk", true),
            ("lobby_kiosk", "kiosk", true),
            ("Room7Kiosk", "kiosk", true),
            ("lobbykiosk", "kiosk", false),
            ("LOBBYKIOSK", "kiosk", false),
            ("Lobby", "kiosk", false),
            ("PC-0042", "0042", true),
            ("PC0042", "0042", true),
            ("PC10042", "0042", false),
            ("Größe Süd", "süd", true),
            ("Größe", "ße", false),
        ] {
            assert_eq!(pattern::matches(text, &beginning(word)), Some(found), "{word} in {text}");
            assert!(pattern::to_posix(&beginning(word)).is_ok(), "{word}");
        }
        assert_eq!(words(" one-video, (two)\u{2013}3 ").collect::<Vec<_>>(), ["one", "video", "two", "3"]);
        assert_eq!(words("-.:").count(), 0);
    }
}
