//! `$search` (URL conventions 4.01, 5.1.7): words and phrases, `AND`, `OR`, `NOT` and parentheses.
//!
//! A word or phrase is found wherever it stands in a text, whatever its case: what is searched and what is looked
//! for are both folded by [`fold`]. Words beside each other must all be found, though not in the same property.

use crate::expression::letter_case::lower;
use crate::expression::option_error::OptionError;
use crate::expression::syntax::lexer::{DEPTH_MAX, TEXT_BYTES_MAX};
use crate::{Error, ErrorKind};

/// Words and phrases of a search at most.
const TERMS_MAX: usize = 50;
/// The character between the properties in the text of an entity; no term has it.
pub const SEPARATOR: char = '\u{1f}';

/// The condition of a `$search`.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// A word or phrase, folded and not empty.
    Term(Box<str>),
    /// Both are found.
    And(Box<Search>, Box<Search>),
    /// One of them is found, or both.
    Or(Box<Search>, Box<Search>),
    /// It is not found.
    Not(Box<Search>),
}

/// A text as searches see it: each character in lower case, if that is one character.
pub fn fold(text: &str) -> String {
    text.chars().map(lower).collect()
}

impl Search {
    /// Whether it is found in an entity's texts, which are folded and joined by [`SEPARATOR`].
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Search::Term(term) => text.contains(&**term),
            Search::And(left, right) => left.matches(text) && right.matches(text),
            Search::Or(left, right) => left.matches(text) || right.matches(text),
            Search::Not(inner) => !inner.matches(text),
        }
    }
}

/// The search of a `$search`, or what is wrong with it and where.
pub fn parse_search(text: &str) -> Result<Search, Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::new(
            ErrorKind::BadQuery,
            format!("$search is longer than {TEXT_BYTES_MAX} bytes"),
        ));
    }
    let mut parser = SearchParser { text, at: 0, depth: 0, terms: 0 };
    parser.whole().map_err(|failure| failure.in_option("$search", text))
}

/// A word of the grammar.
#[derive(Clone, Copy, Debug, PartialEq)]
enum SearchToken<'t> {
    Open,
    Close,
    And,
    Or,
    Not,
    Term(&'t str),
    End,
}

struct SearchParser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    terms: usize,
}

impl<'t> SearchParser<'t> {
    fn whole(&mut self) -> Result<Search, OptionError> {
        let search = self.any()?;
        let at = self.at;
        match self.next()? {
            SearchToken::End => Ok(search),
            _ => Err(OptionError::new(at, "A parenthesis is closed that was not opened")),
        }
    }

    /// Terms joined by `OR`, which binds loosest.
    fn any(&mut self) -> Result<Search, OptionError> {
        let mut found = self.all()?;
        while self.peek()? == SearchToken::Or {
            self.next()?;
            found = Search::Or(Box::new(found), Box::new(self.all()?));
        }
        Ok(found)
    }

    /// Terms joined by `AND`, or by nothing.
    fn all(&mut self) -> Result<Search, OptionError> {
        let mut found = self.one()?;
        loop {
            match self.peek()? {
                SearchToken::And => {
                    self.next()?;
                }
                SearchToken::Open | SearchToken::Not | SearchToken::Term(_) => {}
                SearchToken::Close | SearchToken::Or | SearchToken::End => return Ok(found),
            }
            found = Search::And(Box::new(found), Box::new(self.one()?));
        }
    }

    fn one(&mut self) -> Result<Search, OptionError> {
        let at = self.at;
        match self.next()? {
            SearchToken::Term(term) => {
                self.terms += 1;
                if self.terms > TERMS_MAX {
                    return Err(OptionError::new(
                        at,
                        format!("There are more than {TERMS_MAX} words and phrases"),
                    ));
                }
                Ok(Search::Term(fold(term).into()))
            }
            SearchToken::Not => {
                self.enter(at)?;
                let inner = self.one()?;
                self.depth -= 1;
                Ok(Search::Not(Box::new(inner)))
            }
            SearchToken::Open => {
                self.enter(at)?;
                let inner = self.any()?;
                self.depth -= 1;
                match self.next()? {
                    SearchToken::Close => Ok(inner),
                    _ => Err(OptionError::new(at, "A parenthesis is not closed")),
                }
            }
            SearchToken::And | SearchToken::Or | SearchToken::Close | SearchToken::End => {
                Err(OptionError::new(at, "Expected a word or a phrase"))
            }
        }
    }

