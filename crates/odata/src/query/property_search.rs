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
    let both = |left: &Search, right: &Search| {
        let left = condition(model, version, entity, left)?;
        Ok((Box::new(left), Box::new(condition(model, version, entity, right)?)))
    };
    match search {
        Search::Term(term) => clause(model, version, entity, term),
        Search::And(left, right) => both(left, right).map(|(left, right)| Expression::And(left, right)),
        Search::Or(left, right) => both(left, right).map(|(left, right)| Expression::Or(left, right)),
        Search::Not(_) => Err(OptionError::anywhere("'NOT' is not taken in a $search of this collection")),
    }
}

/// The condition of `property:text`.
fn clause(model: &Model, version: Version, entity: TypeId, term: &str) -> Result<Expression, OptionError> {
    let Some((name, text)) = term.split_once(':') else {
        let message = format!("$search takes \"property:text\" here, with the quotes, not '{}'", cut(term));
        return Err(OptionError::anywhere(message));
    };
    let visible = || tokenized(model, entity).filter(|property| property.versions.contains(version));
    let property = visible().find(|property| property.name.eq_ignore_ascii_case(name.trim()));
    let property = property.ok_or_else(|| {
        let names: Vec<&str> = visible().map(|property| &*property.name).collect();
        let message =
            format!("$search does not look at '{}', but at '{}'", cut(name.trim()), names.join("' and '"));
        OptionError::anywhere(message).advise(hint(name.trim(), names.iter().copied()))
    })?;
    let step = PathStep { property: property.id, slot: property.slot };
    let path = Path { scope: 0, steps: vec![step], type_ref: property.type_ref };
    let begins = |word: &str| {
        let pattern = beginning(word);
        pattern::check(&pattern).map_err(|reason| {
            OptionError::anywhere(format!("The word '{}' of $search cannot be used: {reason}", cut(word)))
        })?;
        let operands =
            vec![Expression::Path(path.clone()), Expression::Literal(Value::String(pattern.into()))];
        Ok(Expression::Call(Function::MatchesPattern, operands))
    };
    let words: Vec<Expression> = words(text).map(begins).collect::<Result<_, OptionError>>()?;
    let all = words.into_iter().reduce(|left, right| Expression::And(Box::new(left), Box::new(right)));
    all.ok_or_else(|| OptionError::anywhere(format!("$search has no words to look for in '{}'", cut(term))))
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
