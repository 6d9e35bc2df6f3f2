//! How much each permission allows: the order in which permissions are named, the least privileged one first.

use super::{Model, OperationKind, PermissionId, Permissions, Restrictions};

/// What a permission allows, in the model as a whole. One that only lets read is less than any that lets write.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Privilege {
    writes: usize,
    operations: usize,
}

impl Model {
    /// Puts the permissions of every operation in order, the least privileged one first; equal ones stay as they are.
    pub(crate) fn order_permissions(&mut self) {
        let mut privileges = vec![Privilege::default(); self.permissions.len()];
        let mut count = |permissions: &Permissions, writes: bool| {
            for id in permissions.delegated.iter().chain(&permissions.application) {
                let privilege = &mut privileges[id.index()];
                privilege.operations += 1;
                privilege.writes += usize::from(writes);
            }
        };
        let tops = self.sets.iter().filter(|set| set.navigation.is_none()).map(|set| &set.restrictions);
        for restrictions in tops.chain(self.navigations.iter().map(|navigation| &navigation.restrictions)) {
            restrictions.read.iter().for_each(|permissions| count(permissions, false));
            let writing = [&restrictions.insert, &restrictions.update, &restrictions.delete];
            writing.into_iter().flatten().for_each(|permissions| count(permissions, true));
        }
        for operation in &self.operations {
            count(&operation.permissions, operation.kind == OperationKind::Action);
        }
        let sort = |ids: &mut Vec<PermissionId>| ids.sort_by_key(|id| privileges[id.index()]);
        let order = |permissions: &mut Permissions| {
            sort(&mut permissions.delegated);
            sort(&mut permissions.application);
        };
        self.sets.iter_mut().for_each(|set| set.restrictions.all_mut().for_each(order));
        self.navigations.iter_mut().for_each(|navigation| navigation.restrictions.all_mut().for_each(order));
        self.operations.iter_mut().for_each(|operation| order(&mut operation.permissions));
    }
}

impl Restrictions {
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Permissions> {
        let all = [&mut self.read, &mut self.insert, &mut self.update, &mut self.delete];
        all.into_iter().flatten()
    }
}
