//! Views: a set that shows the entities of another as its own.

use super::{Model, PropertyId, SetId};

impl Model {
    /// Whether a set can show the entities of another: the types of both have the same properties in the same slots. They
    /// may differ in what may be null.
    pub(crate) fn check_view(&self, view: SetId, source: SetId) -> Result<(), String> {
        let [view, source] = [view, source].map(|set| self.structured(self.set(set).entity_type));
        let differ = |what: &str| {
            let (view, source) = (view.qualified_name(), source.qualified_name());
            Err(format!("{view} shows what is a {source}, but differs from it in {what}"))
        };
        if [view, source].iter().any(|of| !of.navigations.is_empty() || of.hierarchy.len() != 1) {
            return differ("navigation properties or derived types, which neither may have");
        }
        if view.properties.len() != source.properties.len() || view.slots != source.slots {
            return differ("the number of properties");
        }
        for (one, other) in view.properties.iter().zip(&source.properties) {
            if self.resting(*one) != self.resting(*other) {
                return differ(&format!("'{}'", self.property(*one).name));
            }
        }
        Ok(())
    }

    /// All that decides how a property rests.
    fn resting(&self, id: PropertyId) -> impl PartialEq + use<'_> {
        let property = self.property(id);
        let type_ref = (property.type_ref.kind, property.type_ref.collection);
        let columns = (property.indexed, property.looked_up, property.caseless, property.unique);
        (&property.name, property.slot, type_ref, property.secret, columns)
    }
}
