//! The model's files, compiled in, and what the settings change about them.

use odata::csdl::read::{ReadError, read};
use odata::edm::Model;

use crate::Settings;

/// The files of `model/`.
const FILES: &[(&str, &str)] = &[];

/// Reads the model.
pub fn load(settings: &Settings) -> Result<Model, ReadError> {
    let mut model = read(FILES)?;
    let content = model.properties.iter_mut().find(|property| &*property.name == "configurationFileContent");
    if let Some(content) = content {
        content.max_length = Some(settings.limits.configuration_file_content_bytes);
    }
    Ok(model)
}
