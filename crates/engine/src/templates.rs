//! Templates for whole entities, made once each: most requests select nothing, and then the decision is always the same.

use std::sync::{Arc, OnceLock};

use odata::edm::{Model, PropertyId, TypeId, Version};
use odata::payload::{Format, MetadataLevel, Template};

/// One place for each type, version and level.
pub(crate) struct Templates {
    whole: Vec<[OnceLock<Arc<Template>>; PLACES]>,
}

const LEVELS: [MetadataLevel; 3] = [MetadataLevel::None, MetadataLevel::Minimal, MetadataLevel::Full];
const PLACES: usize = LEVELS.len() * Version::ALL.len();

impl Templates {
    /// Nothing made yet.
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
        let at = |found: Option<usize>| found.unwrap_or_default();
        let place = at(LEVELS.iter().position(|known| *known == format.metadata)) * Version::ALL.len()
            + at(Version::ALL.iter().position(|known| *known == version));
        // Few clients ask for strings in place of numbers.
        let selected_or_rare = selected.is_some() || format.ieee754_compatible;
        match (selected_or_rare, self.whole.get(declared.index())) {
            (false, Some(places)) => Arc::clone(places[place].get_or_init(make)),
            _ => make(),
        }
    }
}
