//! The two shapes of some properties of deployment profiles, an older and a newer one: a client that sends one of them
//! changes both. A client that creates a profile with both is taken at its word; of a change with both, the one counts that
//! differs from what is stored.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::TypeId;
use odata::{Json, Record, Value};

use crate::autopilot::sets::PROFILE;
use crate::property_pair::deciding_property;

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
        for pair in self.pairs {
            match pair.map(|property| profile.get(property.slot).is_some()) {
                [true, false] => self.copy(context, profile, pair, 0),
                [false, true] => self.copy(context, profile, pair, 1),
                _ => {}
            }
        }
    }

    /// Changes the other shape of what a request changes: of two that it sends, the one that differs from what is stored.
    pub(super) fn follow(
        &self,
        context: &Context<'_>,
        before: &Record,
        after: &mut Record,
    ) -> Result<(), Error> {
        let sent = Json::parse(&context.call.body).ok();
        let is_named = |name: &str| match &sent {
            Some(Json::Object(members)) => members.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)),
            _ => false,
        };
        for pair in self.pairs {
            let named = pair.map(|property| is_named(property.name));
            if let [Some(Value::Complex(older)), Some(Value::Complex(newer))] =
                pair.map(|property| after.get(property.slot))
                && named == [true, true]
            {
                let before = pair.map(|property| before.get(property.slot));
                let [older, newer] = self.settings_in_agreement(pair, before, [older, newer])?;
                after.set(pair[0].slot, older);
                after.set(pair[1].slot, newer);
                continue;
            }
            let values = pair.map(|property| plain(after.get(property.slot)));
            let differs =
                pair.map(|property| plain(before.get(property.slot)) != plain(after.get(property.slot)));
            let is_equal = values[0] == values[1];
            if let Some(from) =
                deciding_property(pair.map(|property| property.name), differs, named, is_equal)?
            {
                self.copy(context, after, pair, from);
            }
        }
        Ok(())
    }

    /// Both shapes of the settings of the first sign-in, of which a request sends both.
    fn settings_in_agreement(
        &self,
        pair: [ShapeProperty; 2],
        before: [Option<&Value>; 2],
        after: [&Record; 2],
    ) -> Result<[Value; 2], Error> {
        let stored = |shape: usize, slot: u16| match before[shape] {
            Some(Value::Complex(settings)) => settings.get(slot).cloned(),
            _ => None,
        };
        let mut agreed = [after[0].clone(), after[1].clone()];
        for (slots, names) in self.settings.into_iter().zip(SETTINGS) {
            let value = |shape: usize| agreed[shape].get(slots[shape]).cloned();
            let is_nothing =
                |value: &Option<Value>| matches!(value, None | Some(Value::Boolean(false) | Value::Enum(0)));
            let differs = [0, 1].map(|shape| {
                let (before, after) = (stored(shape, slots[shape]), value(shape));
                before != after && !(is_nothing(&before) && is_nothing(&after))
            });
            let paths = [0, 1].map(|shape| format!("{}/{}", pair[shape].name, names[shape]));
            let is_equal = value(0) == value(1);
            let from =
                deciding_property(paths.each_ref().map(String::as_str), differs, [false; 2], is_equal)?;
            if let Some((from, value)) = from.and_then(|from| Some((from, value(from)?))) {
                agreed[1 - from].set(slots[1 - from], value);
            }
        }
        Ok(agreed.map(|settings| Value::Complex(Box::new(settings))))
    }

    /// Copies one property of a pair to the other.
    fn copy(&self, context: &Context<'_>, profile: &mut Record, pair: [ShapeProperty; 2], from: usize) {
        let other = pair[1 - from];
        let value = match profile.get(pair[from].slot).cloned().unwrap_or(Value::Null) {
            Value::Complex(settings) => self.translated(context, &settings, from),
            Value::Null if !other.is_nullable => Value::Boolean(false),
            value => value,
        };
        profile.set(other.slot, value);
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

/// A value as it is compared: where the newer shape of a Boolean is null, the older is false.
fn plain(value: Option<&Value>) -> &Value {
    match value {
        Some(Value::Boolean(false)) | None => &Value::Null,
        Some(value) => value,
    }
}
