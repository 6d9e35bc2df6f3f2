//! The registrations of devices that passwords belong to, as another tenant tells of them.

use serde_json::{Map, Value};

use super::source::DEVICES_PATH;

/// The properties that a registration here takes over. What the other tenant alone decides, such as a profile, is not among
/// them.
const COPIED: [&str; 9] = [
    "serialNumber",
    "manufacturer",
    "model",
    "systemFamily",
    "skuNumber",
    "groupTag",
    "displayName",
    "productKey",
    "purchaseOrderIdentifier",
];

/// The registration of a device of another tenant.
pub struct CopiedRegistration {
    /// Its id there.
    pub id: String,
    /// Its serial number.
    pub serial_number: String,
    /// What registers it here.
    body: Map<String, Value>,
}

impl CopiedRegistration {
    /// The path that registers devices.
    pub const PATH: &'static str = DEVICES_PATH;

    /// The device that an item of a page is; none without an id and a serial number.
    pub fn read(item: &Value) -> Option<CopiedRegistration> {
        let text = |name: &str| item[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let copied = COPIED.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?.into())));
        Some(CopiedRegistration {
            id: text("id")?,
            serial_number: text("serialNumber")?,
            body: copied.collect(),
        })
    }

    /// The body that registers it.
    pub fn body(&self) -> String {
        Value::Object(self.body.clone()).to_string()
    }
}
