//! The operands of `hassubset` and `hassubsequence`: collections of one type.

use super::scope::PathTarget;
use super::{Typed, Typing};
use crate::Value;
use crate::edm::Kind;
use crate::expression::inclusion::Inclusion;
use crate::expression::option_error::OptionError;
use crate::expression::syntax::node::{Node, NodeKind};
use crate::expression::tree::{CollectionPath, Expression, Items, Path};
use crate::expression::value_type::ValueType;
use crate::uri::literal::Literal;

impl<'t> Typing<'t, '_> {
    pub(super) fn includes(
        &mut self,
        inclusion: Inclusion,
        operands: &[Node<'t>],
        position: usize,
    ) -> Result<Typed, OptionError> {
        let [whole, part] = operands else {
            let message = format!("The function takes 2 operands and was given {}", operands.len());
            return Err(OptionError::new(position, message));
        };
        let join = |whole, part| Ok((Expression::Includes(inclusion, whole, part), ValueType::BOOLEAN));
        match (&whole.kind, &part.kind) {
            (NodeKind::List(whole), NodeKind::List(part)) => {
                let first = whole.iter().chain(part).map(|(_, literal)| literal);
                let of_type =
                    first.clone().find_map(|literal| self.natural(literal)).unwrap_or(ValueType::STRING);
                let (whole, part) = (self.literals(whole, of_type)?, self.literals(part, of_type)?);
                let holds = inclusion.holds(&whole, &part, |a, b| a == b);
                Ok((Expression::Literal(Value::Boolean(holds)), ValueType::BOOLEAN))
            }
            (_, NodeKind::List(part)) => self.items_of(whole, &mut |typing, whole, of_type| {
                join(Items::Path(whole), Items::Literal(typing.literals(part, of_type)?))
            }),
            (NodeKind::List(whole), _) => self.items_of(part, &mut |typing, part, of_type| {
                join(Items::Literal(typing.literals(whole, of_type)?), Items::Path(part))
            }),
            _ => self.items_of(whole, &mut |typing, whole, whole_type| {
                typing.items_of(part, &mut |typing, part_path, part_type| {
                    if whole_type != part_type {
                        let (a, b) = (typing.name(whole_type), typing.name(part_type));
                        let message = format!("An {a} cannot be compared with an {b}");
                        return Err(OptionError::new(part.position, message));
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
        end: &mut dyn FnMut(&mut Self, Path, ValueType) -> Result<Typed, OptionError>,
    ) -> Result<Typed, OptionError> {
        let position = node.position;
        let NodeKind::Path(text) = node.kind else {
            return Err(OptionError::new(position, "Expected a collection")
                .advise("; write [1,2] for one of literals"));
        };
        self.follow(text, position, &mut |typing, target| match target {
            PathTarget::Collection(CollectionPath::Property(path), item) => match item.kind {
                Kind::Primitive(_) | Kind::Enum(_) => end(typing, path, ValueType::Kind(item.kind)),
                Kind::Complex(_) | Kind::Entity(_) => {
                    Err(OptionError::new(position, format!("The items of '{text}' cannot be compared")))
                }
            },
            PathTarget::Collection(CollectionPath::Related(_), _) => {
                Err(OptionError::new(position, format!("The items of '{text}' cannot be compared")))
            }
            PathTarget::Value(..) | PathTarget::Complex(_) | PathTarget::Entity(..) => {
                Err(OptionError::new(position, format!("The property '{text}' is no collection")))
            }
        })
    }

    fn literals(
        &self,
        items: &[(usize, Literal<'t>)],
        of_type: ValueType,
    ) -> Result<Vec<Value>, OptionError> {
        items.iter().map(|(position, literal)| self.convert(literal, *position, of_type)).collect()
    }
}
