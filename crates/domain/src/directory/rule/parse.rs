//! From a rule's text to its tree, by recursive descent. What binds tightest first: comparisons, `-not`, `-and`, `-or`.

use std::fmt;

use super::token::{Token, TokenKind, tokens};
use super::{Attribute, Operand, Operator, Quantity, Rule, Subject};

/// How deep parentheses and `-not` may nest.
const DEPTH_MAX: usize = 32;
/// How many values a list may have.
const LIST_MAX: usize = 256;

/// What is wrong with a rule, and where: in characters from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrong {
    pub(crate) position: usize,
    pub(crate) message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at position {})", self.message, self.position)
    }
}

/// Reads a rule.
pub(crate) fn parse(rule: &str) -> Result<Rule, Wrong> {
    let tokens = tokens(rule)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, of_item: false };
    let rule = parser.or()?;
    match parser.peek() {
        TokenKind::End => Ok(rule),
        other => parser.wrong(format!("expected '-and', '-or' or the end, found {}", other.shown())),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    /// Whether this is the test of an item.
    of_item: bool,
}

impl<'t> Parser<'t> {
    /// The next token; behind the end is the end.
    fn token(&self) -> &'t Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &'t TokenKind {
        &self.token().kind
    }

    fn next(&mut self) -> &'t TokenKind {
        let kind = self.peek();
        self.at += 1;
        kind
    }

    /// Something is wrong with the next token.
    fn wrong<T>(&self, message: impl Into<String>) -> Result<T, Wrong> {
        Err(Wrong { position: self.token().position, message: message.into() })
    }

    fn expect(&mut self, wanted: &TokenKind) -> Result<(), Wrong> {
        if self.peek() == wanted {
            self.at += 1;
            return Ok(());
        }
        self.wrong(format!("expected {}, found {}", wanted.shown(), self.peek().shown()))
    }

    /// Takes the next token if it is this word. The hyphen of an operator is optional.
    fn word(&mut self, wanted: &str) -> bool {
        let is = match self.peek() {
            TokenKind::Word(word) => {
                word.eq_ignore_ascii_case(wanted) || hyphened(word).eq_ignore_ascii_case(wanted)
            }
            _ => false,
        };
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Result<Rule, Wrong> {
        let mut rule = self.and()?;
        while self.word("-or") {
            rule = Rule::Or(Box::new(rule), Box::new(self.and()?));
        }
        Ok(rule)
    }

    fn and(&mut self) -> Result<Rule, Wrong> {
        let mut rule = self.not()?;
        while self.word("-and") {
            rule = Rule::And(Box::new(rule), Box::new(self.not()?));
        }
        Ok(rule)
    }

    fn not(&mut self) -> Result<Rule, Wrong> {
        if !self.word("-not") {
            return self.test();
        }
        self.nested(|parser| Ok(Rule::Not(Box::new(parser.not()?))))
    }

    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Result<Rule, Wrong>) -> Result<Rule, Wrong> {
        if self.depth == DEPTH_MAX {
            return self.wrong(format!("it nests deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let rule = inner(self);
        self.depth -= 1;
        rule
    }

    fn test(&mut self) -> Result<Rule, Wrong> {
        if *self.peek() == TokenKind::Open {
            self.at += 1;
            let rule = self.nested(Parser::or)?;
            self.expect(&TokenKind::Close)?;
            return Ok(rule);
        }
        match self.subject()? {
            Subject::Attribute(attribute) if attribute.is_collection() => self.items(attribute),
            subject => self.comparison(subject),
        }
    }

    fn subject(&mut self) -> Result<Subject, Wrong> {
        let TokenKind::Word(word) = self.peek() else {
            let expected = if self.of_item { "'_'" } else { "a property such as 'device.displayName'" };
            return self.wrong(format!("expected {expected}, found {}", self.peek().shown()));
        };
        let subject = match (self.of_item, &**word) {
            (true, "_") => Subject::Item,
            (true, _) => return self.wrong(format!("expected '_', the item, found '{word}'")),
            (false, "_") => return self.wrong("'_' has a meaning only behind '-any' and '-all'"),
            (false, word) => Subject::Attribute(self.attribute(word)?),
        };
        self.at += 1;
        Ok(subject)
    }

    fn attribute(&self, word: &str) -> Result<Attribute, Wrong> {
        let (owner, name) = word.split_once('.').unwrap_or(("", word));
        if !owner.eq_ignore_ascii_case("device") {
            let message = format!("'{word}' is no property of a device; it must start with 'device.'");
            return self.wrong(message);
        }
        Attribute::named(name).map_or_else(
            || {
                let names = Attribute::ALL.iter().map(|known| known.name());
                let hint = odata::error::hint(name, names);
                self.wrong(format!("a device has no property '{name}' in rules{hint}"))
            },
            Ok,
        )
    }

    /// `-any (…)` or `-all (…)`; the parentheses may be missing around a single test.
    fn items(&mut self, attribute: Attribute) -> Result<Rule, Wrong> {
        let quantity = if self.word("-any") {
            Quantity::Any
        } else if self.word("-all") {
            Quantity::All
        } else {
            let message = format!("'{}' has many values: expected '-any' or '-all'", attribute.name());
            return self.wrong(message);
        };
        self.of_item = true;
        let test = self.test();
        self.of_item = false;
        Ok(Rule::Items(quantity, attribute, Box::new(test?)))
    }

    fn comparison(&mut self, subject: Subject) -> Result<Rule, Wrong> {
        let operator = match self.peek() {
            TokenKind::Word(word) => Operator::named(&hyphened(word)),
            _ => None,
        };
        let Some(operator) = operator else {
            let found = self.peek();
            let hint = match found {
                TokenKind::Word(word) => {
                    odata::error::hint(word, Operator::ALL.iter().map(|known| known.name()))
                }
                _ => String::new(),
            };
            return self.wrong(format!("expected an operator such as '-eq', found {}{hint}", found.shown()));
        };
        self.at += 1;
        let position = self.at;
        let operand = self.operand()?;
        if let Some(message) = misfit(subject, operator, &operand) {
            self.at = position;
            return self.wrong(message);
        }
        Ok(Rule::Test(subject, operator, operand))
    }

    fn operand(&mut self) -> Result<Operand, Wrong> {
        match self.peek() {
            TokenKind::Text(text) => {
                self.at += 1;
                Ok(Operand::Text(text.clone()))
            }
            TokenKind::OpenList => self.list(),
            _ if self.word("null") || self.word("$null") => Ok(Operand::Null),
            _ if self.word("true") => Ok(Operand::Boolean(true)),
            _ if self.word("false") => Ok(Operand::Boolean(false)),
            other => self.wrong(format!("expected a text in quotes, found {}", other.shown())),
        }
    }

    fn list(&mut self) -> Result<Operand, Wrong> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.peek() {
                TokenKind::Text(text) if items.len() < LIST_MAX => items.push(text.clone()),
                TokenKind::Text(_) => return self.wrong(format!("a list has at most {LIST_MAX} values")),
                other => return self.wrong(format!("expected a text in quotes, found {}", other.shown())),
            }
            self.at += 1;
            match self.next() {
                TokenKind::Comma => {}
                TokenKind::CloseList => return Ok(Operand::List(items)),
                other => {
                    self.at -= 1;
                    return self.wrong(format!("expected ',' or ']', found {}", other.shown()));
                }
            }
        }
    }
}

