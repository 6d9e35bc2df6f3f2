//! The error of a model that cannot be read.

/// The reason why a model could not be read: always a mistake in one of its files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {element}: {reason}")]
pub struct CsdlError {
    /// The file's name, as given to [`read`](super::read()).
    pub file: String,
    /// The path of the element, such as
    /// `/edmx:Edmx/edmx:DataServices/Schema microsoft.graph/EntityType book/Property title`.
    pub element: String,
    /// The mistake, with the near miss where there is one.
    pub reason: String,
}
