//! The model's files, compiled in, and what the settings change about them.

use odata::csdl::read::{CsdlError, read};
use odata::edm::Model;

use crate::Settings;
use files::FILES;

#[path = "../../../model/files.rs"]
mod files;

/// Every permission the model names, in its order. Needs no database.
pub fn permissions() -> Vec<String> {
    // The files are compiled in, and a test reads them: what cannot be read is never released.
    load(&Settings::default())
        .map_or_else(|_| Vec::new(), |model| model.permissions.iter().map(|name| name.to_string()).collect())
}

/// Reads the model.
pub(crate) fn load(settings: &Settings) -> Result<Model, CsdlError> {
    let mut model = read(FILES)?;
    let content = model.properties.iter_mut().find(|property| &*property.name == "configurationFileContent");
    if let Some(content) = content {
        content.max_length = Some(settings.configuration_file_content_bytes);
    }
    Ok(model)
}
