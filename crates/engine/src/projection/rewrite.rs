//! Queries of a set that shows projections, as queries of their sources. What a query means stays the same to the letter,
//! nulls included.

use std::cell::Cell;

use odata::edm::Model;
use odata::query::{CollectionPath, Comparison, Cursor, Expression, Function, OrderKey, Path, Quantifier};
use odata::{Key, Value};
use store::Query;

use super::condition::{Truth, and, call, compared, comparison, is_true, literal, not, one_of, or, part_of};
use super::keys::{VERSION_PLACE, VERSION_TEXT, source_key, source_place};
use super::{ProjectedValue, Projection};
use crate::Error;

/// The parts of a rewritten query at most: each `any` in another one multiplies them.
const PARTS_MAX: usize = 20_000;

/// A query of sources.
pub(super) struct SourceQuery {
    pub(super) query: Query,
    /// The part of the filter that only the projections themselves can tell.
    pub(super) residual: Option<Expression>,
}

/// Why an expression cannot be rewritten.
enum Unfit {
    /// It asks what only a projection itself can tell.
    Untold,
    /// It would grow beyond [`PARTS_MAX`].
    TooLarge,
}

impl Projection {
    /// The query that finds the sources of those projections that a query is about; none if there are none.
    pub(super) fn sources_of(&self, query: &Query, model: &Model) -> Result<Option<SourceQuery>, Error> {
        if query.search.is_some() || query.referring.is_some() || query.parent.is_some() {
            return Err(Error::defect("a query of projections asks what their set does not have"));
        }
        if query.of_type.is_some_and(|of_type| !model.is_a(self.entity_type, of_type)) {
            return Ok(None);
        }
        let rewriting = Rewriting { projection: self, parts: Cell::new(0) };
        let (mut filter, mut residual) = (literal(true), None);
        for conjunct in query.filter.iter().flat_map(conjuncts) {
            match rewriting.condition(conjunct, &[], Truth::TrueOrNot) {
                Ok(rewritten) => filter = and(filter, rewritten),
                Err(Unfit::TooLarge) => return Err(too_large("$filter")),
                Err(Unfit::Untold) => {
                    residual = Some(match residual {
                        Some(other) => and(other, conjunct.clone()),
                        None => conjunct.clone(),
                    });
                }
            }
        }
        if let Expression::Literal(value) = &filter
            && *value != Value::Boolean(true)
        {
            return Ok(None);
        }
        let mut order_by = Vec::with_capacity(query.order_by.len());
        for (at, key) in query.order_by.iter().enumerate() {
            let after = query.after.as_ref().and_then(|cursor| cursor.values.get(at));
            order_by.push(rewriting.order_key(key, after)?);
        }
        let after = query
            .after
            .as_ref()
            .map(|Cursor { values, key }| Cursor { values: values.clone(), key: source_place(key) });
        let filter = Some(and(filter, self.is_projected()));
        let query = Query {
            filter,
            order_by,
            after,
            skip: query.skip,
            ..Query::all(query.tenant, self.source, query.limit)
        };
        Ok(Some(SourceQuery { query, residual }))
    }
}

/// The conditions that a filter joins by `and`.
fn conjuncts(filter: &Expression) -> Vec<&Expression> {
    let (mut open, mut conjuncts) = (vec![filter], Vec::new());
    while let Some(next) = open.pop() {
        match next {
            Expression::And(left, right) => open.extend([&**right, &**left]),
            conjunct => conjuncts.push(conjunct),
        }
    }
    conjuncts
}

fn too_large(option: &str) -> Error {
    let message = format!("The collections in {option} are too deeply within each other.");
    Error::bad_request(message).coded(odata::code::MALFORMED_OPTION).about(option)
}

/// The rewriting of the expressions of one query. Everywhere `items` are the values of the scopes inside the entity's own.
struct Rewriting<'p> {
    projection: &'p Projection,
    /// The parts that were rewritten.
    parts: Cell<usize>,
}

