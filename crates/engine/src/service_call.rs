//! The call that the service makes in its own name: for a job, or to remove a tenant.

use std::sync::Arc;

use odata::edm::PermissionId;
use uuid::Uuid;

use crate::context::SERVICE;
use crate::{Call, Caller, CallerKind};

/// A call in a tenant, as part of a request, with one permission or none.
pub(crate) fn service_call(tenant: Uuid, request_id: Uuid, permission: Option<PermissionId>) -> Call {
    let caller = Caller {
        tenant,
        object_id: SERVICE,
        application_id: SERVICE,
        kind: CallerKind::Application,
        permissions: permission.into_iter().collect(),
        tags: Vec::new(),
        user_principal_name: None,
        application_name: None,
    };
    Call::without_resource(Arc::new(caller), request_id)
}
