//! From a rule's text to its tree, by recursive descent. What binds tightest first: comparisons, `-not`, `-and`, `-or`.

use super::error::RuleError;
use super::token::{RuleToken, RuleTokenKind, tokens};
use super::tree::{Attribute, LeftOperand, MembershipRule, Operator, Quantity, RightOperand};

/// The depth to which parentheses and `-not` may nest.
const DEPTH_MAX: usize = 32;
/// The number of values that a list may have.
const LIST_MAX: usize = 256;

/// Parses a membership rule.
pub(crate) fn parse(rule: &str) -> Result<MembershipRule, RuleError> {
    let tokens = tokens(rule)?;
    let mut parser = RuleParser { tokens: &tokens, at: 0, depth: 0, of_item: false };
    let rule = parser.or()?;
    match parser.peek() {
        RuleTokenKind::End => Ok(rule),
        other => parser.error(format!("expected '-and', '-or' or the end, found {}", other.shown())),
    }
}

struct RuleParser<'t> {
    tokens: &'t [RuleToken],
    at: usize,
    depth: usize,
    /// Whether the condition is about an item.
    of_item: bool,
}

impl<'t> RuleParser<'t> {
    /// The next token; behind the end is the end.
    fn token(&self) -> &'t RuleToken {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &'t RuleTokenKind {
        &self.token().kind
    }

