//! A user that the issuer knows.

use uuid::{Uuid, uuid};

use crate::dev::USER_DEFAULT;
use crate::tokens::issue::user_id;

/// The role of a global administrator, by its template's id.
pub(super) const GLOBAL_ADMINISTRATOR: Uuid = uuid!("62e90394-69f5-4237-9190-012177145e10");
/// The other roles whose members may consent for everybody: privileged role, cloud application and application
/// administrator.
const OTHER_ADMINISTRATORS: [Uuid; 3] = [
    uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814"),
    uuid!("158c047a-c907-4556-b7ef-446551a6b5f7"),
    uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
];

/// A user who can choose to sign in.
pub(in crate::dev_issuer) struct DevUser {
    /// The name to sign in with.
    pub(in crate::dev_issuer) upn: String,
    /// The name to show.
    pub(in crate::dev_issuer) name: String,
    pub(super) id: Option<Uuid>,
    /// The one tenant that knows the user, if not each does.
    pub(in crate::dev_issuer) tenant: Option<Uuid>,
    /// The ids of the user's directory roles.
    pub(in crate::dev_issuer) wids: Vec<Uuid>,
}

impl DevUser {
    /// The user who is there without a seed: an administrator.
    pub(super) fn default_user() -> DevUser {
        DevUser {
            upn: USER_DEFAULT.to_owned(),
            name: "Muster Administrator".to_owned(),
            id: None,
            tenant: None,
            wids: vec![GLOBAL_ADMINISTRATOR],
        }
    }

    /// The user's id in a tenant.
    pub(in crate::dev_issuer) fn object_id(&self, tenant: Uuid) -> Uuid {
        self.id.unwrap_or_else(|| user_id(tenant, &self.upn))
    }

    /// Whether the user may consent for everybody.
    pub(in crate::dev_issuer) fn is_administrator(&self) -> bool {
        self.wids.iter().any(|role| *role == GLOBAL_ADMINISTRATOR || OTHER_ADMINISTRATORS.contains(role))
    }
}
