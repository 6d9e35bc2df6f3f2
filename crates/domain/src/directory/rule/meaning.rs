//! The meaning of a rule: an expression over a directory device. Texts are compared without regard to case.

use engine::handlers::{Names, StartError};
use odata::Value;
use odata::edm::{Kind, Primitive, TypeRef};
use odata::query::{CollectionPath, Comparison, Expression, Function, Path, Quantifier};

use super::tree::{Attribute, LeftOperand, MembershipRule, Operator, Quantity, RightOperand};

/// The paths of the properties that rules can name.
pub(crate) struct DeviceProperties {
    /// The paths in the order of [`Attribute::ALL`].
    paths: Vec<Path>,
}

impl DeviceProperties {
    pub(crate) fn new(names: &Names<'_>, entity_type: &str) -> Result<DeviceProperties, StartError> {
        let path = |attribute: &Attribute| names.path(entity_type, attribute.property());
        Ok(DeviceProperties { paths: Attribute::ALL.iter().map(path).collect::<Result<_, _>>()? })
    }

    /// The expression that is true of the devices a rule selects, and never null.
    pub(crate) fn expression(&self, rule: &MembershipRule) -> Expression {
        match rule {
            MembershipRule::And(left, right) => and(self.expression(left), self.expression(right)),
            MembershipRule::Or(left, right) => or(self.expression(left), self.expression(right)),
            MembershipRule::Not(inner) => not(self.expression(inner)),
            MembershipRule::Comparison(LeftOperand::Attribute(attribute), operator, operand) => {
                comparison(self.path(*attribute), *operator, operand)
            }
            MembershipRule::Comparison(LeftOperand::Item, operator, operand) => {
                comparison(item(), *operator, operand)
            }
            MembershipRule::Items(quantity, attribute, inner) => {
                let quantifier = match quantity {
                    Quantity::Any => Quantifier::Any,
                    Quantity::All => Quantifier::All,
                };
                let source = CollectionPath::Property(self.path(*attribute));
                Expression::Quantified(quantifier, source, Box::new(self.expression(inner)))
            }
        }
    }

    fn path(&self, attribute: Attribute) -> Path {
        self.paths[attribute as usize].clone()
    }
}

/// `_`: the item of the collection, one scope in.
fn item() -> Path {
    let kind = Kind::Primitive(Primitive::String);
    Path { scope: 1, steps: Vec::new(), type_ref: TypeRef { kind, collection: false, nullable: false } }
}

fn comparison(path: Path, operator: Operator, operand: &RightOperand) -> Expression {
    if let Some(contrary) = operator.contrary() {
        return not(comparison(path, contrary, operand));
    }
    let value = Expression::Path(path);
    let is_there = is_not_null(value.clone());
    match (operator, operand) {
        (_, RightOperand::Null) => equal(value, Value::Null),
        (_, RightOperand::Boolean(wanted)) => equal(value, Value::Boolean(*wanted)),
        (Operator::In, RightOperand::List(items)) => {
            let items = items.iter().map(|item| Value::String(folded(item))).collect();
            Expression::In(Box::new(lower(value)), items)
        }
        (Operator::Match, RightOperand::Text(pattern)) => {
            let pattern = Expression::Literal(Value::String(caseless(pattern).into()));
            and(is_there, Expression::Call(Function::MatchesPattern, vec![value, pattern]))
        }
        (_, RightOperand::Text(text)) => {
            let text = Value::String(folded(text));
            let call = |function| {
                let operands = vec![lower(value.clone()), Expression::Literal(text.clone())];
                and(is_there, Expression::Call(function, operands))
            };
            match operator {
                Operator::StartsWith => call(Function::StartsWith),
                Operator::EndsWith => call(Function::EndsWith),
                Operator::Contains => call(Function::Contains),
                _ => equal(lower(value), text),
            }
        }
        // The parser lets no list stand elsewhere.
        (_, RightOperand::List(_)) => Expression::Literal(Value::Boolean(false)),
    }
}

/// The text in the lower case of `tolower`.
pub(super) fn folded(text: &str) -> Box<str> {
    match Function::ToLower.apply(&[odata::query::Scalar::Text(text.into())]) {
        Some(odata::query::Scalar::Text(lower)) => lower,
        _ => text.into(),
    }
}

/// A pattern that matches whatever the case: each letter stands for both. What is escaped stays as it is.
pub(super) fn caseless(pattern: &str) -> String {
    let (mut out, mut in_class, mut characters) = (String::new(), false, pattern.chars().peekable());
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                out.push('\\');
                out.extend(characters.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        // A range such as a-z is told again in the other case, its ends together.
        let ends_range = in_class && characters.peek() == Some(&'-');
        if !character.is_ascii_alphabetic() {
            out.push(character);
        } else if ends_range {
            range(character, &mut characters, &mut out);
        } else {
            let both = [character.to_ascii_lowercase(), character.to_ascii_uppercase()];
            let both = both.iter().collect::<String>();
            out.push_str(&if in_class { both } else { format!("[{both}]") });
        }
    }
    out
}

/// A range that begins with a letter, in both cases.
fn range(from: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    rest.next();
    match rest.peek().copied() {
        Some(to) if to.is_ascii_alphabetic() => {
            rest.next();
            for fold in [char::to_ascii_lowercase, char::to_ascii_uppercase] {
                out.extend([fold(&from), '-', fold(&to)]);
            }
        }
        _ => out.extend([from, '-']),
    }
}

fn lower(value: Expression) -> Expression {
    Expression::Call(Function::ToLower, vec![value])
}

fn equal(value: Expression, literal: Value) -> Expression {
    Expression::Compare(Comparison::Equal, Box::new(value), Box::new(Expression::Literal(literal)))
}

fn is_not_null(value: Expression) -> Expression {
    let null = Box::new(Expression::Literal(Value::Null));
    Expression::Compare(Comparison::NotEqual, Box::new(value), null)
}

fn and(left: Expression, right: Expression) -> Expression {
    Expression::And(Box::new(left), Box::new(right))
}

fn or(left: Expression, right: Expression) -> Expression {
    Expression::Or(Box::new(left), Box::new(right))
}

fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}
