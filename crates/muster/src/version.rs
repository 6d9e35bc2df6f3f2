//! `muster version`: which build this is, to which schema it brings a database, and which model it serves.

use serde::Serialize;
use server::StartupError;
use store::SchemaVersion;

use crate::operator_arguments::VersionArguments;
use crate::output::print;

/// What there is to tell.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProgramVersion {
    version: &'static str,
    /// The source that whoever packaged it built from.
    commit: &'static str,
    target: String,
    schema: i64,
    layout: i64,
    model: String,
    entity_sets: usize,
}

/// Prints version, build, schema and model.
pub fn run(arguments: &VersionArguments) -> Result<(), StartupError> {
    let schema = SchemaVersion::known();
    let version = ProgramVersion {
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("MUSTER_COMMIT").unwrap_or("unknown"),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        schema: schema.migration,
        layout: schema.layout,
        model: domain::model_digest(),
        entity_sets: domain::usual_model().sets.len(),
    };
    if arguments.json {
        let text =
            serde_json::to_string(&version).map_err(|error| StartupError::Failed(error.to_string()))?;
        return print(&text);
    }
    let ProgramVersion { version, commit, target, schema, layout, model, entity_sets } = version;
    print(&format!(
        "muster {version}\nbuild   {commit} for {target}\nschema  {schema}, layout {layout}\nmodel   {model}, {entity_sets} entity sets"
    ))
}
