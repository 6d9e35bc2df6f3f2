//! Capabilities restrictions: which operations exist where, and the permissions for them.

use super::element::Element;
use super::error::CsdlError;
use super::loader::{Declaration, Loader, next_id};
use crate::csdl::annotation::{ALL_PERMISSIONS, OWN_NAMESPACE, SCHEMES, VocabularyTerm};
use crate::edm::{PermissionId, Permissions, PropertyId, Restrictions, TypeId};
use crate::error::hint;

impl<'a> Loader<'a> {
    /// Reads the permissions that the container names, the set of all of them first.
    pub(super) fn read_named_permissions(&mut self, container: Declaration<'a>) -> Result<(), CsdlError> {
        let annotations = self.annotations(container)?;
        let mut named: Vec<(&'a str, &'a Element)> = Vec::new();
        for annotation in annotations.all(VocabularyTerm::Permissions) {
            named.push((annotation.required("Qualifier")?, annotation));
        }
        named.sort_by_key(|(name, _)| *name != ALL_PERMISSIONS);
        for (name, annotation) in named {
            let permissions = self.permission_types(annotation)?;
            self.named_permissions.push((name, permissions));
        }
        Ok(())
    }

    /// Reads the restrictions of all navigation properties.
    pub(super) fn read_restrictions(&mut self) -> Result<(), CsdlError> {
        for index in 0..self.navigations.len() {
            let target = self.model.navigations[index].target;
            let restrictions = self.restrictions(self.navigations[index], target)?;
            self.model.navigations[index].restrictions = restrictions;
        }
        for index in 0..self.operations.len() {
            let permissions = self.operation_permissions(index)?;
            self.model.operations[index].permissions = permissions;
        }
        Ok(())
    }

    fn operation_permissions(&mut self, index: usize) -> Result<Permissions, CsdlError> {
        let at = self.operations[index];
        let Some(annotation) = self.annotations(at)?.get(VocabularyTerm::OperationRestrictions) else {
            if self.model.operations[index].not_implemented {
                return Ok(Permissions::default());
            }
            return Err(at.element.error("without Capabilities.OperationRestrictions nobody could call it"));
        };
        let values = record(annotation, &["Permissions"])?;
        self.permissions(at, annotation, value(&values, "Permissions"))
    }

    /// The restrictions of a navigation property, set or singleton whose entities are of `target`.
    pub(super) fn restrictions(
        &mut self,
        at: Declaration<'a>,
        target: TypeId,
    ) -> Result<Restrictions, CsdlError> {
        let annotations = self.annotations(at)?;
        let mut restrictions = Restrictions::default();
        for (term, switch, place) in [
            (VocabularyTerm::ReadRestrictions, "Readable", &mut restrictions.read),
            (VocabularyTerm::UpdateRestrictions, "Updatable", &mut restrictions.update),
            (VocabularyTerm::DeleteRestrictions, "Deletable", &mut restrictions.delete),
        ] {
            if let Some(annotation) = annotations.get(term) {
                let values = record(annotation, &[switch, "Permissions"])?;
                *place = self.restriction(at, annotation, &values, switch)?;
            }
        }
        if let Some(annotation) = annotations.get(VocabularyTerm::InsertRestrictions) {
            let values = record(annotation, &["Insertable", "Permissions", "RequiredProperties"])?;
            restrictions.insert = self.restriction(at, annotation, &values, "Insertable")?;
            if let Some(required) = value(&values, "RequiredProperties") {
                restrictions.required_on_insert = self.required_properties(required, target)?;
            }
        }
        Ok(restrictions)
    }