/// An operator's name with its hyphen, which may be left out.
fn hyphened(word: &str) -> String {
    if word.starts_with('-') { word.to_owned() } else { format!("-{word}") }
}

/// Why an operand does not go with the operator and what is compared.
fn misfit(subject: Subject, operator: Operator, operand: &Operand) -> Option<String> {
    let name = operator.name();
    let is_list = matches!(operator, Operator::In | Operator::NotIn);
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    let is_boolean = matches!(subject, Subject::Attribute(attribute) if attribute.is_boolean());
    match operand {
        Operand::List(_) if !is_list => Some(format!("'{name}' takes no list")),
        Operand::Text(_) | Operand::Null | Operand::Boolean(_) if is_list => {
            Some(format!("'{name}' takes a list such as [\"a\", \"b\"]"))
        }
        Operand::Null | Operand::Boolean(_) if !is_equality => Some(format!("'{name}' takes a text")),
        Operand::Text(_) | Operand::List(_) if is_boolean => Some("it is true or false".to_owned()),
        Operand::Boolean(_) if !is_boolean => Some("it is a text, in quotes".to_owned()),
        Operand::Text(pattern) if matches!(operator, Operator::Match | Operator::NotMatch) => {
            odata::query::pattern::check(&super::meaning::caseless(pattern))
                .err()
                .map(|reason| format!("the pattern \"{pattern}\" of '{name}' cannot be used: {reason}"))
        }
        _ => None,
    }
}
