//! Every path through the model: from what stands at the top along navigation properties, none of them twice.

use serde_json::Value as JsonValue;

use super::trail::Trail;
use super::view::View;
use super::{operations, properties, protocol};
use crate::edm::{Kind, Navigation, NavigationId, SetKind, TypeId};
use crate::payload::json::JsonObject;

/// The path items of a version, in the order of the model.
pub(super) fn of(view: View<'_>) -> JsonObject {
    let mut paths = PathItems { view, items: protocol::paths(view) };
    for set in view.model.sets.iter().filter(|set| set.navigation.is_none()) {
        if set.versions.contains(view.version) {
            let trail = Trail {
                template: format!("/{}/{}", view.version.segment(), set.name),
                words: vec![&set.name],
                parameters: Vec::new(),
                entered: Vec::new(),
                restrictions: &set.restrictions,
                is_implemented: true,
                may_lead_nowhere: false,
            };
            match set.kind {
                SetKind::Collection => paths.collection(&trail, set.entity_type),
                SetKind::Singleton => paths.entity(&trail, set.entity_type),
            }
        }
    }
    paths.items
}

struct PathItems<'m> {
    view: View<'m>,
    items: JsonObject,
}

impl<'m> PathItems<'m> {
    fn collection(&mut self, trail: &Trail<'m>, of: TypeId) {
        self.add(&trail.template, operations::of_collection(self.view, trail, of));
        if trail.is_implemented {
            self.add(&format!("{}/$count", trail.template), operations::of_count(self.view, trail, of));
        }
        self.operations(trail, of, true);
        self.entity(&trail.keyed(self.view.model.structured(of)), of);
    }

    /// A collection that is picked out of another: all that can be done with its entities is told where they rest. Told here
    /// as well it would be without end to a reader where two collections lead to each other.
    fn derived_collection(&mut self, trail: &Trail<'m>, of: TypeId) {
        self.add(&trail.template, operations::of_collection(self.view, trail, of));
        self.add(&format!("{}/$count", trail.template), operations::of_count(self.view, trail, of));
        let keyed = trail.keyed(self.view.model.structured(of));
        self.add(&keyed.template, operations::of_entity(self.view, &keyed, of));
    }

    fn entity(&mut self, trail: &Trail<'m>, of: TypeId) {
        self.add(&trail.template, operations::of_entity(self.view, trail, of));
        self.operations(trail, of, false);
        for (template, item) in properties::of(self.view, trail, of) {
            self.add(&template, item);
        }
        for navigation in self.navigations(of) {
            if !trail.entered.contains(&navigation.id) {
                let next = trail.along(self.view, of, navigation);
                let references =
                    properties::of_references(self.view, &next, navigation.target, navigation.collection);
                self.add(&format!("{}/$ref", next.template), references);
                match navigation.collection {
                    true if navigation.derived => self.derived_collection(&next, navigation.target),
                    true => self.collection(&next, navigation.target),
                    false => self.entity(&next, navigation.target),
                }
            }
        }
    }

    fn operations(&mut self, trail: &Trail<'m>, of: TypeId, collection: bool) {
        let view = self.view;
        let bound = view.model.operations.iter().filter(|operation| {
            let Kind::Entity(expected) = operation.binding.kind else { return false };
            operation.versions.contains(view.version)
                && operation.binding.collection == collection
                && view.model.is_a(of, expected)
        });
        for operation in bound {
            let called = trail.called(view, operation);
            let item = operations::of_call(view, &called, operation);
            self.add(&called.template, item);
        }
    }

    /// The navigation properties of a type and of those derived from it, each once.
    fn navigations(&self, of: TypeId) -> Vec<&'m Navigation> {
        let mut ids: Vec<NavigationId> = Vec::new();
        for id in self.view.family(of).flat_map(|member| &member.navigations) {
            if !ids.contains(id) {
                ids.push(*id);
            }
        }
        let navigations = ids.into_iter().map(|id| self.view.model.navigation(id));
        navigations.filter(|navigation| navigation.versions.contains(self.view.version)).collect()
    }

    /// Adds to what the path has already: an action and a function may share a name.
    fn add(&mut self, template: &str, item: JsonObject) {
        match self.items.get_mut(template) {
            Some(JsonValue::Object(known)) => known.extend(item),
            _ if item.is_empty() => {}
            _ => {
                self.items.insert(template.to_owned(), item.into());
            }
        }
    }
}
