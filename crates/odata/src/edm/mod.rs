//! The Entity Data Model, resolved: every name is an id, every reference has been checked.
//!
//! [`crate::csdl::read()`] builds a [`Model`] from the files of `model/` when the server starts; after that
//! nothing looks up a string that did not come from a caller. Chapters: OData CSDL XML 4.01, 4 to 14.

mod matrix;
mod model;
mod near_miss;
mod operation;
mod permission;
mod primitive;
mod privilege;
mod property;
pub mod slots;
mod structured;
mod version;
mod view;

pub use matrix::MatrixRow;
pub use model::{EntitySet, Model, SetKind};
pub use near_miss::near_miss;
pub use operation::{Operation, OperationKind, Parameter};
pub use permission::{Permissions, Restrictions};
pub use primitive::Primitive;
pub use property::{Kind, Navigation, Property, TypeRef};
pub use structured::{EnumType, Member, Structure, StructuredType};
pub use version::{Version, Versions};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u16);

        impl $name {
            /// The id as an index into the model's list of its kind.
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    )*};
}

ids! {
    /// An enumeration type of the model.
    EnumId,
    /// A structured (entity or complex) type of the model.
    TypeId,
    /// A structural property of the model.
    PropertyId,
    /// A navigation property of the model.
    NavigationId,
    /// An action or function of the model; overloads are told apart by their binding type.
    OperationId,
    /// A place where entities rest: an entity set or singleton, top-level or contained.
    SetId,
    /// A permission name, such as the `Scope` of a Capabilities permission record.
    PermissionId,
}
