//! The permissions that the calls of applications needed, and those that they had.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use odata::edm::PermissionId;
use uuid::Uuid;

use crate::{Caller, CallerKind};

/// The most applications whose calls are noted. Which permissions there are bounds what is noted of each.
const APPLICATIONS_MAX: usize = 1_000;

/// The calls since the start, by tenant, application and kind of caller.
#[derive(Default)]
pub(crate) struct PermissionUses(Mutex<BTreeMap<(Uuid, Uuid, bool), PermissionUse>>);

/// The calls of an application.
#[derive(Clone, Default)]
pub(crate) struct PermissionUse {
    /// The permissions that its tokens had.
    pub(crate) granted: BTreeSet<PermissionId>,
    /// Those of its latest token: nearly every call has the same.
    latest: Vec<PermissionId>,
    /// For each kind of call that it made, the permissions any one of which is enough, the least privileged one first.
    sufficient: BTreeSet<Vec<PermissionId>>,
}

impl PermissionUse {
    /// One permission for each kind of call, and as few as that takes: what only one permission allows comes first.
    pub(crate) fn least(&self) -> Vec<PermissionId> {
        let mut kinds: Vec<&Vec<PermissionId>> = self.sufficient.iter().collect();
        kinds.sort_by_key(|sufficient| sufficient.len());
        let mut least: Vec<PermissionId> = Vec::new();
        for sufficient in kinds {
            if !sufficient.iter().any(|permission| least.contains(permission)) {
                least.extend(sufficient.first());
            }
        }
        least
    }
}

impl PermissionUses {
    /// Notes a call for which any one of these permissions is enough.
    pub(crate) fn note(&self, caller: &Caller, sufficient: &[PermissionId]) {
        let mut uses = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let key = (caller.tenant, caller.application_id, caller.kind == CallerKind::Application);
        if !sufficient.is_empty() && (uses.len() < APPLICATIONS_MAX || uses.contains_key(&key)) {
            let used = uses.entry(key).or_default();
            if used.latest != caller.permissions {
                used.granted.extend(&caller.permissions);
                used.latest.clone_from(&caller.permissions);
            }
            if !used.sufficient.contains(sufficient) {
                used.sufficient.insert(sufficient.to_vec());
            }
        }
    }

    /// The applications of a tenant, whether they acted for themselves, and their calls.
    pub(crate) fn of_tenant(&self, tenant: Uuid) -> Vec<(Uuid, bool, PermissionUse)> {
        let uses = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let of_tenant = uses.iter().filter(|((other, ..), _)| *other == tenant);
        of_tenant
            .map(|((_, application, for_itself), used)| (*application, *for_itself, used.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use odata::edm::PermissionId;

    use super::PermissionUse;

    #[test]
    fn the_least_permissions_are_few_and_small() {
        let cases: [(&[&[u16]], &[u16]); 5] = [
            (&[], &[]),
            (&[&[0, 1]], &[0]),
            // Whoever must write can read.
            (&[&[0, 1], &[1]], &[1]),
            (&[&[0, 1], &[2, 3]], &[0, 2]),
            (&[&[0, 1, 2, 3], &[2, 3], &[3]], &[3]),
        ];
        for (calls, expected) in cases {
            let ids = |ids: &[u16]| ids.iter().copied().map(PermissionId).collect::<Vec<_>>();
            let sufficient = calls.iter().map(|call| ids(call)).collect();
            let used = PermissionUse { sufficient, ..PermissionUse::default() };
            assert_eq!(used.least(), ids(expected), "{calls:?}");
        }
    }
}
