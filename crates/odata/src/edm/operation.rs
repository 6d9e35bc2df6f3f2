//! Bound actions and functions (CSDL 4.01, 12).

use super::{OperationId, Permissions, TypeRef, Versions};

/// Whether an operation may have side effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// An action: called with POST, parameters in the body.
    Action,
    /// A function: called with GET, parameters in the URL.
    Function,
}

/// An action or function. All of ours are bound.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The id of this operation.
    pub id: OperationId,
    /// Whether it is an action or a function.
    pub kind: OperationKind,
    /// The namespace of its name.
    pub namespace: Box<str>,
    /// The name without namespace.
    pub name: Box<str>,
    /// The type of the binding parameter: an entity or a collection of entities.
    pub binding: TypeRef,
    /// The other parameters, in declared order.
    pub parameters: Vec<Parameter>,
    /// The result; None answers 204.
    pub returns: Option<TypeRef>,
    /// The versions that show it.
    pub versions: Versions,
    /// The permissions of `Capabilities.OperationRestrictions`.
    pub permissions: Permissions,
    /// `muster.NotImplemented`: calling it answers 501.
    pub not_implemented: bool,
    /// The text of `Core.Description`.
    pub description: Option<Box<str>>,
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name in the model's spelling.
    pub name: Box<str>,
    /// The type of its value.
    pub type_ref: TypeRef,
    /// The versions that show it.
    pub versions: Versions,
    /// `muster.Secret`: its value is never logged.
    pub secret: bool,
}
