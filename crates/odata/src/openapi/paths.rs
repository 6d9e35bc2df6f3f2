//! Every path through the model: from what stands at the top along navigation properties, none of them twice.

use serde_json::Value;

use super::{Object, View, operations, parameters, properties, protocol};
use crate::edm::{
    Kind, Navigation, NavigationId, Operation, OperationKind, Property, Restrictions, SetKind,
    StructuredType, TypeId,
};

/// The path items of a version, in the order of the model.
pub(super) fn of(view: View<'_>) -> Object {
    let mut walk = Walk { view, items: protocol::paths(view) };
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
                SetKind::Collection => walk.collection(&trail, set.entity_type),
                SetKind::Singleton => walk.entity(&trail, set.entity_type),
            }
        }
    }
    walk.items
}

/// A path so far.
#[derive(Clone)]
pub(super) struct Trail<'m> {
    /// As it stands in the document.
    pub(super) template: String,
    /// Its names without keys, for the names of operations.
    pub(super) words: Vec<&'m str>,
    /// The keys and arguments in it.
    pub(super) parameters: Vec<Value>,
    /// The navigation properties that it leads along.
    entered: Vec<NavigationId>,
    /// What may be done at its end.
    pub(super) restrictions: &'m Restrictions,
    /// Whether anything is behind it.
    pub(super) is_implemented: bool,
    /// Whether it ends in a reference that may be null.
    pub(super) may_lead_nowhere: bool,
}

impl<'m> Trail<'m> {
    /// On to the entity of a key.
    fn keyed(&self, of: &'m StructuredType) -> Trail<'m> {
        let mut next = self.clone();
        let taken = self.parameters.len();
        let name = if taken == 0 { format!("{}-id", of.name) } else { format!("{}-id{taken}", of.name) };
        next.template += &format!("/{{{name}}}");
        next.parameters.push(parameters::key(&name, of));
        next.may_lead_nowhere = false;
        next
    }

    /// On along a navigation property, with a cast if only a derived type has it.
    fn along(&self, view: View<'m>, from: TypeId, navigation: &'m Navigation) -> Trail<'m> {
        let mut next = self.clone();
        if !view.model.is_a(from, navigation.declared_by) {
            next.template += &format!("/{}", view.model.structured(navigation.declared_by).qualified_name());
        }
        next.template += &format!("/{}", navigation.name);
        next.words.push(&navigation.name);
        next.entered.push(navigation.id);
        next.restrictions = &navigation.restrictions;
        // A reference leads out of what is not implemented if its targets rest in a set of their own.
        let leads_out = !navigation.contained && navigation.set.is_some();
        next.is_implemented = !navigation.not_implemented && (self.is_implemented || leads_out);
        next.may_lead_nowhere = navigation.slot.is_some();
        next
    }

    /// On to a complex value.
    pub(super) fn to_property(&self, property: &'m Property) -> Trail<'m> {
        let mut next = self.clone();
        next.template += &format!("/{}", property.name);
        next.words.push(&property.name);
        next
    }

    /// The last of its names.
    pub(super) fn last(&self) -> &'m str {
        self.words.last().copied().unwrap_or_default()
    }

    /// On to the call of an operation.
    fn called(&self, view: View<'m>, operation: &'m Operation) -> Trail<'m> {
        let mut next = self.clone();
        let name = match &*operation.namespace {
            "microsoft.graph" => operation.name.to_string(),
            namespace => format!("{namespace}.{}", operation.name),
        };
        next.template += &format!("/{name}");
        next.words.push(&operation.name);
        next.is_implemented &= !operation.not_implemented;
        let shown = operation.parameters.iter().filter(|given| given.versions.contains(view.version));
        if operation.kind == OperationKind::Function && !operation.parameters.is_empty() {
            let mut arguments = Vec::new();
            for given in shown {
                let is_text = given.type_ref.kind == Kind::Primitive(crate::edm::Primitive::String);
                let quote = if is_text && !given.type_ref.collection { "'" } else { "" };
                arguments.push(format!("{0}={quote}{{{0}}}{quote}", given.name));
                next.parameters.push(parameters::argument(view, given));
            }
            next.template += &format!("({})", arguments.join(","));
        }
        next
    }
}

struct Walk<'m> {
    view: View<'m>,
    items: Object,
}

impl<'m> Walk<'m> {
    fn collection(&mut self, trail: &Trail<'m>, of: TypeId) {
        self.add(&trail.template, operations::of_collection(self.view, trail, of));
        if trail.is_implemented {
            self.add(&format!("{}/$count", trail.template), operations::of_count(self.view, trail, of));
        }
        self.operations(trail, of, true);
        self.entity(&trail.keyed(self.view.model.structured(of)), of);
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
    fn add(&mut self, template: &str, item: Object) {
        match self.items.get_mut(template) {
            Some(Value::Object(known)) => known.extend(item),
            _ if item.is_empty() => {}
            _ => {
                self.items.insert(template.to_owned(), item.into());
            }
        }
    }
}
