//! `muster config`: whether the configuration is sound, and what it comes to.

use std::process::ExitCode;

use serde_json::{Value, json};
use server::StartupError;
use server::config::{self, LoadedConfig};
use server::setup::{self, Mode};

use crate::operator_arguments::{ConfigArguments, ConfigCommand};
use crate::output::print;
use crate::table;

/// Runs one of the commands.
pub fn run(command: &ConfigCommand) -> Result<ExitCode, StartupError> {
    match command {
        ConfigCommand::Check(arguments) => check(arguments),
        ConfigCommand::Show(arguments) => show(arguments),
    }
}

/// Loads the configuration and does with it whatever a start does before it opens the database.
pub async fn sound(arguments: &ConfigArguments) -> Result<LoadedConfig, StartupError> {
    let loaded = config::load(&arguments.database.overrides(), std::env::vars_os())?;
    setup::prepare(&loaded.config, &Mode::default(), domain::permissions()).await?;
    Ok(loaded)
}

fn check(arguments: &ConfigArguments) -> Result<ExitCode, StartupError> {
    server::tls::install();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(error.to_string()))?;
    let sound = runtime.block_on(sound(arguments));
    let (error, warnings) = match sound {
        Ok(loaded) => (None, loaded.warnings),
        Err(error) => (Some(error.to_string()), Vec::new()),
    };
    let text = match (arguments.json, &error) {
        (true, _) => json!({"sound": error.is_none(), "error": error, "warnings": warnings}).to_string(),
        (false, Some(error)) => error.clone(),
        (false, None) => {
            let warnings = warnings.iter().map(|warning| format!("warning: {warning}\n"));
            warnings.collect::<String>() + "the configuration is sound"
        }
    };
    print(&text)?;
    Ok(if error.is_none() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn show(arguments: &ConfigArguments) -> Result<ExitCode, StartupError> {
    let loaded = config::load(&arguments.database.overrides(), std::env::vars_os())?;
    let settings = loaded.shown();
    let text = match arguments.json {
        true => serde_json::to_string(&settings).map_err(|error| StartupError::Failed(error.to_string()))?,
        false => {
            let value = |value: &Value| match value {
                Value::Null => "–".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let rows = settings
                .iter()
                .map(|setting| vec![setting.key.clone(), setting.origin.clone(), value(&setting.value)]);
            // A long value comes last, where no other is as wide as it.
            table::table(&["setting", "set by", "value"], &rows.collect::<Vec<_>>())
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
