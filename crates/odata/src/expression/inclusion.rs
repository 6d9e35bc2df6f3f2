//! `hassubset` and `hassubsequence` (URL conventions 4.01, 5.1.1.6): whether one collection holds the items of another.

use crate::Value;
use crate::payload::Json;

/// The two ways in which a collection may hold another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inclusion {
    /// `hassubset`: its items in any order, each no more often than it is there.
    Subset,
    /// `hassubsequence`: its items in their order.
    Subsequence,
}

impl Inclusion {
    /// Every inclusion there is.
    pub const ALL: [Inclusion; 2] = [Inclusion::Subset, Inclusion::Subsequence];

    /// The name of the function, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Inclusion::Subset => "hassubset",
            Inclusion::Subsequence => "hassubsequence",
        }
    }

    /// Whether items of the first collection make the second one.
    pub fn holds<T>(self, whole: &[T], part: &[T], equal: impl Fn(&T, &T) -> bool) -> bool {
        match self {
            Inclusion::Subset => {
                let mut left: Vec<&T> = whole.iter().collect();
                part.iter().all(|item| {
                    let place = left.iter().position(|other| equal(other, item));
                    place.map(|place| left.swap_remove(place)).is_some()
                })
            }
            Inclusion::Subsequence => {
                let mut left = whole.iter();
                part.iter().all(|item| left.any(|other| equal(other, item)))
            }
        }
    }

    /// Whether it holds for collections as documents keep them; what is none has no items.
    pub fn holds_at_rest(self, whole: &str, part: &str) -> bool {
        let items = |text: &str| match Json::parse(text.as_bytes()) {
            Ok(Json::Array(items)) => items.into_iter().map(at_rest).collect(),
            _ => Vec::new(),
        };
        self.holds(&items(whole), &items(part), |a, b| a == b)
    }
}

/// An item as a value of its own.
fn at_rest(item: Json<'_>) -> Value {
    match item {
        Json::Boolean(flag) => Value::Boolean(flag),
        Json::Integer(number) => Value::Int(number),
        Json::Double(number) => Value::Double(number),
        Json::String(text) => Value::String(text.into()),
        Json::Null | Json::Array(_) | Json::Object(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::Inclusion::{self, Subsequence, Subset};

    #[test]
    fn items_are_taken_once_and_in_order() {
        // The specification's own examples, 5.1.1.6.1 and 5.1.1.6.2, and the ends.
        let table: [(Inclusion, &str, &str, bool); 16] = [
            (Subset, "[4,1,3]", "[4,1,3]", true),
            (Subset, "[4,1,3]", "[1,3,4]", true),
            (Subset, "[4,1,3]", "[3,1]", true),
            (Subset, "[4,1,3]", "[4,3]", true),
            (Subset, "[4,1,3,1]", "[1,1]", true),
            (Subset, "[4,1,3]", "[4,1,1]", false),
            (Subset, "[1,2]", "[1,1,2]", false),
            (Subset, "[]", "[]", true),
            (Subset, "null", "[1]", false),
            (Subset, r#"["a",null]"#, r#"[null]"#, true),
            (Subsequence, "[4,1,3]", "[4,1,3]", true),
            (Subsequence, "[4,1,3]", "[4,3]", true),
            (Subsequence, "[4,1,3,1]", "[1,1]", true),
            (Subsequence, "[4,1,3]", "[1,3,4]", false),
            (Subsequence, "[1,2]", "[1,1,2]", false),
            (Subsequence, "[1.5,2.0]", "[2.0]", true),
        ];
        for (inclusion, whole, part, expected) in table {
            assert_eq!(inclusion.holds_at_rest(whole, part), expected, "{inclusion:?} {whole} {part}");
        }
    }
}
