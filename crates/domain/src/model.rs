//! The model's files, compiled in, and what the settings change about them.

use odata::csdl::read::{ReadError, read};
use odata::edm::Model;

use crate::Settings;

/// The files of `model/`.
const FILES: &[(&str, &str)] = &[
    ("muster.csdl.xml", include_str!("../../../model/muster.csdl.xml")),
    ("graph.csdl.xml", include_str!("../../../model/graph.csdl.xml")),
    ("targets.csdl.xml", include_str!("../../../model/targets.csdl.xml")),
    ("autopilot.csdl.xml", include_str!("../../../model/autopilot.csdl.xml")),
    ("deployment-profiles.csdl.xml", include_str!("../../../model/deployment-profiles.csdl.xml")),
    ("firmware.csdl.xml", include_str!("../../../model/firmware.csdl.xml")),
    ("directory.csdl.xml", include_str!("../../../model/directory.csdl.xml")),
    ("role-scope-tags.csdl.xml", include_str!("../../../model/role-scope-tags.csdl.xml")),
    ("why-and-wait.csdl.xml", include_str!("../../../model/why-and-wait.csdl.xml")),
    ("container.csdl.xml", include_str!("../../../model/container.csdl.xml")),
    ("v1.0.csdl.xml", include_str!("../../../model/v1.0.csdl.xml")),
];

/// Every permission the model names, in its order. Needs no database.
pub fn permissions() -> Vec<String> {
    // The files are compiled in, and a test reads them: what cannot be read is never released.
    load(&Settings::default())
        .map_or_else(|_| Vec::new(), |model| model.permissions.iter().map(|name| name.to_string()).collect())
}

/// Reads the model.
pub(crate) fn load(settings: &Settings) -> Result<Model, ReadError> {
    let mut model = read(FILES)?;
    let content = model.properties.iter_mut().find(|property| &*property.name == "configurationFileContent");
    if let Some(content) = content {
        content.max_length = Some(settings.configuration_file_content_bytes);
    }
    Ok(model)
}
