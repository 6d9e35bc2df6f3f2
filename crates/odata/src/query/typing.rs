//! From the syntax tree to an expression that agrees with the model.

use std::cell::Cell;

use super::evaluate::evaluate;
use super::path::{Scope, Target};
use super::syntax::{Form, Lambda, Node};
use super::token::{Aliases, Failure};
use super::{Expression, Function, Quantifier};
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive, TypeId, TypeRef, Version};
use crate::uri::literal::kind_name;
use crate::{Record, Value};

/// What an expression may refer to beside the entity.
#[derive(Clone, Debug)]
pub struct Surroundings<'m> {
    /// The model.
    pub model: &'m Model,
    /// The version that the caller asks.
    pub version: Version,
    /// The instant of the request: `now()`.
    pub now: Ticks,
    /// Parameter aliases.
    pub aliases: Aliases,
    /// Whether an expression has asked for `now`.
    pub asked_the_time: Cell<bool>,
    /// The size of all patterns so far.
    pub pattern_size: Cell<usize>,
}

impl<'m> Surroundings<'m> {
    /// Nothing but the model, at the beginning of time.
    pub fn of(model: &'m Model, version: Version) -> Surroundings<'m> {
        let aliases = Aliases::default();
        Surroundings {
            model,
            version,
            now: Ticks::default(),
            aliases,
            asked_the_time: Cell::new(false),
            pattern_size: Cell::new(0),
        }
    }
}

impl Surroundings<'_> {
    /// Remembers whether the time was asked for, and how large the patterns are.
    pub(super) fn note(&self, typing: &Typing<'_, '_>) {
        self.pattern_size.set(typing.pattern_size);
        self.asked_the_time.set(self.asked_the_time.get() || typing.asked_the_time);
    }
}

/// The type of a single value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Type {
    Kind(Kind),
    /// A date without time: its midnight, as a date-time.
    Date,
    /// A time of day: what has passed since midnight, as a duration.
    TimeOfDay,
}

/// An expression and its type.
pub(super) type Typed = (Expression, Type);

pub(super) const BOOLEAN: Type = Type::Kind(Kind::Primitive(Primitive::Boolean));
pub(super) const STRING: Type = Type::Kind(Kind::Primitive(Primitive::String));
pub(super) const INTEGER: Type = Type::Kind(Kind::Primitive(Primitive::Int64));
pub(super) const DOUBLE: Type = Type::Kind(Kind::Primitive(Primitive::Double));
pub(super) const INSTANT: Type = Type::Kind(Kind::Primitive(Primitive::DateTimeOffset));
pub(super) const DURATION: Type = Type::Kind(Kind::Primitive(Primitive::Duration));

impl Type {
    pub(super) fn is_integer(self) -> bool {
        matches!(self, Type::Kind(Kind::Primitive(Primitive::Int32 | Primitive::Int64)))
    }

    pub(super) fn is_number(self) -> bool {
        self.is_integer() || self == DOUBLE
    }

    /// What a value of the type is kept as.
    pub(super) fn kept_as(self) -> Kind {
        match self {
            Type::Kind(kind) => kind,
            Type::Date => Kind::Primitive(Primitive::DateTimeOffset),
            Type::TimeOfDay => Kind::Primitive(Primitive::Duration),
        }
    }
}

pub(super) struct Typing<'t, 'm> {
    pub(super) model: &'m Model,
    pub(super) version: Version,
    pub(super) now: Ticks,
    pub(super) asked_the_time: bool,
    pub(super) pattern_size: usize,
    pub(super) scopes: Vec<Scope<'t>>,
    /// The scope of names without a variable before them.
    pub(super) implicit: usize,
}

impl<'t, 'm> Typing<'t, 'm> {
    pub(super) fn new(around: &Surroundings<'m>, entity: TypeId) -> Typing<'t, 'm> {
        let item = TypeRef { kind: Kind::Entity(entity), collection: false, nullable: false };
        let scopes = vec![Scope { variable: "$it", item }];
        let Surroundings { model, version, now, .. } = *around;
        let pattern_size = around.pattern_size.get();
        Typing { model, version, now, asked_the_time: false, pattern_size, scopes, implicit: 0 }
    }

    /// An expression that is true, false or null.
    pub(super) fn boolean(&mut self, node: &Node<'t>) -> Result<Expression, Failure> {
        self.expected(node, BOOLEAN)
    }