    fn next(&mut self) -> &'t RuleTokenKind {
        let kind = self.peek();
        self.at += 1;
        kind
    }

    /// The error that is found at the next token.
    fn error<T>(&self, message: impl Into<String>) -> Result<T, RuleError> {
        Err(RuleError { position: self.token().position, message: message.into() })
    }

    fn expect(&mut self, wanted: &RuleTokenKind) -> Result<(), RuleError> {
        if self.peek() == wanted {
            self.at += 1;
            return Ok(());
        }
        self.error(format!("expected {}, found {}", wanted.shown(), self.peek().shown()))
    }

    /// Takes the next token if it is this word. The hyphen of an operator is optional.
    fn word(&mut self, wanted: &str) -> bool {
        let is = match self.peek() {
            RuleTokenKind::Word(word) => {
                word.eq_ignore_ascii_case(wanted) || hyphened(word).eq_ignore_ascii_case(wanted)
            }
            _ => false,
        };
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Result<MembershipRule, RuleError> {
        let mut rule = self.and()?;
        while self.word("-or") {
            rule = MembershipRule::Or(Box::new(rule), Box::new(self.and()?));
        }
        Ok(rule)
    }

    fn and(&mut self) -> Result<MembershipRule, RuleError> {
        let mut rule = self.not()?;
        while self.word("-and") {
            rule = MembershipRule::And(Box::new(rule), Box::new(self.not()?));
        }
        Ok(rule)
    }

    fn not(&mut self) -> Result<MembershipRule, RuleError> {
        if !self.word("-not") {
            return self.condition();
        }
        self.nested(|parser| Ok(MembershipRule::Not(Box::new(parser.not()?))))
    }

    fn nested(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<MembershipRule, RuleError>,
    ) -> Result<MembershipRule, RuleError> {
        if self.depth == DEPTH_MAX {
            return self.error(format!("it nests deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let rule = inner(self);
        self.depth -= 1;
        rule
    }

    fn condition(&mut self) -> Result<MembershipRule, RuleError> {
        if *self.peek() == RuleTokenKind::Open {
            self.at += 1;
            let rule = self.nested(RuleParser::or)?;
            self.expect(&RuleTokenKind::Close)?;
            return Ok(rule);
        }
        match self.left_operand()? {
            LeftOperand::Attribute(attribute) if attribute.is_collection() => self.items(attribute),
            left => self.comparison(left),
        }
    }

    fn left_operand(&mut self) -> Result<LeftOperand, RuleError> {
        let RuleTokenKind::Word(word) = self.peek() else {
            let expected = if self.of_item { "'_'" } else { "a property such as 'device.displayName'" };
            return self.error(format!("expected {expected}, found {}", self.peek().shown()));
        };
        let left = match (self.of_item, &**word) {
            (true, "_") => LeftOperand::Item,
            (true, _) => return self.error(format!("expected '_', the item, found '{word}'")),
            (false, "_") => return self.error("'_' has a meaning only behind '-any' and '-all'"),
            (false, word) => LeftOperand::Attribute(self.attribute(word)?),
        };
        self.at += 1;
        Ok(left)
    }

    fn attribute(&self, word: &str) -> Result<Attribute, RuleError> {
        let (owner, name) = word.split_once('.').unwrap_or(("", word));
        if !owner.eq_ignore_ascii_case("device") {
            let message = format!("'{word}' is no property of a device; it must start with 'device.'");
            return self.error(message);
        }
        Attribute::named(name).map_or_else(
            || {
                let names = Attribute::ALL.iter().map(|known| known.name());
                let hint = odata::error::hint(name, names);
                self.error(format!("a device has no property '{name}' in rules{hint}"))
            },
            Ok,
        )
    }

    /// `-any (…)` or `-all (…)`; the parentheses may be missing around a single test.
    fn items(&mut self, attribute: Attribute) -> Result<MembershipRule, RuleError> {
        let quantity = if self.word("-any") {
            Quantity::Any
        } else if self.word("-all") {
            Quantity::All
        } else {
            let message = format!("'{}' has many values: expected '-any' or '-all'", attribute.name());
            return self.error(message);
        };
        self.of_item = true;
        let condition = self.condition();
        self.of_item = false;
        Ok(MembershipRule::Items(quantity, attribute, Box::new(condition?)))
    }

    fn comparison(&mut self, left: LeftOperand) -> Result<MembershipRule, RuleError> {
        let operator = match self.peek() {
            RuleTokenKind::Word(word) => Operator::named(&hyphened(word)),
            _ => None,
        };
        let Some(operator) = operator else {
            let found = self.peek();
            let hint = match found {
                RuleTokenKind::Word(word) => {
                    odata::error::hint(word, Operator::ALL.iter().map(|known| known.name()))
                }
                _ => String::new(),
            };
            return self.error(format!("expected an operator such as '-eq', found {}{hint}", found.shown()));
        };
        self.at += 1;
        let position = self.at;
        let right = self.right_operand()?;
        if let Some(message) = misfit(left, operator, &right) {
            self.at = position;
            return self.error(message);
        }
        Ok(MembershipRule::Comparison(left, operator, right))
    }

    fn right_operand(&mut self) -> Result<RightOperand, RuleError> {
        match self.peek() {
            RuleTokenKind::Text(text) => {
                self.at += 1;
                Ok(RightOperand::Text(text.clone()))
            }
            RuleTokenKind::OpenList => self.list(),
            _ if self.word("null") || self.word("$null") => Ok(RightOperand::Null),
            _ if self.word("true") => Ok(RightOperand::Boolean(true)),
            _ if self.word("false") => Ok(RightOperand::Boolean(false)),
            other => self.error(format!("expected a text in quotes, found {}", other.shown())),
        }
    }

    fn list(&mut self) -> Result<RightOperand, RuleError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.peek() {
                RuleTokenKind::Text(text) if items.len() < LIST_MAX => items.push(text.clone()),
                RuleTokenKind::Text(_) => return self.error(format!("a list has at most {LIST_MAX} values")),
                other => return self.error(format!("expected a text in quotes, found {}", other.shown())),
            }
            self.at += 1;
            match self.next() {
                RuleTokenKind::Comma => {}
                RuleTokenKind::CloseList => return Ok(RightOperand::List(items)),
                other => {
                    self.at -= 1;
                    return self.error(format!("expected ',' or ']', found {}", other.shown()));
                }
            }
        }
    }
}

/// An operator's name with its hyphen, which may be left out.
fn hyphened(word: &str) -> String {
    if word.starts_with('-') { word.to_owned() } else { format!("-{word}") }
}

/// Why the right operand does not go with the operator and what is compared.
fn misfit(left: LeftOperand, operator: Operator, right: &RightOperand) -> Option<String> {
    let name = operator.name();
    let is_list = matches!(operator, Operator::In | Operator::NotIn);
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    let is_boolean = matches!(left, LeftOperand::Attribute(attribute) if attribute.is_boolean());
    match right {
        RightOperand::List(_) if !is_list => Some(format!("'{name}' takes no list")),
        RightOperand::Text(_) | RightOperand::Null | RightOperand::Boolean(_) if is_list => {
            Some(format!("'{name}' takes a list such as [\"a\", \"b\"]"))
        }
        RightOperand::Null | RightOperand::Boolean(_) if !is_equality => {
            Some(format!("'{name}' takes a text"))
        }
        RightOperand::Text(_) | RightOperand::List(_) if is_boolean => Some("it is true or false".to_owned()),
        RightOperand::Boolean(_) if !is_boolean => Some("it is a text, in quotes".to_owned()),
        RightOperand::Text(pattern) if matches!(operator, Operator::Match | Operator::NotMatch) => {
            odata::query::pattern::check(&super::meaning::caseless(pattern))
                .err()
                .map(|reason| format!("the pattern \"{pattern}\" of '{name}' cannot be used: {reason}"))
        }
        _ => None,
    }
}
