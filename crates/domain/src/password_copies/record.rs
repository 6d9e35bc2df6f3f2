//! A record of passwords as a bundle has it: a line of JSON.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A record of passwords, and what helps to use them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopiedRecord {
    /// The tenant that it is of.
    pub tenant: Uuid,
    /// Its id in the vault.
    pub id: String,
    /// The serial number of the device.
    pub serial_number: Option<String>,
    /// The password that the device has.
    pub current_password: Option<String>,
    /// The passwords that it had before, newest first.
    #[serde(default)]
    pub previous_passwords: Vec<String>,
    /// Other passwords of the device, such as one that is about to be set, by the property that has them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other_passwords: BTreeMap<String, Vec<String>>,
    /// When the current password was set, if that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password_date_time: Option<String>,
    /// When the record was deleted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_date_time: Option<String>,
    /// The devices with that serial number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<CopiedDevice>,
}

/// What a record says of a device.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopiedDevice {
    /// The id of its identity.
    pub id: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its group tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_tag: Option<String>,
    /// The name that people gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

impl CopiedRecord {
    /// Whether it is of a device with this serial number, whatever the case.
    pub fn has_serial_number(&self, serial_number: &str) -> bool {
        let own = self.serial_number.as_deref().unwrap_or_default();
        own.trim().eq_ignore_ascii_case(serial_number.trim())
    }
}

/// For people: a paragraph.
impl Display for CopiedRecord {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".to_owned());
        writeln!(formatter, "serial number      {}", or_none(&self.serial_number))?;
        writeln!(formatter, "current password   {}", or_none(&self.current_password))?;
        if let Some(at) = &self.current_password_date_time {
            writeln!(formatter, "  set              {at}")?;
        }
        for (name, passwords) in &self.other_passwords {
            for password in passwords {
                writeln!(formatter, "{name:<18} {password}")?;
            }
        }
        for password in &self.previous_passwords {
            writeln!(formatter, "previous password  {password}")?;
        }
        for device in &self.devices {
            let said = [&device.manufacturer, &device.model, &device.display_name, &device.group_tag];
            let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
            writeln!(formatter, "device             {}", said.join(", "))?;
        }
        if let Some(at) = &self.deleted_date_time {
            writeln!(formatter, "deleted            {at}")?;
        }
        write!(formatter, "record             {} of tenant {}", self.id, self.tenant)
    }
}
