//! Query options (URL conventions 4.01, 5.1): one file an option, all bound to the model.

mod calls;
mod case;
mod cast;
mod constants;
pub mod evaluate;
pub mod expression;
pub mod filter;
pub mod function;
mod given;
pub mod inclusion;
mod list;
mod numeral;
mod operators;
pub mod options;
pub mod order_by;
pub mod paging;
mod path;
pub mod pattern;
mod precedence;
pub mod search;
pub mod select_expand;
mod syntax;
mod token;
mod typing;

pub use expression::{Comparison, Expression, Hop, Link, Path, Quantifier, Source, Step};
pub use filter::parse_filter;
pub use function::{Function, Scalar};
pub use inclusion::{Inclusion, Items};
pub use options::{QueryOptions, parse_options};
pub use order_by::{OrderKey, parse_order_by};
pub use paging::{Cursor, next_link_query};
pub use search::{Search, parse_search};
pub use select_expand::{Expand, Selection, parse_expand, parse_select};
pub use token::Aliases;
pub use typing::Surroundings;
