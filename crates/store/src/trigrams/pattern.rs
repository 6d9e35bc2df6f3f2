//! What every row must hold for which a filter is true and in which a search is found.

use odata::Value;
use odata::edm::Model;
use odata::query::search::fold;
use odata::query::{Comparison, Expression, Function, Path, Search};

use crate::layout::Table;

/// The largest number of conditions within each other.
const DEPTH_MAX: usize = 16;
/// The largest number of texts that a value may be one of, to be looked up.
const ALTERNATIVES_MAX: usize = 64;
/// The least number of characters that an index can look up.
const CHARACTERS_MIN: usize = 3;

/// The texts of an entity that an index is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TextSource {
    /// The text in a slot.
    Slot(u16),
    /// All texts that a search looks at.
    Searched,
}

/// A condition that indexes can look up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TrigramPattern {
    /// A text holds a folded part.
    Holds(TextSource, Box<str>),
    Both(Box<TrigramPattern>, Box<TrigramPattern>),
    Either(Box<TrigramPattern>, Box<TrigramPattern>),
}

impl TrigramPattern {
    /// The pattern of what matches both; one of them may not be known.
    fn both(left: Option<TrigramPattern>, right: Option<TrigramPattern>) -> Option<TrigramPattern> {
        match (left, right) {
            (Some(left), Some(right)) => Some(TrigramPattern::Both(left.into(), right.into())),
            (left, right) => left.or(right),
        }
    }

    fn either(left: Option<TrigramPattern>, right: Option<TrigramPattern>) -> Option<TrigramPattern> {
        Some(TrigramPattern::Either(left?.into(), right?.into()))
    }

    fn holding(source: TextSource, text: &str) -> Option<TrigramPattern> {
        let folded = fold(text);
        (folded.chars().count() >= CHARACTERS_MIN).then(|| TrigramPattern::Holds(source, folded.into()))
    }

    /// The indexes that it looks at.
    pub fn sources(&self) -> Vec<TextSource> {
        let mut sources = Vec::new();
        self.add_sources(&mut sources);
        sources
    }

    fn add_sources(&self, sources: &mut Vec<TextSource>) {
        match self {
            TrigramPattern::Holds(source, _) if sources.contains(source) => {}
            TrigramPattern::Holds(source, _) => sources.push(*source),
            TrigramPattern::Both(left, right) | TrigramPattern::Either(left, right) => {
                left.add_sources(sources);
                right.add_sources(sources);
            }
        }
    }

    /// The rows that may match, ascending, by a function that looks up the rows that may hold a part; none if they are
    /// not known.
    pub fn candidates(&self, look_up: &impl Fn(TextSource, &str) -> Option<Vec<u64>>) -> Option<Vec<u64>> {
        match self {
            TrigramPattern::Holds(source, part) => look_up(*source, part),
            TrigramPattern::Both(left, right) => {
                match (left.candidates(look_up), right.candidates(look_up)) {
                    (Some(mut left), Some(right)) => {
                        left.retain(|row| right.binary_search(row).is_ok());
                        Some(left)
                    }
                    (left, right) => left.or(right),
                }
            }
            TrigramPattern::Either(left, right) => {
                let mut rows = left.candidates(look_up)?;
                rows.extend(right.candidates(look_up)?);
                rows.sort_unstable();
                rows.dedup();
                Some(rows)
            }
        }
    }
}

/// A pattern that holds for every row for which the filter is true and in which the search is found; none if no index
/// can tell any row from another.
pub(crate) fn pattern(
    table: &Table,
    model: &Model,
    filter: Option<&Expression>,
    search: Option<&Search>,
) -> Option<TrigramPattern> {
    let filter = filter.and_then(|filter| of_filter(table, model, filter, 0));
    TrigramPattern::both(filter, search.and_then(|search| of_search(search, 0)))
}

fn of_search(search: &Search, depth: usize) -> Option<TrigramPattern> {
    if depth > DEPTH_MAX {
        return None;
    }
    let inner = |search: &Search| of_search(search, depth + 1);
    match search {
        Search::Term(term) => TrigramPattern::holding(TextSource::Searched, term),
        Search::And(left, right) => TrigramPattern::both(inner(left), inner(right)),
        Search::Or(left, right) => TrigramPattern::either(inner(left), inner(right)),
        Search::Not(_) => None,
    }
}