impl Rewriting<'_> {
    fn order_key(&self, key: &OrderKey, after: Option<&Value>) -> Result<OrderKey, Error> {
        let rewritten = match &key.expression {
            // The keys of sources are in the order of their projections'.
            Expression::Path(path) if path.is_id() => Ok(Expression::Path(self.projection.source_id.clone())),
            expression => self.value(expression, &[]),
        };
        let expression = match rewritten {
            Ok(Expression::Literal(value)) => self.constant(value, after),
            Ok(expression) => expression,
            Err(Unfit::TooLarge) => return Err(too_large("$orderby")),
            Err(Unfit::Untold) => {
                return Err(Error::not_implemented("The order by a collection of this set"));
            }
        };
        Ok(OrderKey { expression, ..key.clone() })
    }

    /// A value that is the same for all sources as one that a place in the order is compared with, which a literal is not.
    /// The databases know no null of a type but that of a `case` with another value, which has the type of the place's.
    fn constant(&self, value: Value, after: Option<&Value>) -> Expression {
        let (condition, value) = match value {
            Value::Null => (not(self.projection.is_projected()), after.cloned().unwrap_or(Value::Null)),
            value => (self.projection.is_projected(), value),
        };
        Expression::Case(vec![(condition, Expression::Literal(value))])
    }

    /// An expression as a condition.
    fn condition(
        &self,
        expression: &Expression,
        items: &[&Expression],
        truth: Truth,
    ) -> Result<Expression, Unfit> {
        Ok(match expression {
            Expression::And(left, right) => {
                and(self.condition(left, items, truth)?, self.condition(right, items, truth)?)
            }
            Expression::Or(left, right) => {
                or(self.condition(left, items, truth)?, self.condition(right, items, truth)?)
            }
            Expression::Not(inner) => not(self.condition(inner, items, Truth::OfThree)?),
            Expression::Compare(operator, left, right) => {
                self.compare(*operator, [left, right], items, truth)?
            }
            Expression::In(item, list) if is_own_id(item) => {
                let keys = list.iter().filter_map(|id| source_key(&Key::parse(id.as_text()?)));
                let keys = keys.map(|key| Value::String(key.to_string().into())).collect();
                one_of(Expression::Path(self.projection.source_id.clone()), keys, truth)
            }
            Expression::In(item, list) => one_of(self.value(item, items)?, list.clone(), truth),
            Expression::Call(function @ (Function::StartsWith | Function::Contains), operands) => {
                part_of(*function, self.values(operands, items)?, truth)
            }
            Expression::Quantified(quantifier, source, predicate) => {
                self.quantified(*quantifier, source, predicate, items, truth)?
            }
            // No complex value is projected, so that only the entity itself is of a type.
            Expression::IsOf(path, types) => {
                literal(path.steps.is_empty() && types.contains(&self.projection.entity_type))
            }
            other => self.value(other, items)?,
        })
    }

    fn compare(
        &self,
        operator: Comparison,
        operands: [&Expression; 2],
        items: &[&Expression],
        truth: Truth,
    ) -> Result<Expression, Unfit> {
        let is_equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
        match operands {
            [id, Expression::Literal(Value::String(text))]
            | [Expression::Literal(Value::String(text)), id]
                if is_equality && is_own_id(id) =>
            {
                Ok(match source_key(&Key::parse(text)) {
                    Some(key) => {
                        let key = Expression::Literal(Value::String(key.to_string().into()));
                        compared(operator, Expression::Path(self.projection.source_id.clone()), key)
                    }
                    None => literal(operator == Comparison::NotEqual),
                })
            }
            [left, right] => {
                Ok(comparison(operator, self.value(left, items)?, self.value(right, items)?, truth))
            }
        }
    }

    /// An expression as a value.
    fn value(&self, expression: &Expression, items: &[&Expression]) -> Result<Expression, Unfit> {
        self.parts.set(self.parts.get() + 1);
        if self.parts.get() > PARTS_MAX {
            return Err(Unfit::TooLarge);
        }
        Ok(match expression {
            Expression::Literal(_) => expression.clone(),
            Expression::Path(path) => self.path(path, items)?,
            Expression::Call(function, operands) => call(*function, self.values(operands, items)?),
            Expression::Case(pairs) => {
                let pair = |(condition, value): &(Expression, Expression)| {
                    let condition = is_true(self.condition(condition, items, Truth::OfThree)?);
                    Ok((condition, self.value(value, items)?))
                };
                Expression::Case(pairs.iter().map(pair).collect::<Result<_, _>>()?)
            }
            Expression::Quantified(Quantifier::Count, source, predicate) => {
                self.count(source, predicate, items)?
            }
            Expression::Compare(..)
            | Expression::And(..)
            | Expression::Or(..)
            | Expression::Not(_)
            | Expression::In(..)
            | Expression::Quantified(..)
            | Expression::IsOf(..) => self.condition(expression, items, Truth::OfThree)?,
            Expression::Includes(..) | Expression::Through(..) => return Err(Unfit::Untold),
        })
    }

    fn values(&self, operands: &[Expression], items: &[&Expression]) -> Result<Vec<Expression>, Unfit> {
        operands.iter().map(|operand| self.value(operand, items)).collect()
    }

    fn path(&self, path: &Path, items: &[&Expression]) -> Result<Expression, Unfit> {
        if path.is_id() {
            return Ok(self.id());
        }
        let inner = match path.scope.checked_sub(1) {
            Some(at) => return items.get(at).map(|item| (*item).clone()).ok_or(Unfit::Untold),
            None => path.steps.as_slice(),
        };
        let Some((first, rest)) = inner.split_first() else { return Err(Unfit::Untold) };
        match self.projection.values.get(usize::from(first.slot)) {
            Some(ProjectedValue::Single(value)) if rest.is_empty() => Ok(value.clone()),
            // No complex value is projected.
            Some(ProjectedValue::Single(_)) => Ok(Expression::Literal(Value::Null)),
            Some(ProjectedValue::Items(_)) | None => Err(Unfit::Untold),
        }
    }

    /// The key of a projection, as a text that its source tells.
    fn id(&self) -> Expression {
        let id = || Expression::Path(self.projection.source_id.clone());
        let number = |number| Expression::Literal(Value::Int(number));
        let text = |text: &str| Expression::Literal(Value::String(text.into()));
        let before = call(Function::SubstringOf, vec![id(), number(0), number(VERSION_PLACE)]);
        let after = call(Function::Substring, vec![id(), number(VERSION_PLACE + 1)]);
        let rest = call(Function::Concat, vec![text(VERSION_TEXT), after]);
        call(Function::Concat, vec![before, rest])
    }

    /// The items of a collection, each with the condition that it is there.
    fn items_of(&self, source: &CollectionPath) -> Result<&[(Expression, Expression)], Unfit> {
        let CollectionPath::Property(Path { scope: 0, steps, .. }) = source else {
            return Err(Unfit::Untold);
        };
        match steps.as_slice() {
            [step] => match self.projection.values.get(usize::from(step.slot)) {
                Some(ProjectedValue::Items(items)) => Ok(items),
                _ => Err(Unfit::Untold),
            },
            // No complex value is projected, so it has no items.
            _ => Ok(&[]),
        }
    }

    fn quantified(
        &self,
        quantifier: Quantifier,
        source: &CollectionPath,
        predicate: &Expression,
        items: &[&Expression],
        truth: Truth,
    ) -> Result<Expression, Unfit> {
        if quantifier == Quantifier::Count {
            let count = self.count(source, predicate, items)?;
            return Ok(comparison(Comparison::NotEqual, count, Expression::Literal(Value::Int(0)), truth));
        }
        let mut whole = literal(quantifier == Quantifier::All);
        for (is_there, value) in self.items_of(source)? {
            let items: Vec<&Expression> = items.iter().copied().chain([value]).collect();
            whole = match (quantifier, truth) {
                (Quantifier::Any, Truth::TrueOrNot) => {
                    or(whole, and(is_there.clone(), self.condition(predicate, &items, truth)?))
                }
                (Quantifier::Any, _) => {
                    let holds = is_true(self.condition(predicate, &items, Truth::OfThree)?);
                    or(whole, and(is_there.clone(), holds))
                }
                _ => {
                    let holds = is_true(self.condition(predicate, &items, Truth::OfThree)?);
                    and(whole, or(not(is_there.clone()), holds))
                }
            };
        }
        Ok(whole)
    }

    /// The number of items for which a predicate is true.
    fn count(
        &self,
        source: &CollectionPath,
        predicate: &Expression,
        items: &[&Expression],
    ) -> Result<Expression, Unfit> {
        let number = |number| Expression::Literal(Value::Int(number));
        let mut count = number(0);
        for (is_there, value) in self.items_of(source)? {
            let items: Vec<&Expression> = items.iter().copied().chain([value]).collect();
            let counts = and(is_there.clone(), self.condition(predicate, &items, Truth::TrueOrNot)?);
            let one = match counts {
                Expression::Literal(value) => number(i64::from(value == Value::Boolean(true))),
                counts => Expression::Case(vec![(counts, number(1)), (literal(true), number(0))]),
            };
            count = call(Function::Add, vec![count, one]);
        }
        Ok(count)
    }
}

/// Whether this is the key of the entity itself.
fn is_own_id(expression: &Expression) -> bool {
    matches!(expression, Expression::Path(path) if path.is_id())
}
