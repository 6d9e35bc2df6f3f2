//! What a call is about, as far as its path tells: what counts, logs and traces call it by.

use odata::edm::{Model, OperationId, SetId};
use odata::uri::{Resource, ResourcePath, Segment, Shape};

/// What a call is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallTarget {
    /// Nothing that the model knows.
    #[default]
    Unknown,
    /// A document about the service itself.
    Document,
    /// Entities of a set.
    Set(SetId),
    /// An operation of the model.
    Operation(OperationId),
}

impl CallTarget {
    /// The name by which it is told.
    pub fn name(self, model: &Model) -> &str {
        match self {
            CallTarget::Unknown => "unknown",
            CallTarget::Document => "document",
            CallTarget::Set(id) => &model.set(id).path,
            CallTarget::Operation(id) => &model.operation(id).name,
        }
    }

    /// What a bound path is about: the operation at its end, or the last set on its way.
    pub fn of(resource: &Resource, model: &Model) -> CallTarget {
        match resource {
            Resource::ServiceDocument | Resource::Metadata => CallTarget::Document,
            Resource::Path(ResourcePath { shape: Shape::Operation(id), .. }) => CallTarget::Operation(*id),
            Resource::Path(path) => {
                let set = path.segments.iter().rev().find_map(|segment| match segment {
                    Segment::Set(set) => Some(*set),
                    Segment::Navigation(id) => model.navigation(*id).set,
                    _ => None,
                });
                set.map_or(CallTarget::Unknown, CallTarget::Set)
            }
        }
    }
}
