//! The model's files, compiled in, and what the settings change about them.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use odata::csdl::read::{CsdlError, read};
use odata::edm::{Model, Versions};

use crate::{MusterSettings, Reveal};

use files::FILES;

#[path = "../../../model/files.rs"]
mod files;

/// Every permission the model names, in its order. Needs no database.
pub fn permissions() -> Vec<String> {
    usual().permissions.iter().map(|name| name.to_string()).collect()
}

/// The model as it is without settings. Its files are compiled in, and a test reads them: what cannot be read is never
/// released.
pub fn usual() -> Model {
    load(&MusterSettings::default()).unwrap_or_default()
}

/// A digest of the model's files, by which two programs can be told apart that serve different ones.
pub fn digest() -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    FILES.iter().for_each(|(name, text)| {
        context.update(name.as_bytes());
        context.update(text.as_bytes());
    });
    HEXLOWER.encode(&context.finish().as_ref()[..6])
}

/// The set of the records of imports.
const IMPORTED_IDENTITIES: &str = "deviceManagement/importedWindowsAutopilotDeviceIdentities";

/// Reads the model.
pub(crate) fn load(settings: &MusterSettings) -> Result<Model, CsdlError> {
    let mut model = read(FILES)?;
    let content = model.properties.iter_mut().find(|property| &*property.name == "configurationFileContent");
    if let Some(content) = content {
        content.max_length = Some(settings.configuration_file_content_bytes);
    }
    if settings.custody.reveal == Reveal::Explicit {
        show_password_states(&mut model);
    }
    if settings.autopilot.allow_app_only_import {
        allow_app_only_import(&mut model);
    }
    Ok(model)
}

/// What records of passwords show in place of the passwords, where these are shown by an operation alone.
const PASSWORD_STATES: [&str; 3] = ["currentPasswordDateTime", "previousPasswordCount", "passwordState"];

/// Shows what the server keeps beside passwords.
fn show_password_states(model: &mut Model) {
    for property in model.properties.iter_mut().filter(|property| PASSWORD_STATES.contains(&&*property.name))
    {
        property.versions = Versions::BETA;
    }
}

/// Lets applications create imported identities: the documents' first edition knows no application permission for it, and
/// later ones take the same as of a person.
fn allow_app_only_import(model: &mut Model) {
    let set = model.find_set(IMPORTED_IDENTITIES).map(|set| set.id);
    for navigation in model.navigations.iter_mut().filter(|navigation| set.is_some() && navigation.set == set)
    {
        if let Some(insert) = &mut navigation.restrictions.insert {
            insert.application = insert.delegated.clone();
        }
    }
}
