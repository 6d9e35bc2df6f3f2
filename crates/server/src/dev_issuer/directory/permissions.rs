//! The permissions of Microsoft Graph that the issuer knows: those of the model, and others that clients ask for beside
//! them.

/// The resource that Graph's scopes begin with.
pub(in crate::dev_issuer) const GRAPH: &str = "https://graph.microsoft.com";

/// The permissions to which a user may consent without an administrator.
const FOR_EVERY_USER: [&str; 3] = ["User.Read", "User.ReadBasic.All", "People.Read"];

/// Other permissions that tools for the model's resources ask for.
const BESIDE_THE_MODEL: [&str; 12] = [
    "Application.Read.All",
    "AuditLog.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Domain.Read.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "RoleManagement.Read.Directory",
    "User.Read.All",
    "User.ReadWrite.All",
];

/// The permissions of Graph.
pub(in crate::dev_issuer) struct GraphPermissions {
    /// Those of the model, which an application that nobody described has.
    pub(in crate::dev_issuer) of_model: Vec<String>,
}

impl GraphPermissions {
    /// A permission, as it is written.
    pub(in crate::dev_issuer) fn find(&self, name: &str) -> Option<&str> {
        let others = FOR_EVERY_USER.iter().chain(&BESIDE_THE_MODEL).copied();
        let mut all = self.of_model.iter().map(String::as_str).chain(others);
        all.find(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether a user may consent to a whole scope without an administrator. Graph's own list is longer; scopes of
    /// other APIs are for users.
    pub(in crate::dev_issuer) fn is_for_every_user(scope: &str) -> bool {
        match scope.strip_prefix(GRAPH) {
            Some(name) => FOR_EVERY_USER.iter().any(|known| name.strip_prefix('/') == Some(known)),
            None => true,
        }
    }
}
