//! `hardwareConfigurationFormat`: the vendor whose tool reads a configuration's file.

use engine::handlers::{Names, StartError};
use odata::{Record, Value};

/// The vendor whose tool reads a configuration's file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ConfigurationFormat {
    #[default]
    Dell,
    Surface,
    SurfaceDock,
}

impl ConfigurationFormat {
    const ALL: [ConfigurationFormat; 3] =
        [ConfigurationFormat::Dell, ConfigurationFormat::Surface, ConfigurationFormat::SurfaceDock];

    /// The name in the model.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ConfigurationFormat::Dell => "dell",
            ConfigurationFormat::Surface => "surface",
            ConfigurationFormat::SurfaceDock => "surfaceDock",
        }
    }

    /// The format of a file whose creator names none: by its name, and otherwise Dell's, as the portal has it.
    pub(super) fn of_file(name: &str) -> ConfigurationFormat {
        let name = name.to_lowercase();
        if name.ends_with(".cctk") || !name.contains("surface") {
            return ConfigurationFormat::Dell;
        }
        if name.contains("dock") { ConfigurationFormat::SurfaceDock } else { ConfigurationFormat::Surface }
    }
}

/// The formats as values of the model.
pub(super) struct FormatValues([Value; 3]);

impl FormatValues {
    pub(super) fn new(names: &Names<'_>) -> Result<FormatValues, StartError> {
        let mut values = [const { Value::Null }; 3];
        for (value, format) in values.iter_mut().zip(ConfigurationFormat::ALL) {
            *value = names.member("hardwareConfigurationFormat", format.name())?;
        }
        Ok(FormatValues(values))
    }

    pub(super) fn value(&self, format: ConfigurationFormat) -> Value {
        self.0[format as usize].clone()
    }

    /// The format in a slot.
    pub(super) fn format(&self, record: &Record, slot: u16) -> ConfigurationFormat {
        let found =
            self.0.iter().zip(ConfigurationFormat::ALL).find(|(value, _)| record.get(slot) == Some(value));
        found.map_or_else(ConfigurationFormat::default, |(_, format)| format)
    }
}

#[cfg(test)]
mod tests {
    use super::ConfigurationFormat;

    #[test]
    fn a_file_is_of_the_format_that_its_name_says() {
        for (name, format) in [
            ("settings.cctk", ConfigurationFormat::Dell),
            ("Surface.CCTK", ConfigurationFormat::Dell),
            ("anything", ConfigurationFormat::Dell),
            ("SurfacePro.pkg", ConfigurationFormat::Surface),
            ("surface-dock-2.pkg", ConfigurationFormat::SurfaceDock),
        ] {
            assert_eq!(ConfigurationFormat::of_file(name), format, "{name}");
        }
    }
}