    fn enter(&mut self, at: usize) -> Result<(), OptionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(OptionError::new(
                at,
                format!("The search is nested more than {DEPTH_MAX} levels deep"),
            ));
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<SearchToken<'t>, OptionError> {
        let before = self.at;
        let token = self.next()?;
        self.at = before;
        Ok(token)
    }

    fn next(&mut self) -> Result<SearchToken<'t>, OptionError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        self.at += blanks;
        let rest = rest.trim_start();
        let start = self.at;
        let Some(first) = rest.chars().next() else { return Ok(SearchToken::End) };
        let (token, length) = match first {
            '(' => (SearchToken::Open, 1),
            ')' => (SearchToken::Close, 1),
            '"' => {
                let phrase = rest.get(1..).unwrap_or_default();
                let end =
                    phrase.find('"').ok_or_else(|| OptionError::new(start, "The phrase is not closed"))?;
                (SearchToken::Term(phrase.get(..end).unwrap_or_default()), end + 2)
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"');
                let word = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
                let token = match word {
                    "AND" => SearchToken::And,
                    "OR" => SearchToken::Or,
                    "NOT" => SearchToken::Not,
                    word => SearchToken::Term(word),
                };
                (token, word.len())
            }
        };
        if let SearchToken::Term(term) = token
            && (term.trim().is_empty() || term.chars().any(char::is_control))
        {
            return Err(OptionError::new(
                start,
                "A phrase has to have text in it, and no control characters",
            ));
        }
        self.at += length;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::{Search, parse_search};
    use crate::ErrorKind;

    fn shown(search: &Search) -> String {
        match search {
            Search::Term(term) => format!("'{term}'"),
            Search::And(left, right) => format!("({} and {})", shown(left), shown(right)),
            Search::Or(left, right) => format!("({} or {})", shown(left), shown(right)),
            Search::Not(inner) => format!("not {}", shown(inner)),
        }
    }

    #[test]
    fn and_binds_tighter_than_or_and_needs_no_word() {
        for (text, expected) in [
            ("Dell", "'dell'"),
            ("a b", "('a' and 'b')"),
            ("a AND b OR c", "(('a' and 'b') or 'c')"),
            ("a OR b c", "('a' or ('b' and 'c'))"),
            ("(a OR b) NOT c", "(('a' or 'b') and not 'c')"),
            ("NOT NOT a", "not not 'a'"),
            ("\"a OR (b\" c", "('a or (b' and 'c')"),
            ("and or not", "(('and' and 'or') and 'not')"),
            ("a-1_*%", "'a-1_*%'"),
            ("ÄÖß", "'äöß'"),
        ] {
            assert_eq!(parse_search(text).map(|search| shown(&search)).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_search_is_refused_with_its_position() {
        let deep = format!("{}a{}", "(".repeat(101), ")".repeat(101));
        let many = "a ".repeat(51);
        for (text, part) in [
            ("", "Expected a word or a phrase at position 0"),
            ("a AND", "Expected a word or a phrase at position 5"),
            ("OR a", "position 0"),
            ("(a", "A parenthesis is not closed at position 0"),
            ("a)", "was not opened at position 1"),
            ("a \"b", "The phrase is not closed at position 2"),
            ("\" \"", "has to have text in it"),
            (&deep, "more than 100 levels"),
            (&many, "more than 50 words"),
        ] {
            let error = parse_search(text).expect_err(text);
            assert_eq!(error.kind, ErrorKind::BadQuery);
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }
}
