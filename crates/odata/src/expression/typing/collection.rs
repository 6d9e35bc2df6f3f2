//! Collections: `any`, `all`, `$count`, and `in` with a path.

use super::scope::{NameScope, PathTarget};
use super::{Typed, Typing};
use crate::Value;
use crate::edm::Kind;
use crate::expression::option_error::OptionError;
use crate::expression::syntax::node::{Lambda, Node, NodeKind};
use crate::expression::tree::{Comparison, Expression, Path, Quantifier};
use crate::expression::value_type::ValueType;

impl<'t> Typing<'t, '_> {
    pub(super) fn over_collection(&mut self, node: &Node<'t>) -> Result<Typed, OptionError> {
        let (quantifier, path, predicate) = match &node.kind {
            NodeKind::Count(path, predicate) => (Quantifier::Count, path, Some(("", &**predicate))),
            NodeKind::Lambda(lambda, path, predicate) => {
                let quantifier = if *lambda == Lambda::Any { Quantifier::Any } else { Quantifier::All };
                (quantifier, path, predicate.as_ref().map(|(variable, body)| (*variable, &**body)))
            }
            _ => return Err(OptionError::NoMatch(node.position)),
        };
        self.quantified(quantifier, path, node.position, predicate)
    }

    /// `any`, `all` and `$count`; without a predicate every item counts.
    pub(super) fn quantified(
        &mut self,
        quantifier: Quantifier,
        path: &'t str,
        position: usize,
        predicate: Option<(&'t str, &Node<'t>)>,
    ) -> Result<Typed, OptionError> {
        if let Some((variable, _)) = predicate
            && !variable.is_empty()
            && self.scopes.iter().any(|scope| scope.variable == variable)
        {
            return Err(OptionError::new(position, format!("The variable '{variable}' is taken already")));
        }
        self.follow(path, position, &mut |typing, target| {
            let PathTarget::Collection(source, item) = target else {
                let message = format!("The property '{path}' is no collection");
                return Err(OptionError::new(position, message));
            };
            let (variable, body) = predicate.map_or(("", None), |(variable, body)| (variable, Some(body)));
            let inner = typing.within(NameScope { variable, item }, position, |typing| match body {
                // Within `$count($filter=…)` names are those of the items.
                Some(body) if variable.is_empty() => typing.as_item(body),
                Some(body) => typing.boolean(body),
                None => Ok(Expression::Literal(Value::Boolean(true))),
            })?;
            let of_type =
                if quantifier == Quantifier::Count { ValueType::INTEGER } else { ValueType::BOOLEAN };
            Ok((Expression::Quantified(quantifier, source, Box::new(inner)), of_type))
        })
    }

    /// A predicate whose paths start from the innermost scope.
    fn as_item(&mut self, body: &Node<'t>) -> Result<Expression, OptionError> {
        let before = std::mem::replace(&mut self.implicit, self.scopes.len() - 1);
        let result = self.boolean(body);
        self.implicit = before;
        result
    }

    /// `value in collection`: whether an item is equal to it.
    pub(super) fn is_within(
        &mut self,
        operand: &Node<'t>,
        path: &'t str,
        position: usize,
    ) -> Result<Box<Expression>, OptionError> {
        let found = self.follow(path, position, &mut |typing, target| {
            let PathTarget::Collection(source, item) = target else {
                return Err(OptionError::new(position, format!("The property '{path}' is no collection")));
            };
            let is_entity = matches!(item.kind, Kind::Complex(_) | Kind::Entity(_));
            if is_entity {
                return Err(OptionError::new(position, format!("The items of '{path}' cannot be compared")));
            }
            let equal = typing.within(NameScope { variable: "", item }, position, |typing| {
                let scope = typing.scopes.len() - 1;
                let path = Path { scope, steps: Vec::new(), type_ref: item };
                let value = typing.expected(operand, ValueType::Kind(item.kind))?;
                let item = Box::new(Expression::Path(path));
                Ok(Expression::Compare(Comparison::Equal, item, Box::new(value)))
            })?;
            Ok((Expression::Quantified(Quantifier::Any, source, Box::new(equal)), ValueType::BOOLEAN))
        })?;
        Ok(Box::new(found.0))
    }
}
