//! The entity container: where entities rest, and where references lead.

use std::collections::HashMap;

use super::error::CsdlError;
use super::loader::{Declaration, Loader, next_id};
use crate::edm::{
    EntitySet, Kind, Navigation, NavigationId, Restrictions, SetId, SetKind, TypeId, Version, Versions,
};
use crate::error::hint;

impl<'a> Loader<'a> {
    /// Finds the one entity container of all files.
    pub(super) fn find_container(&mut self, files: &[(&str, &str)]) -> Result<Declaration<'a>, CsdlError> {
        let containers: Vec<Declaration<'a>> = self.declarations("EntityContainer").collect();
        match containers.as_slice() {
            [container] => {
                let name = container.element.required("Name")?;
                self.container = format!("{}.{name}", container.schema.namespace);
                self.model.container = name.into();
                Ok(*container)
            }
            [_, second, ..] => Err(second.element.error("there is another entity container")),
            [] => Err(CsdlError {
                file: files.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
                element: "/".into(),
                reason: "no file declares the entity container".into(),
            }),
        }
    }

    /// Makes the sets, and sets for every navigation property where its targets rest.
    pub(super) fn read_sets(&mut self, container: Declaration<'a>, shown: &[&str]) -> Result<(), CsdlError> {
        let mut tops: Vec<(Declaration<'a>, SetId)> = Vec::new();
        for element in &container.element.children {
            let kind = match element.name.as_str() {
                "EntitySet" => SetKind::Collection,
                "Singleton" => SetKind::Singleton,
                _ => continue,
            };
            let at = Declaration { schema: container.schema, element };
            tops.push((at, self.read_top_level(at, kind, shown)?));
        }
        let mut index = 0;
        // Breadth first: every set that is added is visited in its turn.
        while index < self.model.sets.len() {
            self.add_contained(index)?;
            index += 1;
        }
        self.resolve_views()?;
        let paths: HashMap<Box<str>, SetId> =
            self.model.sets.iter().map(|set| (set.path.clone(), set.id)).collect();
        for (at, set) in tops {
            for element in at.element.named("NavigationPropertyBinding") {
                self.bind(Declaration { schema: at.schema, element }, set, &paths)?;
            }
        }
        self.check_bound()
    }

    fn read_top_level(
        &mut self,
        at: Declaration<'a>,
        kind: SetKind,
        shown: &[&str],
    ) -> Result<SetId, CsdlError> {
        let name = at.element.required("Name")?;
        let type_name =
            at.element.required(if kind == SetKind::Singleton { "Type" } else { "EntityType" })?;
        let Kind::Entity(entity_type) = self.resolve_type(at, type_name)? else {
            return Err(at.element.error(format!("{type_name} is not an entity type")));
        };
        if self.model.sets.iter().any(|set| set.name.eq_ignore_ascii_case(name)) {
            return Err(at.element.error("the container has another member of this name"));
        }
        let id = SetId(next_id(self.model.sets.len(), at.element)?);
        let restrictions = self.restrictions(at, entity_type)?;
        self.model.sets.push(EntitySet {
            id,
            path: name.into(),
            name: name.into(),
            entity_type,
            kind,
            parent: None,
            navigation: None,
            restrictions,
            versions: if shown.contains(&name) { Versions::BOTH } else { Versions::BETA },
            stored_in: id,
        });
        Ok(id)
    }

    /// Adds a set for each contained navigation property of a set's type and the types derived from it.
    fn add_contained(&mut self, index: usize) -> Result<(), CsdlError> {
        let parent = self.model.sets[index].clone();
        for id in self.navigations_from(parent.entity_type) {
            let navigation = &self.model.navigations[id.index()];
            if !navigation.contained || navigation.partner.is_some() || navigation.not_implemented {
                continue;
            }
            let element = self.navigations[id.index()].element;
            let path = format!("{}/{}", parent.path, navigation.name);
            if let Some(other) = navigation.set {
                let other = &self.model.set(other).path;
                return Err(element.error(format!("its entities would rest in both {other} and {path}")));
            }
            let set = SetId(next_id(self.model.sets.len(), element)?);
            let is_shown = navigation.versions.contains(Version::V1) && parent.versions.contains(Version::V1);
            let top_singleton = parent.navigation.is_none() && parent.kind == SetKind::Singleton;
            self.model.sets.push(EntitySet {
                id: set,
                path: path.into(),
                name: navigation.name.clone(),
                entity_type: navigation.target,
                kind: if navigation.collection { SetKind::Collection } else { SetKind::Singleton },
                parent: (!top_singleton).then_some(parent.id),
                navigation: Some(id),
                restrictions: navigation.restrictions.clone(),
                versions: if is_shown { Versions::BOTH } else { Versions::BETA },
                stored_in: set,
            });
            self.model.navigations[id.index()].set = Some(set);
        }
        Ok(())
    }

    /// Finds for each view the set that it shows.
    fn resolve_views(&mut self) -> Result<(), CsdlError> {
        for index in 0..self.model.navigations.len() {
            let navigation = &self.model.navigations[index];
            let (Some(name), element) = (&navigation.view_of, self.navigations[index].element) else {
                continue;
            };
            let beside = self.model.structured(navigation.declared_by).navigations.iter();
            let mut beside = beside.map(|id| self.model.navigation(*id));
            let Some(source) = beside.find(|other| other.name == *name) else {
                return Err(element.error(format!("there is no navigation property {name} beside it")));
            };
            let is_place = |of: &Navigation| of.contained && of.collection && of.partner.is_none();
            if !is_place(navigation) || !is_place(source) || source.view_of.is_some() {
                return Err(element.error("a view shows a contained collection that is no view, as one"));
            }
            let (Some(view), Some(source)) = (navigation.set, source.set) else { continue };
            self.model.check_view(view, source).map_err(|reason| element.error(reason))?;
            self.model.sets[view.index()].stored_in = source;
        }
        Ok(())
    }

    /// The navigation properties of a type, then those that the types derived from it add.
    fn navigations_from(&self, id: TypeId) -> Vec<NavigationId> {
        let declared = self.model.structured(id);
        let mut navigations = declared.navigations.clone();
        for derived in &self.model.structured(declared.root).hierarchy {
            if *derived != id && self.model.is_a(*derived, id) {
                let all = &self.model.structured(*derived).navigations;
                navigations.extend(all.iter().filter(|n| self.model.navigation(**n).declared_by == *derived));
            }
        }
        navigations
    }

    /// Reads a `NavigationPropertyBinding` of a top-level set.
    fn bind(
        &mut self,
        at: Declaration<'_>,
        top: SetId,
        paths: &HashMap<Box<str>, SetId>,
    ) -> Result<(), CsdlError> {
        let navigation = self.follow(at, self.model.set(top).entity_type)?;
        let target = at.element.required("Target")?;
        let Some(set) = paths.get(target).copied() else {
            let hint = hint(target, paths.keys().map(|path| &**path));
            return Err(at.element.error(format!("no entities rest in {target}{hint}")));
        };
        let declared = &mut self.model.navigations[navigation.index()];
        if declared.contained && declared.partner.is_none() {
            return Err(at.element.error(format!("{} contains its targets", declared.name)));
        }
        if declared.set.is_some_and(|other| other != set) {
            return Err(at.element.error(format!("{} is already bound to another set", declared.name)));
        }
        declared.set = Some(set);
        let (wanted, found) = (declared.target, self.model.set(set).entity_type);
        if self.model.is_a(found, wanted) {
            return Ok(());
        }
        let wanted = self.model.structured(wanted).qualified_name();
        Err(at.element.error(format!("the entities in {target} are no {wanted}")))
    }

    /// The navigation property at the end of a binding's path of navigation properties and type casts.
    fn follow(&self, at: Declaration<'_>, start: TypeId) -> Result<NavigationId, CsdlError> {
        let mut current = start;
        let mut last = None;
        for segment in at.element.required("Path")?.split('/') {
            if segment.contains('.') {
                current = match self.resolve_type(at, segment)? {
                    Kind::Entity(id) if self.model.is_a(id, current) => id,
                    _ => {
                        return Err(at
                            .element
                            .error(format!("{segment} does not derive from the type before it")));
                    }
                };
                last = None;
                continue;
            }
            let known =
                self.model.structured(current).navigations.iter().map(|id| self.model.navigation(*id));
            let Some(navigation) = known.clone().find(|navigation| &*navigation.name == segment) else {
                let name = self.model.structured(current).qualified_name();
                let hint = hint(segment, known.map(|navigation| &*navigation.name));
                return Err(at.element.error(format!("{name} has no navigation property {segment}{hint}")));
            };
            current = navigation.target;
            last = Some(navigation.id);
        }
        last.ok_or_else(|| at.element.error("the path does not end in a navigation property"))
    }

    /// Checks that every reference leads somewhere, unless it is not implemented.
    fn check_bound(&self) -> Result<(), CsdlError> {
        for (navigation, at) in self.model.navigations.iter().zip(&self.navigations) {
            let makes_a_set = navigation.contained && navigation.partner.is_none();
            if navigation.set.is_none() && !makes_a_set && !navigation.not_implemented {
                return Err(at.element.error("no NavigationPropertyBinding says where its targets rest"));
            }
            if navigation.not_implemented && has_any(&navigation.restrictions) {
                return Err(at.element.error("restrictions of what is not implemented"));
            }
        }
        Ok(())
    }
}

fn has_any(restrictions: &Restrictions) -> bool {
    let Restrictions { read, insert, update, delete, required_on_insert: _ } = restrictions;
    [read, insert, update, delete].into_iter().any(Option::is_some)
}
