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

/// The restrictions of a navigation property or singleton: what may be done with its targets. None: the operation does
/// not exist
/// there (405).
#[derive(Clone, Debug, Default)]
pub struct Restrictions {
    /// Who may read: `Capabilities.ReadRestrictions`.
    pub read: Option<Permissions>,
    /// Who may create: `Capabilities.InsertRestrictions`.
    pub insert: Option<Permissions>,
    /// Who may update: `Capabilities.UpdateRestrictions`.
    pub update: Option<Permissions>,
    /// Who may delete: `Capabilities.DeleteRestrictions`.
    pub delete: Option<Permissions>,
    /// The properties that a create must give: `Capabilities.InsertRestrictions/RequiredProperties`.
    pub required_on_insert: Vec<super::PropertyId>,
}
