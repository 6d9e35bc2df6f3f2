//! The query string: which options there are, each once, each where it belongs.

use super::{Cursor, Expression, OrderKey, Selection};

/// The query options of a request, bound to the type of its resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryOptions {
    /// `$filter`.
    pub filter: Option<Expression>,
    /// `$orderby`; empty: by key.
    pub order_by: Vec<OrderKey>,
    /// `$select` and `$expand`.
    pub selection: Selection,
    /// `$top`: how many at most on a page (Graph pages by it: a `@odata.nextLink` follows if there is more).
    pub top: Option<u64>,
    /// `$skip`.
    pub skip: u64,
    /// `$count=true`.
    pub count: bool,
    /// `$skiptoken`: where an earlier page ended.
    pub cursor: Option<Cursor>,
    /// `$format`, lower case: overrides `Accept`.
    pub format: Option<String>,
}
