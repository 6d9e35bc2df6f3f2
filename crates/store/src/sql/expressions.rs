//! Questions about expressions that decide how they are rendered.

use odata::Value;
use odata::query::{Expression, Function, Path};

use crate::layout::{Column, Table};

/// The column that repeats what a path leads to.
pub(super) fn column_of_path<'a>(table: &'a Table, path: &Path) -> Option<&'a Column> {
    match path.steps.as_slice() {
        [step] if path.scope == 0 => table.column_of(step.property),
        _ => None,
    }
}

/// The column whose index leads to the rows that have a value at a path: it repeats the value, or the text without its
/// case.
pub(super) fn index_of_path<'a>(table: &'a Table, path: &Path) -> Option<&'a Column> {
    let folded = |path: &Path| match path.steps.as_slice() {
        [step] if path.scope == 0 => table.folded_column_of(step.property),
        _ => None,
    };
    column_of_path(table, path).or_else(|| folded(path))
}

/// The column that repeats the value of an expression.
pub(super) fn column_of<'a>(table: &'a Table, expression: &Expression) -> Option<&'a Column> {
    match expression {
        Expression::Path(path) => column_of_path(table, path),
        Expression::Call(Function::ToLower, arguments) => match arguments.as_slice() {
            [Expression::Path(Path { scope: 0, steps, .. })] => match steps.as_slice() {
                [step] => table.folded_column_of(step.property),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The operands of a chain of `and` or of `or`, in order, without the parser's nesting.
pub(super) fn chain(expression: &Expression) -> Vec<&Expression> {
    let conjunction = matches!(expression, Expression::And(..));
    let (mut open, mut terms) = (vec![expression], Vec::new());
    while let Some(next) = open.pop() {
        match next {
            Expression::And(left, right) if conjunction => open.extend([&**right, &**left]),
            Expression::Or(left, right) if !conjunction => open.extend([&**right, &**left]),
            term => terms.push(term),
        }
    }
    terms
}

/// Joins terms in a tree of logarithmic depth: SQLite bounds the depth of an expression.
pub(super) fn balanced(mut terms: Vec<String>, operator: &str) -> String {
    while terms.len() > 1 {
        let pairs = terms.chunks(2).map(|pair| match pair {
            [left, right] => format!("({left}{operator}{right})"),
            rest => rest.concat(),
        });
        terms = pairs.collect();
    }
    terms.pop().unwrap_or_default()
}

/// Whether this is the entity's own `id`.
pub(super) fn is_id(expression: &Expression) -> bool {
    matches!(expression, Expression::Path(path) if path.is_id())
}

/// Whether this is a literal.
pub(super) fn is_literal(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(_))
}

/// Whether this is the literal null.
pub(super) fn is_null(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(Value::Null))
}

/// The smallest text greater than every text with this prefix; None if there is none.
pub(super) fn successor(prefix: &str) -> Option<String> {
    let mut kept: Vec<char> = prefix.chars().collect();
    while let Some(last) = kept.pop() {
        // The range of `char` steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            kept.push(next);
            return Some(kept.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{balanced, successor};

    #[test]
    fn the_successor_ends_the_range_of_a_prefix() {
        for (prefix, expected) in [
            ("", None),
            ("a", Some("b")),
            ("az", Some("a{")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), expected, "{prefix:?}");
        }
    }

    #[test]
    fn a_chain_nests_by_the_logarithm_of_its_length() {
        let terms = (0..5).map(|number| number.to_string()).collect();
        assert_eq!(balanced(terms, "+"), "(((0+1)+(2+3))+4)");
    }
}
