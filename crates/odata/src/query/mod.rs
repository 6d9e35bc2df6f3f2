//! Query options (URL conventions 4.01, 5.1): one file an option, all bound to the model. What `$filter` and `$orderby`
//! have in common is the language of expressions, [`crate::expression`].

#[cfg(test)]
mod evaluation_tests;
pub mod filter;
mod given;
pub mod options;
pub mod order_by;
pub mod paging;
mod path_aliases;
mod property_search;
pub mod search;
pub mod select_expand;

pub use filter::parse_filter;
pub use options::{QueryOptions, parse_options};
pub use order_by::{OrderKey, parse_order_by};
pub use paging::{Cursor, next_link_query};
pub use search::{Search, parse_search};
pub use select_expand::{Expand, Selection};

pub use crate::expression::function::Function;
pub use crate::expression::inclusion::Inclusion;
pub use crate::expression::scalar::Scalar;
pub use crate::expression::surroundings::Surroundings;
pub use crate::expression::tree::{
    CollectionPath, Comparison, Expression, Hop, Items, Link, Path, PathStep, Quantifier,
};
pub use crate::expression::value_type::ValueType;
pub use crate::expression::{evaluate, letter_case, pattern};
