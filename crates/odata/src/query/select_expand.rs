//! `$select` and `$expand` (URL conventions 4.01, 5.1.3 and 5.1.4).

use super::QueryOptions;
use crate::edm::{NavigationId, PropertyId};

/// Which properties to show, and which related entities to show with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The selected properties; None or `*`: all.
    pub properties: Option<Vec<PropertyId>>,
    /// The expanded navigation properties.
    pub expand: Vec<Expand>,
}

/// An expanded navigation property with options of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand {
    /// The navigation property.
    pub navigation: NavigationId,
    /// The options in its parentheses.
    pub options: Box<QueryOptions>,
}
