//! Query options (URL conventions 4.01, 5.1): one file an option, all bound to the model.

pub mod evaluate;
pub mod expression;
pub mod filter;
pub mod options;
pub mod order_by;
pub mod paging;
mod path;
pub mod select_expand;
mod syntax;
mod token;

pub use expression::{Comparison, Expression, Function, Path, Step};
pub use options::QueryOptions;
pub use order_by::OrderKey;
pub use paging::Cursor;
pub use select_expand::{Expand, Selection};
