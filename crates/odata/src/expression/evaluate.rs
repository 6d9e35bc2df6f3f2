//! The evaluator: what an expression means, computed in memory. The SQL is tested against it.

use std::cmp::Ordering;

use super::function::Function;
use super::scalar::Scalar;
use super::tree::{CollectionPath, Comparison, Expression, Hop, Items, Path, Quantifier};
use crate::edm::TypeId;
use crate::{Record, Value};

/// A source of the entities at the other end of navigation properties.
pub trait Neighbours {
    /// The targets of a navigation property of an entity.
    fn related(&self, hop: &Hop, from: &Record) -> Vec<Record>;
}

/// The neighbours of an entity that has none.
pub(crate) struct Alone;

impl Neighbours for Alone {
    fn related(&self, _: &Hop, _: &Record) -> Vec<Record> {
        Vec::new()
    }
}

/// Whether a filter keeps the record: only if it is true, not if it is null.
pub fn matches(expression: &Expression, record: &Record) -> bool {
    evaluate(expression, record) == Value::Boolean(true)
}

/// Whether a filter keeps the record, which may have neighbours.
pub fn matches_among(expression: &Expression, record: &Record, neighbours: &dyn Neighbours) -> bool {
    evaluate_among(expression, record, neighbours) == Value::Boolean(true)
}

/// The value of the expression for the record, which has no neighbours.
pub fn evaluate(expression: &Expression, record: &Record) -> Value {
    evaluate_among(expression, record, &Alone)
}

/// The value of the expression for the record, which may have neighbours.
pub fn evaluate_among(expression: &Expression, record: &Record, neighbours: &dyn Neighbours) -> Value {
    EvaluationScope { item: PathOrigin::Record(record), depth: 0, outer: None, neighbours }
        .evaluate(expression)
}

const NULL: &Value = &Value::Null;

/// The record or value that a path starts from.
#[derive(Clone, Copy)]
enum PathOrigin<'a> {
    Record(&'a Record),
    Value(&'a Value),
}

/// The scope that an expression is evaluated in, and those around it.
struct EvaluationScope<'a> {
    item: PathOrigin<'a>,
    depth: usize,
    outer: Option<&'a EvaluationScope<'a>>,
    neighbours: &'a dyn Neighbours,
}

