//! What a registration says of its directory object: each property of the one, told by properties of the other.

use engine::handlers::{Names, StartError};
use engine::{ProjectedValue, Projection, is_filled};
use odata::Value;
use odata::query::{Expression, Function, Path};

use super::physical_id::PhysicalId;
use super::sets::{DEVICE, DEVICES};
use crate::autopilot::sets;

/// The type of a registration.
pub(super) const REGISTRATION: &str = sets::DEVICE;
/// Both names that a registration has for the object's `deviceId`, the older first.
pub(super) const REGISTRATION_DEVICE_IDS: [&str; 2] = ["azureActiveDirectoryDeviceId", "azureAdDeviceId"];

/// The objects as projections of their registrations: each property told by the registration's.
pub(super) fn projection(names: &Names<'_>) -> Result<Projection, StartError> {
    let path = |name| names.path(REGISTRATION, name);
    let slot = |name| names.slot(DEVICE, name);
    let constant = |value| ProjectedValue::Single(Expression::Literal(value));
    let text = |text: &str| constant(Value::String(text.into()));
    let filled = |paths: Vec<Path>| {
        let pair = |path: Path| (is_filled(&path), Expression::Path(path));
        ProjectedValue::Single(Expression::Case(paths.into_iter().map(pair).collect()))
    };
    let id = names.id_of(names.structured(REGISTRATION)?)?;
    let (group_tag, order) = (path("groupTag")?, path("purchaseOrderIdentifier")?);
    let physical_ids = vec![
        (Expression::Literal(Value::Boolean(true)), physical_id(PhysicalId::Registration, id)),
        (is_filled(&group_tag), physical_id(PhysicalId::GroupTag, group_tag)),
        (is_filled(&order), physical_id(PhysicalId::PurchaseOrder, order)),
    ];
    let mark = path("registrationDateTime")?;
    let registered_at = || ProjectedValue::Single(Expression::Path(mark.clone()));
    let values = vec![
        (slot("accountEnabled")?, constant(Value::Boolean(false))),
        (slot("createdDateTime")?, registered_at()),
        (slot("deviceId")?, filled(vec![path(REGISTRATION_DEVICE_IDS[0])?])),
        (slot("displayName")?, filled(vec![path("displayName")?, path("serialNumber")?])),
        (slot("manufacturer")?, filled(vec![path("manufacturer")?])),
        (slot("model")?, filled(vec![path("model")?])),
        (slot("operatingSystem")?, text("Windows")),
        (slot("physicalIds")?, ProjectedValue::Items(physical_ids)),
        (slot("profileType")?, text("RegisteredDevice")),
        (slot("registrationDateTime")?, registered_at()),
        (slot("trustType")?, text("AzureAd")),
    ];
    Projection::new(names, [names.whole_path(DEVICES)?, names.set(sets::DEVICES)?], mark, values)
}

/// The physical id of a kind that has a text of the registration in it.
fn physical_id(kind: PhysicalId, content: Path) -> Expression {
    let prefix = Expression::Literal(Value::String(kind.text("").into()));
    Expression::Call(Function::Concat, vec![prefix, Expression::Path(content)])
}
