//! Bound actions and functions (CSDL 4.01, 12).

use super::{OperationId, Permissions, TypeRef, Versions};

/// Whether an operation may have side effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Called with POST, parameters in the body.
    Action,
    /// Called with GET, parameters in the URL.
    Function,
}

/// An action or function. All of ours are bound.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its own id.
    pub id: OperationId,
    /// Action or function.
    pub kind: OperationKind,
    /// The namespace.
    pub namespace: Box<str>,
    /// The name without namespace.
    pub name: Box<str>,
    /// The type of the binding parameter: an entity or a collection of entities.
    pub binding: TypeRef,
    /// The other parameters, in declared order.
    pub parameters: Vec<Parameter>,
    /// The result; None answers 204.
    pub returns: Option<TypeRef>,
    /// Which versions show it.
    pub versions: Versions,
    /// `Capabilities.OperationRestrictions`.
    pub permissions: Permissions,
    /// `muster.NotImplemented`: calling it answers 501.
    pub not_implemented: bool,
    /// `Core.Description`.
    pub description: Option<Box<str>>,
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name.
    pub name: Box<str>,
    /// The type.
    pub type_ref: TypeRef,
    /// Which versions show it.
    pub versions: Versions,
    /// `muster.Secret`: never logged.
    pub secret: bool,
}
