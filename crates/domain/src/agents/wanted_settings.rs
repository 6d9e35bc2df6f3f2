//! The settings of a configuration's file, as far as a device's attributes can be compared with them.

use std::collections::HashMap;

use cctk::{File, SettingPurpose, may_repeat};
use check_in::AttributeValues;
use odata::edm::near_miss;

/// The settings of a file, by their names in lower case.
pub(super) struct WantedSettings {
    /// The names as the file has them, with their values; a name that stands for a list has none.
    settings: HashMap<String, (String, Option<String>)>,
}

impl WantedSettings {
    /// The settings of a file; none if it cannot be read, which the device says.
    pub(super) fn read(content: &[u8]) -> Option<WantedSettings> {
        let file = File::parse(content).ok()?;
        let settings = file.settings().filter(|setting| setting.purpose() == SettingPurpose::Setting);
        let settings = settings.map(|setting| {
            let value = (!may_repeat(&setting.name)).then(|| setting.value.clone());
            (setting.name.to_ascii_lowercase(), (setting.name.clone(), value))
        });
        Some(WantedSettings { settings: settings.collect() })
    }

    /// Whether every attribute that the file names has its value. What the device does not have, it says itself.
    pub(super) fn agree_with(&self, attributes: &AttributeValues) -> bool {
        attributes.0.iter().all(|(name, value)| match self.settings.get(&name.to_ascii_lowercase()) {
            Some((_, Some(wanted))) => is_same(wanted, value),
            _ => true,
        })
    }

    /// Whether the file has a setting of this name; otherwise the one that may be meant.
    pub(super) fn find(&self, name: &str) -> Result<(), Option<&str>> {
        match self.settings.contains_key(&name.to_ascii_lowercase()) {
            true => Ok(()),
            false => Err(near_miss(name, self.settings.values().map(|(name, _)| name.as_str()))),
        }
    }
}

/// Whether two values are the same, in any case and with numbers in any spelling.
fn is_same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.trim().parse::<i64>().ok();
    one.trim().eq_ignore_ascii_case(other.trim()) || number(one).is_some_and(|one| number(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use check_in::AttributeValues;

    use super::WantedSettings;

    #[test]
    fn attributes_are_compared_with_what_the_file_names() {
        let file =
            b"[cctk]\nSysName=Latitude\nSecureBoot=Enabled\nAutoOnHr=06\nAsset=EX-1\nBootOrder=hdd,usb\n";
        let wanted = WantedSettings::read(file).unwrap();
        for (attributes, agree) in [
            (
                &[("SecureBoot", "Enabled"), ("AutoOnHr", "6"), ("Asset", "other"), ("BootOrder", "usb")][..],
                true,
            ),
            (&[("secureboot", "enabled")], true),
            (&[], true),
            (&[("WakeOnLan", "Enabled")], true),
            (&[("SecureBoot", "Disabled")], false),
            (&[("SecureBoot", "Enabled"), ("AutoOnHr", "7")], false),
        ] {
            let values = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            assert_eq!(wanted.agree_with(&AttributeValues(values.collect())), agree, "{attributes:?}");
        }
        assert_eq!(wanted.find("SECUREBOOT"), Ok(()));
        assert_eq!(wanted.find("SecureBot"), Err(Some("SecureBoot")));
        assert!(WantedSettings::read(b"no setting").is_none());
    }
}
