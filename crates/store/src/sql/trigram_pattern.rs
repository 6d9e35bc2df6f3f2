//! The patterns that SQLite's index of trigrams is asked for: what every row must hold for which a filter is true and
//! in which a search is found.

use odata::Value;
use odata::edm::Model;
use odata::query::search::fold;
use odata::query::{Comparison, Expression, Function, Path, Search};

use crate::layout::Table;

/// The largest number of trigrams of one text.
const TRIGRAMS_MAX: usize = 16;
/// The largest number of conditions within each other.
const DEPTH_MAX: usize = 16;
/// The largest length of a pattern in bytes.
const PATTERN_MAX: usize = 4_096;

/// A condition on the index: trigrams joined by `AND` and `OR`.
struct TrigramPattern {
    text: String,
    /// Whether it is joined by `OR`, which binds loosest.
    is_alternative: bool,
}

impl TrigramPattern {
    /// The pattern of what matches both; one of them may not be known.
    fn both(left: Option<TrigramPattern>, right: Option<TrigramPattern>) -> Option<TrigramPattern> {
        let closed = |side: TrigramPattern| match side.is_alternative {
            true => format!("({})", side.text),
            false => side.text,
        };
        match (left, right) {
            (Some(left), Some(right)) => {
                let text = format!("{} AND {}", closed(left), closed(right));
                Some(TrigramPattern { text, is_alternative: false })
            }
            (left, right) => left.or(right),
        }
    }

    fn either(left: Option<TrigramPattern>, right: Option<TrigramPattern>) -> Option<TrigramPattern> {
        let text = format!("{} OR {}", left?.text, right?.text);
        Some(TrigramPattern { text, is_alternative: true })
    }

    /// The trigrams side by side that cover a text; none if it has less than three characters.
    fn holding(text: &str) -> Option<TrigramPattern> {
        let folded: Vec<char> = fold(text).chars().collect();
        let last = folded.len().checked_sub(3).filter(|_| !folded.contains(&'\0'))?;
        let starts = (0..last).step_by(3).chain([last]).take(TRIGRAMS_MAX);
        let trigrams = starts.filter_map(|start| folded.get(start..start + 3)).map(|trigram| {
            let trigram: String = trigram.iter().collect();
            format!("\"{}\"", trigram.replace('"', "\"\""))
        });
        Some(TrigramPattern { text: trigrams.collect::<Vec<_>>().join(" AND "), is_alternative: false })
    }
}

/// A pattern that holds for every row for which the filter is true and in which the search is found; none if the
/// index cannot tell any row from another.
pub(super) fn pattern(
    table: &Table,
    model: &Model,
    filter: Option<&Expression>,
    search: Option<&Search>,
) -> Option<String> {
    let filter = filter.and_then(|filter| of_filter(table, model, filter, 0));
    let pattern = TrigramPattern::both(filter, search.and_then(|search| of_search(search, 0)))?;
    (pattern.text.len() <= PATTERN_MAX).then_some(pattern.text)
}

fn of_search(search: &Search, depth: usize) -> Option<TrigramPattern> {
    if depth > DEPTH_MAX {
        return None;
    }
    let inner = |search: &Search| of_search(search, depth + 1);
    match search {
        Search::Term(term) => TrigramPattern::holding(term),
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
    let is_text = |expression: &Expression| is_searched(table, model, expression);
    match filter {
        Expression::And(left, right) => TrigramPattern::both(inner(left), inner(right)),
        Expression::Or(left, right) => TrigramPattern::either(inner(left), inner(right)),
        Expression::Call(Function::Contains | Function::StartsWith | Function::EndsWith, operands) => {
            match operands.as_slice() {
                [text, Expression::Literal(Value::String(part))] if is_text(text) => {
                    TrigramPattern::holding(part)
                }
                _ => None,
            }
        }
        Expression::Compare(comparison, left, right) => match (&**left, &**right) {
            (text, Expression::Literal(Value::String(whole)))
            | (Expression::Literal(Value::String(whole)), text)
                if *comparison == Comparison::Equal && is_text(text) =>
            {
                TrigramPattern::holding(whole)
            }
            (Expression::Call(Function::IndexOf, operands), Expression::Literal(Value::Int(place)))
                if is_found(*comparison, *place) =>
            {
                match operands.as_slice() {
                    [text, Expression::Literal(Value::String(part))] if is_text(text) => {
                        TrigramPattern::holding(part)
                    }
                    _ => None,
                }
            }
            _ => None,
        },
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

/// Whether the value of an expression, folded, is among the texts of the index.
fn is_searched(table: &Table, model: &Model, expression: &Expression) -> bool {
    match expression {
        Expression::Path(Path { scope: 0, steps, .. }) => match steps.as_slice() {
            // What stands for a missing value is not in the column of an older row.
            [step] => table.searched.contains(&step.slot) && model.property(step.property).default.is_none(),
            _ => false,
        },
        // Folding is lower case too, and twice is as good as once.
        Expression::Call(Function::ToLower, operands) => {
            operands.iter().all(|operand| is_searched(table, model, operand))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::TrigramPattern;

    fn holding(text: &str) -> Option<String> {
        TrigramPattern::holding(text).map(|pattern| pattern.text)
    }

    #[test]
    fn a_text_is_covered_by_trigrams() {
        for (text, expected) in [
            ("ab", None),
            ("aBc", Some(r#""abc""#)),
            ("abcd", Some(r#""abc" AND "bcd""#)),
            ("abcdef", Some(r#""abc" AND "def""#)),
            ("abcdefg", Some(r#""abc" AND "def" AND "efg""#)),
            (r#"a"Ö"#, Some(r#""a""ö""#)),
            ("a\0b", None),
        ] {
            assert_eq!(holding(text).as_deref(), expected, "{text}");
        }
        let long = holding(&"x".repeat(1_000)).unwrap_or_default();
        assert_eq!(long.matches("AND").count(), 15);
    }

    #[test]
    fn alternatives_keep_together() {
        let either =
            || TrigramPattern::either(TrigramPattern::holding("abc"), TrigramPattern::holding("def"));
        let both = TrigramPattern::both(either(), TrigramPattern::holding("ghi"));
        assert_eq!(both.map(|both| both.text).as_deref(), Some(r#"("abc" OR "def") AND "ghi""#));
        assert!(
            TrigramPattern::either(TrigramPattern::holding("abc"), TrigramPattern::holding("d")).is_none()
        );
    }
}
