//! Where the properties are that a registration fills.

use crate::autopilot::device_identities::TYPE as DEVICE;

engine::slots! {
    /// The properties of an identity that an import fills.
    pub(super) struct DeviceSlots of DEVICE {
        pub(super) serial_number,
        pub(super) manufacturer,
        pub(super) model,
        pub(super) sku_number,
        pub(super) system_family,
        pub(super) product_key,
        pub(super) group_tag,
        pub(super) user = "userPrincipalName",
    }
}
