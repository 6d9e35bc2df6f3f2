//! Permissions and restrictions: the Capabilities vocabulary's answer to "who may do what here".

use super::PermissionId;

/// The permissions any one of which is enough, for each kind of caller. Empty: nobody of that kind may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Scheme `DelegatedWork`: a person with a work or school account, through an application.
    pub delegated: Vec<PermissionId>,
    /// Scheme `Application`: an application for itself.
    pub application: Vec<PermissionId>,
}

/// What may be done with the targets of a navigation property or singleton. None: the operation does not exist
/// there (405).
#[derive(Clone, Debug, Default)]
pub struct Restrictions {
    /// `Capabilities.ReadRestrictions`.
    pub read: Option<Permissions>,
    /// `Capabilities.InsertRestrictions`.
    pub insert: Option<Permissions>,
    /// `Capabilities.UpdateRestrictions`.
    pub update: Option<Permissions>,
    /// `Capabilities.DeleteRestrictions`.
    pub delete: Option<Permissions>,
    /// `Capabilities.InsertRestrictions/RequiredProperties`, by name.
    pub required_on_insert: Vec<super::PropertyId>,
}
