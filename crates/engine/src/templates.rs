//! Templates for whole entities, made once each: most requests select nothing, and then the decision is always the same.

use std::sync::{Arc, OnceLock};

use odata::edm::{Model, PropertyId, TypeId, Version};
use odata::payload::{Format, MetadataLevel, Template};

/// The templates for whole entities, by type, version and metadata level.
pub(crate) struct Templates {
    whole: Vec<[OnceLock<Arc<Template>>; LEVELS * Version::ALL.len()]>,
}

/// The number of metadata levels.
const LEVELS: usize = 3;

impl Templates {
    /// A place for each template; each is made when it is first asked for.
    pub(crate) fn new(model: &Model) -> Templates {
        Templates { whole: model.types.iter().map(|_| Default::default()).collect() }
    }

    /// The template for entities of a type, showing what is selected (None: all).
    pub(crate) fn get(
        &self,
        model: &Model,
        declared: TypeId,
        version: Version,
        selected: Option<&[PropertyId]>,
        format: Format,
    ) -> Arc<Template> {
        let make = || Arc::new(Template::new(model, declared, version, selected, format));
        let level = match format.metadata {
            MetadataLevel::None => 0,
            MetadataLevel::Minimal => 1,
            MetadataLevel::Full => 2,
        };
        let place = version.index() * LEVELS + level;
        // Few clients ask for strings in place of numbers.
        let selected_or_rare = selected.is_some() || format.ieee754_compatible;
        match (selected_or_rare, self.whole.get(declared.index())) {
            (false, Some(places)) => Arc::clone(places[place].get_or_init(make)),
            _ => make(),
        }
    }
}
