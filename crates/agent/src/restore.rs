//! Gives attributes their old values back, after something could not be had.

use crate::attribute::Attributes;
use crate::firmware::Firmware;
use crate::step::ApplyStep;

/// How often old values are written back before they are given up.
const ROUNDS_MAX: usize = 3;

/// A name, and the value that it had.
type OldValue = (String, String);

/// Writes old values back, in this order, and then what these writes forced on others; the names of those that could not be
/// given their old values.
pub(crate) fn restore(
    firmware: &mut dyn Firmware,
    reached: &mut dyn FnMut(ApplyStep<'_>),
    mut left: Vec<OldValue>,
    is_bulk: bool,
    remembered: &Attributes,
) -> Vec<String> {
    for _ in 0..ROUNDS_MAX {
        if left.is_empty() {
            break;
        }
        left = round(firmware, reached, left, is_bulk, remembered);
    }
    left.into_iter().map(|(name, _)| name).collect()
}

/// Writes values back once; what is still to be written back afterwards.
fn round(
    firmware: &mut dyn Firmware,
    reached: &mut dyn FnMut(ApplyStep<'_>),
    values: Vec<OldValue>,
    is_bulk: bool,
    remembered: &Attributes,
) -> Vec<OldValue> {
    let mut left: Vec<OldValue> = Vec::new();
    for (name, value) in &values {
        reached(ApplyStep::Restore(name));
        if firmware.write(name, value).is_err() {
            left.push((name.clone(), value.clone()));
        }
    }
    if is_bulk {
        reached(ApplyStep::Save);
        if firmware.save().is_err() {
            return values;
        }
    }
    reached(ApplyStep::CheckRestored);
    let Ok(now) = firmware.attributes() else { return values };
    for (name, attribute) in &remembered.0 {
        let may_differ = !attribute.forces.is_empty() || values.iter().any(|(written, _)| written == name);
        let is_old = now.value(name).is_some_and(|value| attribute.is_same(value, &attribute.current));
        if may_differ && !is_old && !left.iter().any(|(known, _)| known == name) {
            left.push((name.clone(), attribute.current.clone()));
        }
    }
    left
}