    /// An expression of a type.
    pub(super) fn expected(&mut self, node: &Node<'t>, wanted: Type) -> Result<Expression, Failure> {
        if let Form::Literal(literal) = &node.form {
            return self.convert(literal, node.position, wanted).map(Expression::Literal);
        }
        let (expression, found) = self.value(node)?;
        match () {
            () if found == wanted || is_null(&expression) || (wanted == INTEGER && found.is_integer()) => {
                Ok(expression)
            }
            () if wanted == DOUBLE && found.is_integer() => {
                Ok(call(Function::RealOfInteger, vec![expression]))
            }
            () => Err(self.mismatch(node.position, wanted, found)),
        }
    }

    fn mismatch(&self, position: usize, wanted: Type, found: Type) -> Failure {
        let expected = match wanted {
            BOOLEAN => "a Boolean expression".to_owned(),
            other => format!("an {}", self.name(other)),
        };
        Failure::new(position, format!("Expected {expected}, found an {}", self.name(found)))
    }

    /// An expression and its type; a literal has the type that it has by itself. Split in two, because it recurses
    /// and every frame has room for all its cases.
    pub(super) fn value(&mut self, node: &Node<'t>) -> Result<Typed, Failure> {
        match &node.form {
            Form::Path(_) | Form::Literal(_) | Form::Negate(_) | Form::Arithmetic(..) | Form::Call(..) => {
                self.plain_value(node)
            }
            Form::Count(..) | Form::Lambda(..) => self.over_collection(node),
            Form::Case(pairs) => self.case(pairs),
            Form::List(_) => Err(Failure::new(node.position, "A collection cannot be compared")),
            _ => self.truth(node).map(|expression| (*expression, BOOLEAN)),
        }
    }

