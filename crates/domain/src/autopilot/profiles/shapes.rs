//! The two shapes of some properties of deployment profiles, an older and a newer one: a client that sends one of them
//! changes both. A client that sends both is taken at its word.

use engine::Context;
use engine::handlers::{Names, StartError};
use odata::edm::TypeId;
use odata::{Json, Record, Value};

use crate::autopilot::sets::PROFILE;

/// The older shape's name, and the newer one's.
const PAIRS: [[&str; 2]; 4] = [
    ["enableWhiteGlove", "preprovisioningAllowed"],
    ["extractHardwareHash", "hardwareHashExtractionEnabled"],
    ["language", "locale"],
    ["outOfBoxExperienceSettings", "outOfBoxExperienceSetting"],
];

/// The types of the settings of the first sign-in, in either shape, and the names of their properties.
const SETTINGS_TYPES: [&str; 2] = ["outOfBoxExperienceSettings", "outOfBoxExperienceSetting"];
const SETTINGS: [[&str; 2]; 6] = [
    ["deviceUsageType", "deviceUsageType"],
    ["hideEscapeLink", "escapeLinkHidden"],
    ["hideEULA", "eulaHidden"],
    ["hidePrivacySettings", "privacySettingsHidden"],
    ["skipKeyboardSelectionPage", "keyboardSelectionPageSkipped"],
    ["userType", "userType"],
];

/// The pairs of properties of which each says the same as the other.
pub(super) struct ProfileShapes {
    pairs: [[ShapeProperty; 2]; 4],
    settings_types: [TypeId; 2],
    settings: [[u16; 2]; 6],
}

/// A property of a pair.
#[derive(Clone, Copy, Default)]
struct ShapeProperty {
    name: &'static str,
    slot: u16,
    is_nullable: bool,
}

impl ProfileShapes {
    pub(super) fn new(names: &Names<'_>) -> Result<ProfileShapes, StartError> {
        let mut pairs = [[ShapeProperty::default(); 2]; PAIRS.len()];
        let mut settings = [[0; 2]; SETTINGS.len()];
        for shape in 0..2 {
            for (pair, known) in pairs.iter_mut().zip(PAIRS) {
                let (name, slot) = (known[shape], names.slot(PROFILE, known[shape])?);
                pair[shape] =
                    ShapeProperty { name, slot, is_nullable: names.path(PROFILE, name)?.type_ref.nullable };
            }
            for (slots, known) in settings.iter_mut().zip(SETTINGS) {
                slots[shape] = names.slot(SETTINGS_TYPES[shape], known[shape])?;
            }
        }
        let [older, newer] = SETTINGS_TYPES;
        let settings_types = [names.structured(older)?, names.structured(newer)?];
        Ok(ProfileShapes { pairs, settings_types, settings })
    }

    /// Completes a new profile: what is in one shape only is in the other too.
    pub(super) fn complete(&self, context: &Context<'_>, profile: &mut Record) {
        self.agree(context, profile, |profile, property| profile.get(property.slot).is_some());
    }

    /// Changes the other shape of what a request changes.
    pub(super) fn follow(&self, context: &Context<'_>, before: &Record, after: &mut Record) {
        let sent = Json::parse(&context.call.body).ok();
        let is_named = |name: &str| match &sent {
            Some(Json::Object(members)) => members.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)),
            _ => false,
        };
        self.agree(context, after, |after, property| {
            before.get(property.slot) != after.get(property.slot) || is_named(property.name)
        });
    }

    fn agree(
        &self,
        context: &Context<'_>,
        profile: &mut Record,
        is_given: impl Fn(&Record, ShapeProperty) -> bool,
    ) {
        for pair in self.pairs {
            let [older, newer] = pair;
            let from = match (is_given(profile, older), is_given(profile, newer)) {
                (true, false) => 0,
                (false, true) => 1,
                _ => continue,
            };
            let value = profile.get(pair[from].slot).cloned().unwrap_or(Value::Null);
            let other = pair[1 - from];
            let value = match value {
                Value::Complex(settings) => self.translated(context, &settings, from),
                Value::Null if !other.is_nullable => Value::Boolean(false),
                value => value,
            };
            profile.set(other.slot, value);
        }
    }

    /// The settings of the first sign-in in the other shape.
    fn translated(&self, context: &Context<'_>, settings: &Record, from: usize) -> Value {
        let of_type = self.settings_types[1 - from];
        let mut translated = Record::empty(of_type, context.model().structured(of_type).slots);
        for slots in self.settings {
            if let Some(value) = settings.get(slots[from]) {
                translated.set(slots[1 - from], value.clone());
            }
        }
        Value::Complex(Box::new(translated))
    }
}
