//! Query options (URL conventions 4.01, 5.1): one file an option, all bound to the model.

pub mod evaluate;
pub mod expression;
pub mod filter;
mod given;
pub mod options;
pub mod order_by;
pub mod paging;
mod path;
pub mod select_expand;
mod syntax;
mod token;

pub use expression::{Comparison, Expression, Function, Path, Step};
pub use filter::parse_filter;
pub use options::{QueryOptions, parse_options};
pub use order_by::{OrderKey, parse_order_by};
pub use paging::{Cursor, next_link_query};
pub use select_expand::{Expand, Selection, parse_expand, parse_select};