impl EvaluationScope<'_> {
    fn evaluate(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Literal(value) => value.clone(),
            Expression::Path(path) => self.resolve(path).clone(),
            Expression::Compare(comparison, left, right) => {
                Value::Boolean(holds(*comparison, &self.evaluate(left), &self.evaluate(right)))
            }
            Expression::And(left, right) => truth(match (self.boolean(left), self.boolean(right)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }),
            Expression::Or(left, right) => truth(match (self.boolean(left), self.boolean(right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            Expression::Not(operand) => truth(self.boolean(operand).map(|value| !value)),
            Expression::In(operand, items) => {
                let value = self.evaluate(operand);
                Value::Boolean(items.iter().any(|item| equal(&value, item)))
            }
            Expression::Call(function, operands) => self.call(*function, operands),
            Expression::Quantified(quantifier, source, predicate) => {
                self.quantified(*quantifier, source, predicate)
            }
            Expression::Through(hop, inner) => match self.related(hop).first() {
                Some(target) => self.inside(PathOrigin::Record(target)).evaluate(inner),
                None => Value::Null,
            },
            Expression::IsOf(path, types) => Value::Boolean(self.is_of(path, types)),
            Expression::Case(pairs) => {
                let first = pairs.iter().find(|(condition, _)| self.boolean(condition) == Some(true));
                first.map_or(Value::Null, |(_, value)| self.evaluate(value))
            }
            Expression::Includes(inclusion, whole, part) => {
                Value::Boolean(inclusion.holds(self.items(whole), self.items(part), equal))
            }
        }
    }

    fn boolean(&self, expression: &Expression) -> Option<bool> {
        match self.evaluate(expression) {
            Value::Boolean(value) => Some(value),
            _ => None,
        }
    }

    fn call(&self, function: Function, operands: &[Expression]) -> Value {
        let operands = operands.iter().map(|operand| Scalar::from_value(&self.evaluate(operand)));
        let Some(operands) = operands.collect::<Option<Vec<_>>>() else { return Value::Null };
        match function.apply(&operands) {
            Some(Scalar::Integer(number)) if function.is_boolean() => Value::Boolean(number != 0),
            Some(Scalar::Integer(number)) => Value::Int(number),
            Some(Scalar::Real(number)) => Value::Double(number),
            Some(Scalar::Text(text)) => Value::String(text),
            None => Value::Null,
        }
    }

    /// The items of a collection; what is null has none.
    fn items<'s>(&'s self, items: &'s Items) -> &'s [Value] {
        match items {
            Items::Literal(values) => values,
            Items::Path(path) => match self.resolve(path) {
                Value::Collection(values) => values,
                _ => &[],
            },
        }
    }

    fn quantified(&self, quantifier: Quantifier, source: &CollectionPath, predicate: &Expression) -> Value {
        let holds = |item| self.inside(item).boolean(predicate) == Some(true);
        let (count, all) = match source {
            CollectionPath::Property(path) => match self.resolve(path) {
                Value::Collection(items) => {
                    (items.iter().filter(|item| holds(PathOrigin::Value(item))).count(), items.len())
                }
                _ => (0, 0),
            },
            CollectionPath::Related(hop) => {
                let related = self.related(hop);
                (related.iter().filter(|record| holds(PathOrigin::Record(record))).count(), related.len())
            }
        };
        match quantifier {
            Quantifier::Any => Value::Boolean(count > 0),
            Quantifier::All => Value::Boolean(count == all),
            Quantifier::Count => Value::Int(count as i64),
        }
    }

    /// A scope within this one.
    fn inside<'s>(&'s self, item: PathOrigin<'s>) -> EvaluationScope<'s> {
        EvaluationScope { item, depth: self.depth + 1, outer: Some(self), neighbours: self.neighbours }
    }

    fn at(&self, depth: usize) -> Option<&EvaluationScope<'_>> {
        let mut scope = self;
        while scope.depth > depth {
            scope = scope.outer?;
        }
        Some(scope)
    }

    fn related(&self, hop: &Hop) -> Vec<Record> {
        match self.at(hop.scope).map(|scope| scope.item) {
            Some(PathOrigin::Record(from)) => self.neighbours.related(hop, from),
            _ => Vec::new(),
        }
    }

    /// The value at the end of a path; what is absent on the way is null.
    fn resolve(&self, path: &Path) -> &Value {
        let mut slots = path.steps.iter().map(|step| step.slot);
        let first = match self.at(path.scope).map(|scope| scope.item) {
            Some(PathOrigin::Record(record)) => slots.next().and_then(|slot| record.get(slot)),
            Some(PathOrigin::Value(value)) => Some(value),
            None => None,
        };
        let value = first.and_then(|first| {
            slots.try_fold(first, |value, slot| match value {
                Value::Complex(inner) => inner.get(slot),
                _ => None,
            })
        });
        value.unwrap_or(NULL)
    }

    fn is_of(&self, path: &Path, types: &[TypeId]) -> bool {
        match (self.at(path.scope).map(|scope| scope.item), path.steps.is_empty()) {
            (Some(PathOrigin::Record(record)), true) => types.contains(&record.type_id),
            _ => match self.resolve(path) {
                Value::Complex(record) => types.contains(&record.type_id),
                _ => false,
            },
        }
    }
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Boolean)
}

fn holds(comparison: Comparison, left: &Value, right: &Value) -> bool {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        Comparison::Less => order(left, right).is_some_and(Ordering::is_lt),
        Comparison::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        // A complex value or a collection is only ever compared with null.
        (Value::Null, other) | (other, Value::Null) => *other == Value::Null,
        _ => order(left, right) == Some(Ordering::Equal),
    }
}

/// The order of two values of one type; None if either is null.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (Scalar::from_value(left)?, Scalar::from_value(right)?) {
        (Scalar::Integer(a), Scalar::Integer(b)) => Some(a.cmp(&b)),
        (Scalar::Real(a), Scalar::Real(b)) => a.partial_cmp(&b),
        (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}
