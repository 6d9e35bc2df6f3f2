//! What a machine says of itself: the texts of SMBIOS, and how its firmware can be set.

use serde::{Deserialize, Serialize};

/// The machine that an agent runs on, as SMBIOS has it. What its maker left empty is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Machine {
    /// The maker of the system.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manufacturer: String,
    /// The product's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The serial number of the system.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub serial_number: String,
    /// The UUID of the system.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uuid: String,
    /// The SKU number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sku_number: String,
    /// The family of systems.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system_family: String,
    /// The version of the firmware.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub firmware_version: String,
    /// The operating system and its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub os_version: String,
}

impl Machine {
    /// The texts, each with the name that it has on the wire.
    pub fn texts(&self) -> [(&'static str, &str); 8] {
        [
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("serialNumber", &self.serial_number),
            ("uuid", &self.uuid),
            ("skuNumber", &self.sku_number),
            ("systemFamily", &self.system_family),
            ("firmwareVersion", &self.firmware_version),
            ("osVersion", &self.os_version),
        ]
    }

    /// The places of the texts, in the same order.
    pub fn texts_mut(&mut self) -> [&mut String; 8] {
        [
            &mut self.manufacturer,
            &mut self.model,
            &mut self.serial_number,
            &mut self.uuid,
            &mut self.sku_number,
            &mut self.system_family,
            &mut self.firmware_version,
            &mut self.os_version,
        ]
    }

    /// Whether the texts that tell one machine from another are the same.
    pub fn is_same_machine(&self, other: &Machine) -> bool {
        let pairs = [
            (&self.manufacturer, &other.manufacturer),
            (&self.model, &other.model),
            (&self.serial_number, &other.serial_number),
            (&self.uuid, &other.uuid),
        ];
        pairs.iter().all(|(one, other)| one.trim().eq_ignore_ascii_case(other.trim()))
    }
}

/// How the settings of the firmware can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FirmwareInterface {
    /// The kernel's driver, such as `dell-wmi-sysman`.
    pub driver: String,
    /// Whether the firmware asks for a password before it takes a setting.
    pub is_password_set: bool,
    /// Whether settings wait for a restart.
    pub is_reboot_pending: bool,
}