fn of_filter(table: &Table, model: &Model, filter: &Expression, depth: usize) -> Option<TrigramPattern> {
    if depth > DEPTH_MAX {
        return None;
    }
    let inner = |filter: &Expression| of_filter(table, model, filter, depth + 1);
    let holds = |text: &Expression, part: &str| {
        source(table, model, text).and_then(|source| TrigramPattern::holding(source, part))
    };
    match filter {
        Expression::And(left, right) => TrigramPattern::both(inner(left), inner(right)),
        Expression::Or(left, right) => TrigramPattern::either(inner(left), inner(right)),
        Expression::Call(Function::Contains | Function::StartsWith | Function::EndsWith, operands) => {
            match operands.as_slice() {
                [text, Expression::Literal(Value::String(part))] => holds(text, part),
                _ => None,
            }
        }
        Expression::Compare(comparison, left, right) => match (&**left, &**right) {
            (text, Expression::Literal(Value::String(whole)))
            | (Expression::Literal(Value::String(whole)), text)
                if *comparison == Comparison::Equal =>
            {
                holds(text, whole)
            }
            (Expression::Call(Function::IndexOf, operands), Expression::Literal(Value::Int(place)))
                if is_found(*comparison, *place) =>
            {
                match operands.as_slice() {
                    [text, Expression::Literal(Value::String(part))] => holds(text, part),
                    _ => None,
                }
            }
            _ => None,
        },
        Expression::In(text, list) if list.len() <= ALTERNATIVES_MAX => {
            let mut wanted = list.iter().map(|value| holds(text, value.as_text()?));
            let first = wanted.next()?;
            wanted.fold(first, TrigramPattern::either)
        }
        _ => None,
    }
}

/// Whether only a place within the text compares so: -1 is none, and no text has no place, which is unlike any.
fn is_found(comparison: Comparison, place: i64) -> bool {
    match comparison {
        Comparison::Equal | Comparison::GreaterOrEqual => place >= 0,
        Comparison::Greater => place >= -1,
        Comparison::NotEqual | Comparison::Less | Comparison::LessOrEqual => false,
    }
}

/// The index that has the value of an expression, folded.
fn source(table: &Table, model: &Model, expression: &Expression) -> Option<TextSource> {
    match expression {
        Expression::Path(Path { scope: 0, steps, .. }) => match steps.as_slice() {
            // What stands for a missing value is not in the document of an older row.
            [step]
                if table.searched.contains(&step.slot) && model.property(step.property).default.is_none() =>
            {
                Some(TextSource::Slot(step.slot))
            }
            _ => None,
        },
        // Folding is lower case too, and twice is as good as once.
        Expression::Call(Function::ToLower, operands) => match operands.as_slice() {
            [operand] => source(table, model, operand),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{TextSource, TrigramPattern};

    #[test]
    fn an_index_that_is_not_there_leaves_the_other_conditions() {
        let holding = |slot, part: &str| TrigramPattern::holding(TextSource::Slot(slot), part);
        let look_up = |source, part: &str| match (source, part) {
            (TextSource::Slot(1), "abc") => Some(vec![1, 3, 5]),
            (TextSource::Slot(1), "def") => Some(vec![3, 4, 5]),
            _ => None,
        };
        let both = |left, right| TrigramPattern::both(left, right).unwrap().candidates(&look_up);
        let either = |left, right| TrigramPattern::either(left, right).map(|both| both.candidates(&look_up));
        assert_eq!(both(holding(1, "aBc"), holding(1, "def")), Some(vec![3, 5]));
        assert_eq!(both(holding(1, "abc"), holding(2, "def")), Some(vec![1, 3, 5]));
        assert_eq!(both(holding(1, "abc"), holding(1, "d")), Some(vec![1, 3, 5]));
        assert_eq!(either(holding(1, "abc"), holding(1, "def")), Some(Some(vec![1, 3, 4, 5])));
        assert_eq!(either(holding(1, "abc"), holding(2, "def")), Some(None));
        assert_eq!(either(holding(1, "abc"), holding(1, "d")), None);
    }
}
