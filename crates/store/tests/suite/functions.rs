//! Every row of the table of functions, on operands at random: the databases must yield what the evaluator yields.

use odata::Value;
use odata::edm::Model;
use odata::query::evaluate::{evaluate_among, matches_among};
use odata::query::{Comparison, Expression, Function, ValueType};
use store::{Database, Query};

use super::drawn_filter::Draw;
use super::oracle::fill;
use crate::support::*;

const CALLS_OF_EACH: usize = 12;

impl Draw {
    /// A call of a function. Its first operand depends on the work; the others may be literals.
    fn call(&mut self, model: &Model, function: Function) -> Expression {
        let mut operands = Vec::new();
        for types in function.parameters() {
            let of_type = types[self.below(types.len())];
            operands.push(match function {
                Function::MatchesPattern if !operands.is_empty() => literal(text(self.pattern())),
                _ if operands.is_empty() || self.below(2) == 0 => depends_on_work(self, model, of_type),
                _ => literal(self.value(of_type)),
            });
        }
        Expression::Call(function, operands)
    }

    /// A value of a type.
    fn value(&mut self, of_type: ValueType) -> Value {
        let whole = [0, 1, -1, 2, 3, 864_000_000_000, i64::MAX, i64::MIN][self.below(8)];
        match of_type {
            ValueType::STRING => text(self.plain_text()),
            ValueType::DOUBLE => Value::Double([0.0, 0.5, -1.5, 2.0, 1e300, 1e-300][self.below(6)]),
            ValueType::INTEGER => Value::Int(whole),
            ValueType::DURATION => Value::Duration(whole),
            other => panic!("no literal is drawn of {other:?}"),
        }
    }
}

/// A value of a type that is not the same of every work.
fn depends_on_work(draw: &mut Draw, model: &Model, of_type: ValueType) -> Expression {
    let part = |function| Expression::Call(function, vec![at(model, "published")]);
    match of_type {
        ValueType::STRING => at(model, ["title", "note", "signature", "shelf/room"][draw.below(4)]),
        ValueType::INTEGER => at(model, "pages"),
        ValueType::DOUBLE => at(model, "rating"),
        ValueType::BOOLEAN => at(model, "lent"),
        ValueType::INSTANT => at(model, "published"),
        ValueType::DURATION => at(model, "loan"),
        ValueType::DATE => part(Function::Date),
        ValueType::TIME_OF_DAY => part(Function::Time),
        other => panic!("no work has a property of {other:?}"),
    }
}

pub async fn every_function_yields_what_the_evaluator_yields(database: Database) {
    let store = open(&database).await;
    let model = store.model();
    let mut draw = Draw::new(23);
    let library = fill(&store, &mut draw).await;
    for function in Function::ALL {
        let mut kept_of_all = 0;
        for _ in 0..CALLS_OF_EACH {
            let call = draw.call(model, *function);
            // What one of the works has, so that a comparison keeps some of them.
            let value = evaluate_among(&call, &library.works[draw.below(library.works.len())], &library);
            let comparison =
                [Comparison::Equal, Comparison::NotEqual, Comparison::Less, Comparison::GreaterOrEqual];
            let filter = match function.is_boolean() {
                true => call,
                false => compare(call, comparison[draw.below(4)], literal(value)),
            };
            let kept = library.works.iter().filter(|work| matches_among(&filter, work, &library));
            let expected: Vec<_> = kept.map(|work| work.text(0).unwrap().to_owned()).collect();
            kept_of_all += expected.len();
            let query = Query { filter: Some(filter), ..Query::all(TENANT, WORKS, 1_000) };
            let found = store.list(&query).await.unwrap_or_else(|error| panic!("{function:?}: {error}"));
            let found: Vec<_> = found.iter().map(|row| row.key.to_string()).collect();
            assert_eq!(found, expected, "{:?}", query.filter);
        }
        // Calls that keep nothing, or everything, would not tell much.
        let share = kept_of_all as f64 / (CALLS_OF_EACH * library.works.len()) as f64;
        assert!((0.01..0.99).contains(&share), "{function:?} keeps {share}");
    }
}
