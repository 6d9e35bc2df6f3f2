//! A file as a policy of fwupd, which enforces it on Linux whenever its daemon starts.

use serde::Serialize;

use crate::file::{File, Setting};
use crate::name::{SettingPurpose, may_repeat};

/// The kernel's driver for the machines of this file format.
const DRIVER: &str = "dell-wmi-sysman";

/// A policy for `/etc/fwupd/bios-settings.d`, and what it cannot say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FwupdPolicy {
    /// The settings that it enforces.
    #[serde(rename = "BiosSettings")]
    pub settings: Vec<FwupdSetting>,
    /// The names in the file that are left out: what is no setting, and what stands once for each of its values.
    #[serde(skip)]
    pub left_out: Vec<String>,
}

/// A setting of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FwupdSetting {
    /// Its name, which is also the kernel's.
    #[serde(rename = "Name")]
    pub name: String,
    /// The id that fwupd makes of driver and name.
    #[serde(rename = "BiosSettingId")]
    pub id: String,
    /// The value that fwupd enforces.
    #[serde(rename = "BiosSettingCurrentValue")]
    pub value: String,
}

/// A file as a policy.
pub fn fwupd_policy(file: &File) -> FwupdPolicy {
    let mut policy = FwupdPolicy { settings: Vec::new(), left_out: Vec::new() };
    for settings in file.by_name() {
        let Some(setting) = settings.first() else { continue };
        match setting.purpose() {
            SettingPurpose::Setting if !may_repeat(&setting.name) => policy.settings.push(enforced(setting)),
            SettingPurpose::Information => {}
            _ => policy.left_out.push(setting.name.clone()),
        }
    }
    policy
}

fn enforced(Setting { name, value, .. }: &Setting) -> FwupdSetting {
    FwupdSetting { name: name.clone(), id: format!("com.{DRIVER}.{name}"), value: value.clone() }
}
