//! Inheritance: what each type gets from its bases, which types share a record layout, and the slots of it.

use super::error::CsdlError;
use super::loader::{Declaration, Loader, next_id};
use crate::edm::{Kind, NavigationId, Primitive, PropertyId, Structure, TypeId};
use crate::error::hint;

/// The common base of nearly all entity types: it carries the key, and is nobody's place to rest.
const ENTITY: &str = "microsoft.graph.entity";

/// The one key property.
const KEY: &str = "id";

impl Loader<'_> {
    /// Completes the types once all of them have been read.
    pub(super) fn resolve_hierarchies(&mut self) -> Result<(), CsdlError> {
        for id in self.bases_first()? {
            self.inherit(id)?;
            self.check_key(id)?;
        }
        self.collect_hierarchies();
        for index in 0..self.types.len() {
            self.assign_slots(index)?;
        }
        for index in 0..self.navigations.len() {
            self.resolve_partner(index)?;
        }
        Ok(())
    }

    /// Sorts the types, each after its base.
    fn bases_first(&self) -> Result<Vec<TypeId>, CsdlError> {
        let mut by_depth = Vec::with_capacity(self.types.len());
        for (declared, at) in self.model.types.iter().zip(&self.types) {
            let mut depth = 0;
            let mut base = declared.base;
            while let Some(id) = base {
                depth += 1;
                if depth > self.types.len() {
                    return Err(at.element.error("the type derives from itself"));
                }
                base = self.model.structured(id).base;
            }
            by_depth.push((depth, declared.id));
        }
        by_depth.sort();
        Ok(by_depth.into_iter().map(|(_, id)| id).collect())
    }

    /// Puts what the base has in front of what the type declares itself.
    fn inherit(&mut self, id: TypeId) -> Result<(), CsdlError> {
        let declared = self.model.structured(id);
        let (mut properties, mut navigations, mut root) = (Vec::new(), Vec::new(), id);
        if let Some(base) = declared.base {
            let base = self.model.structured(base);
            properties.extend_from_slice(&base.properties);
            navigations.extend_from_slice(&base.navigations);
            if base.qualified_name() != ENTITY {
                root = base.root;
            }
        }
        properties.extend_from_slice(&declared.properties);
        navigations.extend_from_slice(&declared.navigations);
        self.check_member_names(&properties, &navigations)?;
        if let Some(declared) = self.model.types.get_mut(id.index()) {
            declared.properties = properties;
            declared.navigations = navigations;
            declared.root = root;
        }
        Ok(())
    }

    /// Checks that the members of a type differ in more than case, because callers vary the case.
    fn check_member_names(
        &self,
        properties: &[PropertyId],
        navigations: &[NavigationId],
    ) -> Result<(), CsdlError> {
        let properties =
            properties.iter().map(|id| (&self.model.property(*id).name, self.properties[id.index()]));
        let navigations =
            navigations.iter().map(|id| (&self.model.navigation(*id).name, self.navigations[id.index()]));
        let mut members: Vec<(String, Declaration<'_>)> = properties
            .chain(navigations)
            .map(|(name, declaration)| (name.to_ascii_lowercase(), declaration))
            .collect();
        // Stable, so that of two with one name the later declared is second.
        members.sort_by(|left, right| left.0.cmp(&right.0));
        for pair in members.windows(2) {
            if let [(left, _), (right, second)] = pair
                && left == right
            {
                return Err(second.element.error("the type has another member of this name"));
            }
        }
        Ok(())
    }

    /// Checks that an entity type has, or inherits, the key `id` and no other.
    fn check_key(&self, id: TypeId) -> Result<(), CsdlError> {
        let declared = self.model.structured(id);
        let element = self.types[id.index()].element;
        if declared.structure == Structure::Complex {
            return Ok(());
        }
        let keys: Vec<_> = element.named("Key").collect();
        let (key, base) = match (keys.as_slice(), declared.base) {
            ([], Some(_)) => return Ok(()),
            ([], None) => return Err(element.error("an entity type has a key, or a base type that has one")),
            ([key], None) => (key, declared),
            ([key, ..], _) => return Err(key.error("the key is declared twice")),
        };
        let references: Vec<_> = key.named("PropertyRef").filter_map(|r| r.attribute("Name")).collect();
        if references != [KEY] {
            return Err(key.error(format!("a key is the one property {KEY}, not {references:?}")));
        }
        let property = base.properties.iter().map(|id| self.model.property(*id)).find(|p| &*p.name == KEY);
        let is_key = property.is_some_and(|property| {
            let type_ref = property.type_ref;
            type_ref.kind == Kind::Primitive(Primitive::String) && !type_ref.collection && !type_ref.nullable
        });
        if !is_key {
            return Err(
                key.error(format!("{KEY} is not a property of type Edm.String with Nullable=\"false\""))
            );
        }
        if declared.qualified_name() == ENTITY && declared.properties.len() + declared.navigations.len() > 1 {
            return Err(element.error(format!("{ENTITY} has no member but {KEY}")));
        }
        Ok(())
    }

    /// Lists on each root the types of its hierarchy: itself, then the others as they are declared.
    fn collect_hierarchies(&mut self) {
        let roots: Vec<(TypeId, TypeId)> = self.model.types.iter().map(|each| (each.id, each.root)).collect();
        let (mains, others): (Vec<_>, Vec<_>) = roots.into_iter().partition(|(id, root)| id == root);
        for (id, root) in mains.into_iter().chain(others) {
            if let Some(root) = self.model.types.get_mut(root.index()) {
                root.hierarchy.push(id);
            }
        }
    }

    /// Numbers the slots of a hierarchy, once, at its root: the key, other properties, then references.
    fn assign_slots(&mut self, index: usize) -> Result<(), CsdlError> {
        let at = self.types[index].element;
        let has_key = self.model.types[index].structure == Structure::Entity;
        let hierarchy = self.model.types[index].hierarchy.clone();
        let mut next = u16::from(has_key);
        for id in &hierarchy {
            for property in &self.model.types[id.index()].properties {
                let property = &mut self.model.properties[property.index()];
                if property.declared_by == *id && !(has_key && &*property.name == KEY) {
                    property.slot = next;
                    next = next_id(usize::from(next) + 1, at)?;
                }
            }
        }
        for id in &hierarchy {
            for navigation in &self.model.types[id.index()].navigations {
                let navigation = &mut self.model.navigations[navigation.index()];
                if navigation.declared_by == *id && !navigation.collection && !navigation.contained {
                    navigation.slot = Some(next);
                    next = next_id(usize::from(next) + 1, at)?;
                }
            }
        }
        for id in hierarchy {
            self.model.types[id.index()].slots = next;
        }
        Ok(())
    }

    /// Resolves the `Partner` of a collection: the single-valued reference of the target type that it is the inverse
    /// of.
    fn resolve_partner(&mut self, index: usize) -> Result<(), CsdlError> {
        let navigation = &self.model.navigations[index];
        let element = self.navigations[index].element;
        let Some(name) = element.attribute("Partner") else { return Ok(()) };
        let candidates = &self.model.structured(navigation.target).navigations;
        let candidates = candidates.iter().map(|id| self.model.navigation(*id));
        let Some(partner) = candidates.clone().find(|candidate| &*candidate.name == name) else {
            let hint = hint(name, candidates.map(|candidate| &*candidate.name));
            return Err(element.error(format!("the target type has no navigation property {name}{hint}")));
        };
        if !navigation.collection || partner.slot.is_none() {
            return Err(element.error("a partner is the single-valued reference that a collection inverts"));
        }
        if !self.model.is_a(navigation.declared_by, partner.target) {
            return Err(element.error(format!("{name} does not lead back to this type")));
        }
        let partner = partner.id;
        self.model.navigations[index].partner = Some(partner);
        Ok(())
    }
}
