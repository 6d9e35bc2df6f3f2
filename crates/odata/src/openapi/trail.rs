//! The trail of a path through the model: where it leads, and what is in it so far.

use serde_json::Value as JsonValue;

use super::parameters;
use super::view::View;
use crate::edm::{
    Kind, Navigation, NavigationId, Operation, OperationKind, Primitive, Property, Restrictions,
    StructuredType, TypeId,
};

/// A path through the model so far.
#[derive(Clone)]
pub(super) struct Trail<'m> {
    /// The path as it stands in the document.
    pub(super) template: String,
    /// The names in it without keys, for the names of operations.
    pub(super) words: Vec<&'m str>,
    /// The keys and arguments in it.
    pub(super) parameters: Vec<JsonValue>,
    /// The navigation properties that it leads along.
    pub(super) entered: Vec<NavigationId>,
    /// The restrictions: what may be done at its end.
    pub(super) restrictions: &'m Restrictions,
    /// Whether anything is behind it.
    pub(super) is_implemented: bool,
    /// Whether it ends in a reference that may be null.
    pub(super) may_lead_nowhere: bool,
}

impl<'m> Trail<'m> {
    /// The trail on to the entity of a key.
    pub(super) fn keyed(&self, of: &'m StructuredType) -> Trail<'m> {
        let mut next = self.clone();
        let taken = self.parameters.len();
        let name = if taken == 0 { format!("{}-id", of.name) } else { format!("{}-id{taken}", of.name) };
        next.template += &format!("/{{{name}}}");
        next.parameters.push(parameters::key(&name, of));
        next.may_lead_nowhere = false;
        next
    }

    /// The trail on along a navigation property, with a cast if only a derived type has it.
    pub(super) fn along(&self, view: View<'m>, from: TypeId, navigation: &'m Navigation) -> Trail<'m> {
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

    /// The trail on to a complex value.
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

    /// The trail on to the call of an operation.
    pub(super) fn called(&self, view: View<'m>, operation: &'m Operation) -> Trail<'m> {
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
                let is_text = given.type_ref.kind == Kind::Primitive(Primitive::String);
                let quote = if is_text && !given.type_ref.collection { "'" } else { "" };
                arguments.push(format!("{0}={quote}{{{0}}}{quote}", given.name));
                next.parameters.push(parameters::argument(view, given));
            }
            next.template += &format!("({})", arguments.join(","));
        }
        next
    }
}
