//! The order of entities that are sorted in memory.

use std::cmp::Ordering;

use odata::query::{Expression, OrderKey};
use odata::{Key, Value};

/// The order of two entities, by the values that they are ordered by and then by their keys. Keys are compared as keys, also
/// where the order names them.
pub(crate) fn order(order_by: &[OrderKey], one: (&[Value], &Key), other: (&[Value], &Key)) -> Ordering {
    for (key, (a, b)) in order_by.iter().zip(one.0.iter().zip(other.0)) {
        if matches!(&key.expression, Expression::Path(path) if path.is_id()) {
            let ascending = one.1.cmp(other.1);
            return if key.descending { ascending.reverse() } else { ascending };
        }
        let ordering = key.compare(a, b);
        if ordering.is_ne() {
            return ordering;
        }
    }
    one.1.cmp(other.1)
}