    fn restriction(
        &mut self,
        at: Declaration<'a>,
        annotation: &'a Element,
        values: &[(&str, &'a Element)],
        switch: &str,
    ) -> Result<Option<Permissions>, CsdlError> {
        let exists = match value(values, switch) {
            Some(element) => element.flag("Bool", true)?,
            None => true,
        };
        match (exists, value(values, "Permissions")) {
            (false, None) => Ok(None),
            (false, Some(element)) => Err(element.error("permissions for what does not exist")),
            (true, permissions) => self.permissions(at, annotation, permissions).map(Some),
        }
    }

    /// The value of a record's `Permissions`: written out, or a reference to a named set.
    fn permissions(
        &mut self,
        at: Declaration<'a>,
        annotation: &Element,
        value: Option<&'a Element>,
    ) -> Result<Permissions, CsdlError> {
        let Some(value) = value else {
            return Err(annotation.error("Permissions are missing, so nobody would have any"));
        };
        let Some(path) = value.attribute("Path") else { return self.permission_types(value) };
        let term = format!("{OWN_NAMESPACE}.Permissions");
        let name = path.strip_prefix('/').and_then(|path| path.split_once("/@")).and_then(|(place, rest)| {
            let (written, name) = rest.split_once('#')?;
            (at.schema.expand(place) == self.container && written == term).then_some(name)
        });
        let Some(name) = name else {
            return Err(value.error(format!("the path is not of the form /{}/@{term}#Name", self.container)));
        };
        if let Some((_, permissions)) = self.named_permissions.iter().find(|(other, _)| *other == name) {
            return Ok(permissions.clone());
        }
        let hint = hint(name, self.named_permissions.iter().map(|(name, _)| *name));
        Err(value.error(format!("no permissions are named {name}{hint}")))
    }

    /// A collection of `Capabilities.PermissionType` records below an element.
    pub(super) fn permission_types(&mut self, parent: &'a Element) -> Result<Permissions, CsdlError> {
        let mut permissions = Permissions::default();
        for item in collection(parent, "Record")? {
            let values = record_values(item, &["SchemeName", "Scopes"])?;
            let missing = || item.error("SchemeName and Scopes are needed");
            let scheme = value(&values, "SchemeName").ok_or_else(missing)?.required("String")?;
            let [delegated, application] = SCHEMES;
            let scopes = self.scopes(value(&values, "Scopes").ok_or_else(missing)?)?;
            let place = match scheme {
                _ if scheme == delegated => &mut permissions.delegated,
                _ if scheme == application => &mut permissions.application,
                _ => {
                    let hint = hint(scheme, SCHEMES.into_iter());
                    return Err(item.error(format!("unknown scheme {scheme}{hint}")));
                }
            };
            if !place.is_empty() {
                return Err(item.error(format!("scheme {scheme} is there twice")));
            }
            *place = scopes;
        }
        Ok(permissions)
    }

    fn scopes(&mut self, parent: &'a Element) -> Result<Vec<PermissionId>, CsdlError> {
        let mut scopes = Vec::new();
        for item in collection(parent, "Record")? {
            let values = record_values(item, &["Scope"])?;
            let scope = value(&values, "Scope").ok_or_else(|| item.error("Scope is missing"))?;
            let id = self.permission(scope, scope.required("String")?)?;
            if scopes.contains(&id) {
                return Err(item.error("the scope is there twice"));
            }
            scopes.push(id);
        }
        Ok(scopes)
    }

    fn permission(&mut self, at: &Element, name: &str) -> Result<PermissionId, CsdlError> {
        let known = &mut self.model.permissions;
        if let Some(index) = known.iter().position(|other| &**other == name) {
            return Ok(PermissionId(next_id(index, at)?));
        }
        // While the first named set is being read, it is the one that may hold what is not known yet.
        if self.named_permissions.first().is_some_and(|(first, _)| *first == ALL_PERMISSIONS) {
            let hint = hint(name, known.iter().map(|known| &**known));
            return Err(at.error(format!("unknown permission {name}{hint}")));
        }
        known.push(name.into());
        Ok(PermissionId(next_id(known.len() - 1, at)?))
    }

    fn required_properties(&self, value: &Element, target: TypeId) -> Result<Vec<PropertyId>, CsdlError> {
        let properties = &self.model.structured(target).properties;
        let mut required = Vec::new();
        for path in collection(value, "PropertyPath")? {
            let name = path.text.trim();
            let mut known = properties.iter().map(|id| self.model.property(*id));
            let Some(property) = known.clone().find(|property| &*property.name == name) else {
                let hint = hint(name, known.by_ref().map(|property| &*property.name));
                return Err(path.error(format!("the target type has no property {name}{hint}")));
            };
            required.push(property.id);
        }
        Ok(required)
    }
}

/// The properties of the one record that an element holds.
fn record<'a>(parent: &'a Element, allowed: &[&str]) -> Result<Vec<(&'a str, &'a Element)>, CsdlError> {
    match parent.children.as_slice() {
        [record] if record.name == "Record" => record_values(record, allowed),
        _ => Err(parent.error("one record is expected")),
    }
}

fn record_values<'a>(
    record: &'a Element,
    allowed: &[&str],
) -> Result<Vec<(&'a str, &'a Element)>, CsdlError> {
    let mut values: Vec<(&str, &Element)> = Vec::new();
    for element in &record.children {
        let name = element.required("Property")?;
        if !allowed.contains(&name) {
            let hint = hint(name, allowed.iter().copied());
            return Err(element.error(format!("property {name} has no meaning here{hint}")));
        }
        if value(&values, name).is_some() {
            return Err(element.error("the property is there twice"));
        }
        values.push((name, element));
    }
    Ok(values)
}

fn value<'a>(values: &[(&str, &'a Element)], name: &str) -> Option<&'a Element> {
    values.iter().find(|(other, _)| *other == name).map(|(_, element)| *element)
}

/// The items of the one collection that an element holds; all are of one element name.
fn collection<'a>(parent: &'a Element, item: &'static str) -> Result<&'a [Element], CsdlError> {
    match parent.children.as_slice() {
        [collection] if collection.name == "Collection" => {
            match collection.children.iter().find(|child| child.name != item) {
                Some(other) => Err(other.error(format!("<{item}> is expected"))),
                None => Ok(&collection.children),
            }
        }
        _ => Err(parent.error("one collection is expected")),
    }
}
