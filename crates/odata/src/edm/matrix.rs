//! The matrix of permissions: every operation of the model, and the permissions any one of which is enough for it.

use super::{
    EntitySet, Kind, Model, OperationKind, Permissions, Restrictions, SetKind, TypeId, Version, Versions,
};

/// An operation, and who may call it.
#[derive(Debug)]
pub struct MatrixRow<'m> {
    /// The method of HTTP.
    pub method: &'static str,
    /// The path, without the version.
    pub path: String,
    /// The versions for which this holds.
    pub versions: Vec<Version>,
    /// The permissions of people, the least privileged one first.
    pub delegated: Vec<&'m str>,
    /// The permissions of applications, the least privileged one first.
    pub application: Vec<&'m str>,
}

impl Model {
    /// The rows of the matrix, in the order of the model.
    pub fn permission_matrix(&self) -> Vec<MatrixRow<'_>> {
        let mut matrix = Matrix { model: self, rows: Vec::new() };
        self.sets.iter().for_each(|set| matrix.add_set(set));
        matrix.rows
    }
}

struct Matrix<'m> {
    model: &'m Model,
    rows: Vec<MatrixRow<'m>>,
}

impl<'m> Matrix<'m> {
    fn add_set(&mut self, set: &'m EntitySet) {
        let place = self.path_to(set);
        let (restrictions, versions) = (&set.restrictions, set.versions);
        let entity = match set.kind {
            SetKind::Collection => {
                self.add("GET", &place, versions, restrictions.read.as_ref());
                self.add("POST", &place, versions, restrictions.insert.as_ref());
                self.add_operations(&place, set.entity_type, true);
                format!("{place}/{{id}}")
            }
            SetKind::Singleton => place,
        };
        self.add_entity(&entity, versions, restrictions);
        self.add_operations(&entity, set.entity_type, false);
        self.add_references(&entity, set.entity_type);
    }

    fn add_entity(&mut self, path: &str, versions: Versions, restrictions: &'m Restrictions) {
        self.add("GET", path, versions, restrictions.read.as_ref());
        self.add("PATCH", path, versions, restrictions.update.as_ref());
        self.add("DELETE", path, versions, restrictions.delete.as_ref());
    }

    /// The navigation properties that lead to entities elsewhere; contained ones are sets of their own.
    fn add_references(&mut self, path: &str, of: TypeId) {
        let model = self.model;
        let references = model.navigations.iter().filter(|navigation| {
            !navigation.contained && !navigation.not_implemented && has(model, of, navigation.declared_by)
        });
        for navigation in references {
            let (path, restrictions) = (format!("{path}/{}", navigation.name), &navigation.restrictions);
            if navigation.collection {
                self.add("POST", &path, navigation.versions, restrictions.insert.as_ref());
            }
            self.add_entity(&path, navigation.versions, restrictions);
        }
    }

    fn add_operations(&mut self, path: &str, of: TypeId, collection: bool) {
        let model = self.model;
        for operation in &model.operations {
            let Kind::Entity(expected) = operation.binding.kind else { continue };
            if operation.binding.collection == collection
                && has(model, of, expected)
                && !operation.not_implemented
            {
                let method = match operation.kind {
                    OperationKind::Action => "POST",
                    OperationKind::Function => "GET",
                };
                let namespace = match &*operation.namespace {
                    "microsoft.graph" => String::new(),
                    other => format!("{other}."),
                };
                let path = format!("{path}/{namespace}{}", operation.name);
                self.add(method, &path, operation.versions, Some(&operation.permissions));
            }
        }
    }

    fn add(
        &mut self,
        method: &'static str,
        path: &str,
        shown: Versions,
        permissions: Option<&'m Permissions>,
    ) {
        let (model, Some(permissions)) = (self.model, permissions) else { return };
        let names =
            |ids: &[super::PermissionId]| ids.iter().map(|id| model.permission(*id)).collect::<Vec<_>>();
        for version in Version::ALL.into_iter().filter(|version| shown.contains(*version)) {
            let known = model.permissions_in(permissions, version);
            let (delegated, application) = (names(&known.delegated), names(&known.application));
            match self.rows.last_mut() {
                Some(last)
                    if last.path == path
                        && last.method == method
                        && last.delegated == delegated
                        && last.application == application =>
                {
                    last.versions.push(version);
                }
                _ => {
                    let (path, versions) = (path.to_owned(), vec![version]);
                    self.rows.push(MatrixRow { method, path, versions, delegated, application });
                }
            }
        }
    }

    /// The path to a set, with a key after each collection on the way.
    fn path_to(&self, set: &EntitySet) -> String {
        let above = set.path.rsplit_once('/').and_then(|(above, _)| self.model.find_set(above));
        let above = above.map_or_else(String::new, |above| match above.kind {
            SetKind::Collection => format!("{}/{{id}}", self.path_to(above)),
            SetKind::Singleton => self.path_to(above),
        });
        format!("{above}/{}", set.name)
    }
}

/// Whether entities of one type have what another declares, all of them or some.
fn has(model: &Model, of: TypeId, declaring: TypeId) -> bool {
    model.is_a(of, declaring) || model.is_a(declaring, of)
}
