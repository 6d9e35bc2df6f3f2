//! `hassubset` and `hassubsequence` (URL conventions 4.01, 5.1.1.6): whether one collection holds the items of another.

use super::path::Target;
use super::syntax::{Form, Node};
use super::token::Failure;
use super::typing::{BOOLEAN, STRING, Type, Typed, Typing};
use super::{Expression, Path, Source};
use crate::Value;
use crate::edm::Kind;
use crate::payload::Json;
use crate::uri::literal::Literal;

/// Which items of a collection make another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inclusion {
    /// Some of them, in any order, each as often as it is there.
    Subset,
    /// Some of them in their order.
    Subsequence,
}

/// A collection of primitive values.
#[derive(Clone, Debug, PartialEq)]
pub enum Items {
    /// A property's.
    Path(Path),
    /// Of literals.
    Literal(Vec<Value>),
}

impl Inclusion {
    /// Both.
    pub const ALL: [Inclusion; 2] = [Inclusion::Subset, Inclusion::Subsequence];

    /// The function's name.
    pub fn name(self) -> &'static str {
        match self {
            Inclusion::Subset => "hassubset",
            Inclusion::Subsequence => "hassubsequence",
        }
    }

    /// Whether items of the first collection make the second one.
    pub fn holds<T>(self, whole: &[T], part: &[T], equal: impl Fn(&T, &T) -> bool) -> bool {
        match self {
            Inclusion::Subset => {
                let mut left: Vec<&T> = whole.iter().collect();
                part.iter().all(|item| {
                    let place = left.iter().position(|other| equal(other, item));
                    place.map(|place| left.swap_remove(place)).is_some()
                })
            }
            Inclusion::Subsequence => {
                let mut left = whole.iter();
                part.iter().all(|item| left.any(|other| equal(other, item)))
            }
        }
    }

    /// The same of collections as documents keep them; what is none has no items.
    pub fn holds_at_rest(self, whole: &str, part: &str) -> bool {
        let items = |text: &str| match Json::parse(text.as_bytes()) {
            Ok(Json::Array(items)) => items.into_iter().map(at_rest).collect(),
            _ => Vec::new(),
        };
        self.holds(&items(whole), &items(part), |a, b| a == b)
    }
}

/// An item, owned; a double may have been written without a fraction.
fn at_rest(item: Json<'_>) -> Value {
    match item {
        Json::Boolean(flag) => Value::Boolean(flag),
        Json::Integer(number) => Value::Int(number),
        Json::Double(number) => Value::Double(number),
        Json::String(text) => Value::String(text.into()),
        Json::Null | Json::Array(_) | Json::Object(_) => Value::Null,
    }
}

impl<'t> Typing<'t, '_> {
    pub(super) fn includes(
        &mut self,
        inclusion: Inclusion,
        operands: &[Node<'t>],
        position: usize,
    ) -> Result<Typed, Failure> {
        let [whole, part] = operands else {
            let message = format!("The function takes 2 operands and was given {}", operands.len());
            return Err(Failure::new(position, message));
        };
        let join = |whole, part| Ok((Expression::Includes(inclusion, whole, part), BOOLEAN));
        match (&whole.form, &part.form) {
            (Form::List(whole), Form::List(part)) => {
                let first = whole.iter().chain(part).map(|(_, literal)| literal);
                let of_type = first.clone().find_map(|literal| self.natural(literal)).unwrap_or(STRING);
                let (whole, part) = (self.literals(whole, of_type)?, self.literals(part, of_type)?);
                let holds = inclusion.holds(&whole, &part, |a, b| a == b);
                Ok((Expression::Literal(Value::Boolean(holds)), BOOLEAN))
            }
            (_, Form::List(part)) => self.items_of(whole, &mut |typing, whole, of_type| {
                join(Items::Path(whole), Items::Literal(typing.literals(part, of_type)?))
            }),
            (Form::List(whole), _) => self.items_of(part, &mut |typing, part, of_type| {
                join(Items::Literal(typing.literals(whole, of_type)?), Items::Path(part))
            }),
            _ => self.items_of(whole, &mut |typing, whole, whole_type| {
                typing.items_of(part, &mut |typing, part_path, part_type| {
                    if whole_type != part_type {
                        let (a, b) = (typing.name(whole_type), typing.name(part_type));
                        let message = format!("An {a} cannot be compared with an {b}");
                        return Err(Failure::new(part.position, message));
                    }
                    join(Items::Path(whole.clone()), Items::Path(part_path))
                })
            }),
        }
    }

    /// Follows a path to a collection of primitive values.
    fn items_of(
        &mut self,
        node: &Node<'t>,
        end: &mut dyn FnMut(&mut Self, Path, Type) -> Result<Typed, Failure>,
    ) -> Result<Typed, Failure> {
        let position = node.position;
        let Form::Path(text) = node.form else {
            return Err(
                Failure::new(position, "Expected a collection").advise("; write [1,2] for one of literals")
            );
        };
        self.follow(text, position, &mut |typing, target| match target {
            Target::Collection(Source::Collection(path), item) => match item.kind {
                Kind::Primitive(_) | Kind::Enum(_) => end(typing, path, Type::Kind(item.kind)),
                Kind::Complex(_) | Kind::Entity(_) => {
                    Err(Failure::new(position, format!("The items of '{text}' cannot be compared")))
                }
            },
            Target::Collection(Source::Related(_), _) => {
                Err(Failure::new(position, format!("The items of '{text}' cannot be compared")))
            }
            Target::Value(..) | Target::Complex(_) | Target::Entity(..) => {
                Err(Failure::new(position, format!("The property '{text}' is no collection")))
            }
        })
    }

    fn literals(&self, items: &[(usize, Literal<'t>)], of_type: Type) -> Result<Vec<Value>, Failure> {
        items.iter().map(|(position, literal)| self.convert(literal, *position, of_type)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Inclusion::{self, Subsequence, Subset};

    #[test]
    fn items_are_taken_once_and_in_order() {
        // The specification's own examples, 5.1.1.6.1 and 5.1.1.6.2, and the ends.
        let table: [(Inclusion, &str, &str, bool); 16] = [
            (Subset, "[4,1,3]", "[4,1,3]", true),
            (Subset, "[4,1,3]", "[1,3,4]", true),
            (Subset, "[4,1,3]", "[3,1]", true),
            (Subset, "[4,1,3]", "[4,3]", true),
            (Subset, "[4,1,3,1]", "[1,1]", true),
            (Subset, "[4,1,3]", "[4,1,1]", false),
            (Subset, "[1,2]", "[1,1,2]", false),
            (Subset, "[]", "[]", true),
            (Subset, "null", "[1]", false),
            (Subset, r#"["a",null]"#, r#"[null]"#, true),
            (Subsequence, "[4,1,3]", "[4,1,3]", true),
            (Subsequence, "[4,1,3]", "[4,3]", true),
            (Subsequence, "[4,1,3,1]", "[1,1]", true),
            (Subsequence, "[4,1,3]", "[1,3,4]", false),
            (Subsequence, "[1,2]", "[1,1,2]", false),
            (Subsequence, "[1.5,2.0]", "[2.0]", true),
        ];
        for (inclusion, whole, part, expected) in table {
            assert_eq!(inclusion.holds_at_rest(whole, part), expected, "{inclusion:?} {whole} {part}");
        }
    }
}