    fn plain_value(&mut self, node: &Node<'t>) -> Result<Typed, Failure> {
        match &node.form {
            Form::Path(text) => self.path(text, node.position),
            Form::Negate(operand) => self.negate(operand),
            Form::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right),
            Form::Call(name, operands) => self.call(name, operands, node.position),
            Form::Literal(literal) => {
                let of_type = self.natural(literal).unwrap_or(BOOLEAN);
                Ok((Expression::Literal(self.convert(literal, node.position, of_type)?), of_type))
            }
            _ => Err(Failure::NoMatch(node.position)),
        }
    }

    fn over_collection(&mut self, node: &Node<'t>) -> Result<Typed, Failure> {
        let (quantifier, path, predicate) = match &node.form {
            Form::Count(path, predicate) => (Quantifier::Count, path, Some(("", &**predicate))),
            Form::Lambda(lambda, path, predicate) => {
                let quantifier = if *lambda == Lambda::Any { Quantifier::Any } else { Quantifier::All };
                (quantifier, path, predicate.as_ref().map(|(variable, body)| (*variable, &**body)))
            }
            _ => return Err(Failure::NoMatch(node.position)),
        };
        self.quantified(quantifier, path, node.position, predicate)
    }

    /// Operators whose result is true, false or null.
    fn truth(&mut self, node: &Node<'t>) -> Result<Box<Expression>, Failure> {
        match &node.form {
            Form::Not(operand) => self.negated(operand).map(|operand| Box::new(Expression::Not(operand))),
            Form::And(operands) => self.chain(operands, Expression::And),
            Form::Or(operands) => self.chain(operands, Expression::Or),
            Form::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Form::In(operand, items) => self.membership(operand, items),
            Form::Within(operand, position, path) => self.is_within(operand, path, *position),
            Form::Has(operand, position, member) => self.has(operand, member, *position),
            _ => Err(Failure::NoMatch(node.position)),
        }
    }

    /// An expression that is true, false or null, in its box.
    fn boxed(&mut self, node: &Node<'t>) -> Result<Box<Expression>, Failure> {
        match &node.form {
            Form::And(_) | Form::Or(_) | Form::Not(_) | Form::Compare(..) => self.truth(node),
            _ => self.boolean(node).map(Box::new),
        }
    }

    /// The operand of `not`, which binds tighter than any comparison.
    fn negated(&mut self, node: &Node<'t>) -> Result<Box<Expression>, Failure> {
        if !matches!(node.form, Form::Path(_)) {
            return self.boxed(node);
        }
        let (expression, of_type) = self.value(node)?;
        if of_type == BOOLEAN {
            return Ok(Box::new(expression));
        }
        let message = format!("'not' takes a Boolean, found an {}", self.name(of_type));
        Err(Failure::new(node.position, message).advise("; put a comparison after 'not' in parentheses"))
    }

    pub(super) fn path(&mut self, text: &'t str, position: usize) -> Result<Typed, Failure> {
        if let Some((path, last)) = text.rsplit_once('/')
            && last.eq_ignore_ascii_case("$count")
        {
            return self.quantified(Quantifier::Count, path, position, None);
        }
        self.follow(text, position, &mut |_, target| match target {
            Target::Value(expression, of_type) => Ok((expression, of_type)),
            Target::Collection(..) => Err(not_comparable(text, "a collection", position)),
            Target::Complex(_) => Err(not_comparable(text, "a complex value", position)),
            Target::Entity(..) => Err(not_comparable(text, "an entity", position)),
        })
    }

    /// What a list can be sorted by.
    pub(super) fn sortable(&mut self, node: &Node<'t>) -> Result<Typed, Failure> {
        let Form::Path(text) = node.form else { return self.value(node) };
        if text.to_ascii_lowercase().ends_with("/$count") {
            return self.value(node);
        }
        self.follow(text, node.position, &mut |_, target| match target {
            Target::Value(expression, of_type) => Ok((expression, of_type)),
            _ => {
                let message = format!("The property '{text}' has no order to sort by");
                Err(Failure::new(node.position, message))
            }
        })
    }

    /// `any`, `all` and `$count`; without a predicate every item counts.
    fn quantified(
        &mut self,
        quantifier: Quantifier,
        path: &'t str,
        position: usize,
        predicate: Option<(&'t str, &Node<'t>)>,
    ) -> Result<Typed, Failure> {
        if let Some((variable, _)) = predicate
            && !variable.is_empty()
            && self.scopes.iter().any(|scope| scope.variable == variable)
        {
            return Err(Failure::new(position, format!("The variable '{variable}' is taken already")));
        }
        self.follow(path, position, &mut |typing, target| {
            let Target::Collection(source, item) = target else {
                let message = format!("The property '{path}' is no collection");
                return Err(Failure::new(position, message));
            };
            let (variable, body) = predicate.map_or(("", None), |(variable, body)| (variable, Some(body)));
            let inner = typing.within(Scope { variable, item }, position, |typing| match body {
                // Within `$count($filter=…)` names are those of the items.
                Some(body) if variable.is_empty() => typing.as_item(body),
                Some(body) => typing.boolean(body),
                None => Ok(Expression::Literal(Value::Boolean(true))),
            })?;
            let of_type = if quantifier == Quantifier::Count { INTEGER } else { BOOLEAN };
            Ok((Expression::Quantified(quantifier, source, Box::new(inner)), of_type))
        })
    }

    /// A predicate whose paths start from the innermost scope.
    fn as_item(&mut self, body: &Node<'t>) -> Result<Expression, Failure> {
        let before = std::mem::replace(&mut self.implicit, self.scopes.len() - 1);
        let result = self.boolean(body);
        self.implicit = before;
        result
    }

    fn chain(
        &mut self,
        operands: &[Node<'t>],
        join: fn(Box<Expression>, Box<Expression>) -> Expression,
    ) -> Result<Box<Expression>, Failure> {
        match operands {
            [single] => self.boxed(single),
            // Halves instead of a list keep the tree flat: what reads it may recurse.
            _ => {
                let (left, right) = operands.split_at(operands.len() / 2);
                Ok(Box::new(join(self.chain(left, join)?, self.chain(right, join)?)))
            }
        }
    }

    /// The name of a type, for messages.
    pub(super) fn name(&self, of_type: Type) -> String {
        match of_type {
            Type::Kind(kind) => kind_name(self.model, kind),
            Type::Date => "Edm.Date".to_owned(),
            Type::TimeOfDay => "Edm.TimeOfDay".to_owned(),
        }
    }
}

pub(super) fn not_comparable(text: &str, what: &str, position: usize) -> Failure {
    Failure::new(position, format!("The property '{text}' is {what} and cannot be compared"))
}

pub(super) fn is_null(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(Value::Null))
}

/// A call, or its result if that is known already.
pub(super) fn call(function: Function, operands: Vec<Expression>) -> Expression {
    folded(Expression::Call(function, operands))
}

/// The value of an expression of nothing but literals: what no row has a part in is decided here, so that no
/// database is asked for it.
pub(super) fn folded(expression: Expression) -> Expression {
    let is_literal = |operand: &Expression| matches!(operand, Expression::Literal(_));
    let constant = match &expression {
        Expression::Call(_, operands) => operands.iter().all(is_literal) || operands.iter().any(is_null),
        Expression::Compare(_, left, right) => is_literal(left) && is_literal(right),
        Expression::In(operand, _) => is_literal(operand),
        _ => false,
    };
    match constant {
        true => Expression::Literal(evaluate(&expression, &Record::empty(TypeId(0), 0))),
        false => expression,
    }
}
