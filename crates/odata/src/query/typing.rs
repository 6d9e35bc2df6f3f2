//! From the syntax tree to an expression that agrees with the model.

use super::evaluate::evaluate;
use super::path::{Scope, Target};
use super::syntax::{Arithmetic, Form, Lambda, Node};
use super::token::{Aliases, Failure};
use super::{Comparison, Expression, Function, Quantifier};
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive, TypeId, TypeRef, Version};
use crate::uri::literal::{Literal, kind_name, whole};
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
}

impl<'m> Surroundings<'m> {
    /// Nothing but the model, at the beginning of time.
    pub fn of(model: &'m Model, version: Version) -> Surroundings<'m> {
        Surroundings { model, version, now: Ticks::default(), aliases: Aliases::default() }
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
    pub(super) scopes: Vec<Scope<'t>>,
    /// The scope of names without a variable before them.
    pub(super) implicit: usize,
}

impl<'t, 'm> Typing<'t, 'm> {
    pub(super) fn new(around: &Surroundings<'m>, entity: TypeId) -> Typing<'t, 'm> {
        let item = TypeRef { kind: Kind::Entity(entity), collection: false, nullable: false };
        let scopes = vec![Scope { variable: "$it", item }];
        Typing { model: around.model, version: around.version, now: around.now, scopes, implicit: 0 }
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

    fn path(&mut self, text: &'t str, position: usize) -> Result<Typed, Failure> {
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

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Node<'t>,
        right: &Node<'t>,
    ) -> Result<Box<Expression>, Failure> {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        for (side, other) in [(left, right), (right, left)] {
            if let (true, Form::Path(text), Form::Literal(Literal::Null)) =
                (equality, &side.form, &other.form)
            {
                let null = Box::new(Expression::Literal(Value::Null));
                let presence = Box::new(self.presence(text, side.position)?);
                return Ok(Box::new(Expression::Compare(comparison, presence, null)));
            }
        }
        let (a, b, of_type) = self.pair(left, right)?;
        let has_order =
            !matches!(of_type, Type::Kind(Kind::Primitive(Primitive::Boolean | Primitive::Binary)));
        if !equality && !has_order {
            let message =
                format!("The operators gt, ge, lt and le do not apply to an {}", self.name(of_type));
            return Err(Failure::new(left.position, message));
        }
        Ok(Box::new(folded(Expression::Compare(comparison, Box::new(a), Box::new(b)))))
    }

    /// What is null exactly where the path leads to nothing.
    fn presence(&mut self, text: &'t str, position: usize) -> Result<Expression, Failure> {
        if text.to_ascii_lowercase().ends_with("/$count") {
            return self.path(text, position).map(|(expression, _)| expression);
        }
        let presence = self.follow(text, position, &mut |_, target| match target {
            Target::Value(expression, of_type) => Ok((expression, of_type)),
            Target::Complex(path) => Ok((Expression::Path(path), BOOLEAN)),
            Target::Entity(..) => Ok((Expression::Literal(Value::Boolean(true)), BOOLEAN)),
            Target::Collection(..) => Err(not_comparable(text, "a collection", position)),
        });
        presence.map(|(expression, _)| expression)
    }

    /// Two operands brought to one type.
    pub(super) fn pair(
        &mut self,
        left: &Node<'t>,
        right: &Node<'t>,
    ) -> Result<(Expression, Expression, Type), Failure> {
        let ((a, a_type), (b, b_type)) = match (&left.form, &right.form) {
            (Form::Literal(a), Form::Literal(b)) => {
                let of_type = self.common(a, b);
                let a = self.convert(a, left.position, of_type)?;
                let b = self.convert(b, right.position, of_type)?;
                return Ok((Expression::Literal(a), Expression::Literal(b), of_type));
            }
            (Form::Literal(literal), _) => {
                let (b, of_type) = self.value(right)?;
                (self.beside(literal, left.position, of_type)?, (b, of_type))
            }
            (_, Form::Literal(literal)) => {
                let (a, of_type) = self.value(left)?;
                ((a, of_type), self.beside(literal, right.position, of_type)?)
            }
            _ => (self.value(left)?, self.value(right)?),
        };
        if a_type.is_number() && b_type.is_number() {
            return Ok(promoted(a, a_type, b, b_type));
        }
        if a_type != b_type && !is_null(&a) && !is_null(&b) {
            let (a, b) = (self.name(a_type), self.name(b_type));
            return Err(Failure::new(right.position, format!("An {a} cannot be compared with an {b}")));
        }
        let of_type = if is_null(&a) { b_type } else { a_type };
        Ok((a, b, of_type))
    }

    /// A literal beside a value of a type: of the same, but that a fraction beside an integer stays one.
    fn beside(&self, literal: &Literal<'_>, position: usize, of_type: Type) -> Result<Typed, Failure> {
        let is_fraction = matches!(literal, Literal::Number(text) if whole(text).is_none());
        let of_type = if of_type.is_integer() && is_fraction { DOUBLE } else { of_type };
        Ok((Expression::Literal(self.convert(literal, position, of_type)?), of_type))
    }

    /// The type to which two literals are brought; if there is none, one of them cannot be converted.
    fn common(&self, left: &Literal<'_>, right: &Literal<'_>) -> Type {
        match (self.natural(left), self.natural(right)) {
            (Some(STRING), Some(of_type)) | (Some(of_type), Some(STRING)) => of_type,
            (Some(left), Some(right)) if left.is_number() && right.is_number() && left != right => DOUBLE,
            (Some(Type::Date), Some(INSTANT)) => INSTANT,
            (Some(of_type), _) | (None, Some(of_type)) => of_type,
            (None, None) => STRING,
        }
    }

    fn natural(&self, literal: &Literal<'_>) -> Option<Type> {
        match literal {
            Literal::Typed(prefix, _) if !matches!(*prefix, "duration" | "binary") => {
                self.model.find_type(prefix).map(Type::Kind)
            }
            Literal::Date(text) if text.len() == "2026-11-22".len() => Some(Type::Date),
            Literal::TimeOfDay(_) => Some(Type::TimeOfDay),
            _ => literal.natural().map(|primitive| Type::Kind(Kind::Primitive(primitive))),
        }
    }

    fn convert(&self, literal: &Literal<'_>, position: usize, of_type: Type) -> Result<Value, Failure> {
        let value = match of_type {
            Type::Kind(kind) => {
                return literal
                    .to_value(self.model, kind)
                    .map_err(|mismatch| Failure::new(position, mismatch.message).advise(mismatch.advice));
            }
            Type::Date => literal.to_date(),
            Type::TimeOfDay => literal.to_time_of_day(),
        };
        let message = || format!("{} is not an {}", literal.shown(), self.name(of_type));
        value.ok_or_else(|| Failure::new(position, message()))
    }

    fn membership(
        &mut self,
        operand: &Node<'t>,
        items: &[(usize, Literal<'t>)],
    ) -> Result<Box<Expression>, Failure> {
        let (mut operand, of_type) = self.value(operand)?;
        let typed = items.iter().map(|(position, literal)| self.beside(literal, *position, of_type));
        let typed: Vec<Typed> = typed.collect::<Result<_, _>>()?;
        let promotes = typed.iter().any(|(_, item)| *item != of_type);
        let values = typed.into_iter().map(|(item, item_type)| match item {
            Expression::Literal(Value::Int(number)) if promotes && item_type.is_integer() => {
                Value::Double(number as f64)
            }
            Expression::Literal(value) => value,
            _ => Value::Null,
        });
        let values = values.collect();
        if promotes {
            operand = call(Function::RealOfInteger, vec![operand]);
        }
        Ok(Box::new(folded(Expression::In(Box::new(operand), values))))
    }

    /// `value in collection`: whether an item is equal to it.
    fn is_within(
        &mut self,
        operand: &Node<'t>,
        path: &'t str,
        position: usize,
    ) -> Result<Box<Expression>, Failure> {
        let found = self.follow(path, position, &mut |typing, target| {
            let Target::Collection(source, item) = target else {
                return Err(Failure::new(position, format!("The property '{path}' is no collection")));
            };
            let is_entity = matches!(item.kind, Kind::Complex(_) | Kind::Entity(_));
            if is_entity {
                return Err(Failure::new(position, format!("The items of '{path}' cannot be compared")));
            }
            let equal = typing.within(Scope { variable: "", item }, position, |typing| {
                let scope = typing.scopes.len() - 1;
                let path = super::Path { scope, steps: Vec::new(), type_ref: item };
                let value = typing.expected(operand, Type::Kind(item.kind))?;
                let item = Box::new(Expression::Path(path));
                Ok(Expression::Compare(Comparison::Equal, item, Box::new(value)))
            })?;
            Ok((Expression::Quantified(Quantifier::Any, source, Box::new(equal)), BOOLEAN))
        })?;
        Ok(Box::new(found.0))
    }

    fn has(
        &mut self,
        operand: &Node<'t>,
        member: &Literal<'t>,
        position: usize,
    ) -> Result<Box<Expression>, Failure> {
        let at = operand.position;
        let (operand, of_type) = self.value(operand)?;
        let Type::Kind(Kind::Enum(_)) = of_type else {
            let message = format!("'has' takes an enumeration, found an {}", self.name(of_type));
            return Err(Failure::new(at, message));
        };
        let member = Expression::Literal(self.convert(member, position, of_type)?);
        Ok(Box::new(call(Function::Has, vec![operand, member])))
    }

    fn negate(&mut self, operand: &Node<'t>) -> Result<Typed, Failure> {
        let (value, of_type) = self.value(operand)?;
        let zero = if of_type == DOUBLE { Value::Double(0.0) } else { Value::Int(0) };
        let function = if of_type == DOUBLE { Function::SubtractReal } else { Function::Subtract };
        if !of_type.is_number() && of_type != DURATION && !is_null(&value) {
            let message = format!("'-' takes a number or a duration, found an {}", self.name(of_type));
            return Err(Failure::new(operand.position, message));
        }
        Ok((call(function, vec![Expression::Literal(zero), value]), of_type))
    }

    fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: &Node<'t>,
        right: &Node<'t>,
    ) -> Result<Typed, Failure> {
        let ((a, a_type), (b, b_type)) = (self.value(left)?, self.value(right)?);
        if let Some((function, of_type)) = temporal(operator, a_type, b_type) {
            return Ok((call(function, vec![a, b]), of_type));
        }
        let number = |of_type: Type, value: &Expression| of_type.is_number() || is_null(value);
        if !number(a_type, &a) || !number(b_type, &b) {
            let name = match operator {
                Arithmetic::Add => "add",
                Arithmetic::Subtract => "sub",
                Arithmetic::Multiply => "mul",
                Arithmetic::Divide => "div",
                Arithmetic::DivideBy => "divby",
                Arithmetic::Modulo => "mod",
            };
            let (a, b) = (self.name(a_type), self.name(b_type));
            return Err(Failure::new(left.position, format!("'{name}' does not apply to an {a} and an {b}")));
        }
        let (mut a, mut b, mut of_type) = promoted(a, a_type, b, b_type);
        if operator == Arithmetic::DivideBy && of_type != DOUBLE {
            (a, b, of_type) = (real(a), real(b), DOUBLE);
        }
        let function = match (operator, of_type == DOUBLE) {
            (Arithmetic::Add, false) => Function::Add,
            (Arithmetic::Subtract, false) => Function::Subtract,
            (Arithmetic::Multiply, false) => Function::Multiply,
            (Arithmetic::Divide | Arithmetic::DivideBy, false) => Function::Divide,
            (Arithmetic::Modulo, false) => Function::Modulo,
            (Arithmetic::Add, true) => Function::AddReal,
            (Arithmetic::Subtract, true) => Function::SubtractReal,
            (Arithmetic::Multiply, true) => Function::MultiplyReal,
            (Arithmetic::Divide | Arithmetic::DivideBy, true) => Function::DivideReal,
            (Arithmetic::Modulo, true) => Function::ModuloReal,
        };
        Ok((call(function, vec![a, b]), of_type))
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

/// Arithmetic with dates and durations (URL conventions 4.01, 5.1.1.2).
fn temporal(operator: Arithmetic, left: Type, right: Type) -> Option<(Function, Type)> {
    let is_date = |of_type| of_type == INSTANT || of_type == Type::Date;
    Some(match operator {
        Arithmetic::Add if is_date(left) && right == DURATION => (Function::AddTime, left),
        Arithmetic::Subtract if is_date(left) && right == DURATION => (Function::SubtractTime, left),
        Arithmetic::Subtract if is_date(left) && left == right => (Function::Subtract, DURATION),
        Arithmetic::Add if left == DURATION && right == DURATION => (Function::Add, DURATION),
        Arithmetic::Subtract if left == DURATION && right == DURATION => (Function::Subtract, DURATION),
        Arithmetic::Multiply if left == DURATION && right.is_integer() => (Function::Multiply, DURATION),
        Arithmetic::Multiply if left.is_integer() && right == DURATION => (Function::Multiply, DURATION),
        Arithmetic::Divide if left == DURATION && right.is_integer() => (Function::Divide, DURATION),
        _ => return None,
    })
}

fn not_comparable(text: &str, what: &str, position: usize) -> Failure {
    Failure::new(position, format!("The property '{text}' is {what} and cannot be compared"))
}

pub(super) fn is_null(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(Value::Null))
}

/// Two numbers of one type.
fn promoted(a: Expression, a_type: Type, b: Expression, b_type: Type) -> (Expression, Expression, Type) {
    if a_type != DOUBLE && b_type != DOUBLE {
        return (a, b, INTEGER);
    }
    let real = |value, of_type: Type| if of_type == DOUBLE { value } else { real(value) };
    (real(a, a_type), real(b, b_type), DOUBLE)
}

fn real(value: Expression) -> Expression {
    call(Function::RealOfInteger, vec![value])
}

/// A call, or its result if that is known already.
pub(super) fn call(function: Function, operands: Vec<Expression>) -> Expression {
    folded(Expression::Call(function, operands))
}

/// The value of an expression of nothing but literals: what no row has a part in is decided here, so that no
/// database is asked for it.
fn folded(expression: Expression) -> Expression {
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
