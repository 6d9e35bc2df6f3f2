//! The language of expressions (URL conventions 4.01, 5.1.1): what `$filter` and `$orderby` are written in.
//!
//! A text becomes a syntax tree ([`syntax`]), and that an [`tree::Expression`] that agrees with the model ([`typing`]),
//! to which the two dialects of `store` and the [evaluator](evaluate) give the same meaning.

pub mod aliases;
mod arithmetic;
pub mod evaluate;
mod fold;
pub mod function;
pub mod inclusion;
pub mod letter_case;
pub(crate) mod names;
mod numeral;
pub(crate) mod option_error;
pub mod pattern;
pub mod scalar;
pub mod surroundings;
pub(crate) mod syntax;
pub mod tree;
pub(crate) mod typing;
pub mod value_type;
