//! `muster doctor`: looks at everything that a server needs, changes nothing, and says what to do.

mod clock;
mod console;
mod files;
mod finding;
mod postgres;

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use server::StartupError;
use server::config::{self, Config};
use server::issuer_table;
use server::setup;
use store::{Database, SchemaVersion, examine};

use crate::config_command;
use crate::operator_arguments::ConfigArguments;
use crate::output::print;
use crate::table;
use finding::{Finding, Health};

/// Looks, prints, and exits with 1 if something failed.
pub fn run(arguments: &ConfigArguments) -> Result<ExitCode, StartupError> {
    server::tls::install();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(error.to_string()))?;
    let findings = runtime.block_on(findings(arguments));
    let text = match arguments.json {
        true => serde_json::to_string(&findings).map_err(|error| StartupError::Failed(error.to_string()))?,
        false => {
            let row = |finding: &Finding| {
                vec![finding.check.clone(), finding.health.word().to_owned(), finding.detail.clone()]
            };
            table::table(&["check", "health", "detail"], &findings.iter().map(row).collect::<Vec<_>>())
        }
    };
    print(&text)?;
    let is_well = findings.iter().all(|finding| finding.health != Health::Failed);
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn findings(arguments: &ConfigArguments) -> Vec<Finding> {
    let mut findings = vec![configuration(arguments).await];
    // A mistake in one setting must not hide the rest.
    let Ok(loaded) = config::load(&arguments.database.overrides(), std::env::vars_os()) else {
        return findings;
    };
    let warnings = loaded.warnings.iter();
    findings.extend(warnings.map(|warning| Finding::new("environment", Health::Warning, warning.as_str())));
    let config = loaded.config;
    let mut clocks = Vec::new();
    findings.extend(keys_and_database(&config, &mut clocks).await);
    findings.push(files::disk(&config.data));
    findings.extend(config.tls.as_ref().map(files::certificate));
    findings.extend(config.tls.as_ref().and_then(|tls| files::private("certificate", &tls.key)));
    findings.extend(issuers(&config, &mut clocks).await);
    findings.extend(console::findings(&config));
    findings.push(clock::finding(&clocks));
    findings
}

async fn configuration(arguments: &ConfigArguments) -> Finding {
    let sound = config_command::sound(arguments).await;
    Finding::of("configuration", sound.map(|_| "sound".to_owned()).map_err(|error| error.to_string()))
}

/// The key-encryption key, the database, and whether they belong together.
async fn keys_and_database(config: &Config, clocks: &mut Vec<(String, Timestamp)>) -> Vec<Finding> {
    let key = setup::existing_key(config).await.map_err(|error| error.to_string());
    let mut findings = Vec::new();
    findings.extend(config.secrets.key_file.as_deref().and_then(|path| files::private("keys", path)));
    let database = Database::parse(&config.database_url());
    if let Ok(Database::Sqlite(path)) = &database
        && !path.exists()
    {
        findings.push(Finding::of("keys", key.map(|_| "there".to_owned())));
        findings.push(new_file(path));
        return findings;
    }
    let examined = match database {
        Ok(database) => examine(&database).await,
        Err(reason) => Err(reason),
    };
    let examination = match examined {
        Ok(examination) => examination,
        Err(reason) => {
            findings.push(Finding::of("keys", key.map(|_| "there".to_owned())));
            findings.push(Finding::new("database", Health::Failed, reason));
            return findings;
        }
    };
    findings.push(match key {
        Ok(key) => fitting(examination.fits(key).await),
        Err(reason) => Finding::new("keys", Health::Failed, reason),
    });
    findings.push(version(examination.version, SchemaVersion::known()));
    findings.push(match examination.damage.as_slice() {
        [] => Finding::new("database integrity", Health::Ok, "nothing is damaged"),
        damage => Finding::new("database integrity", Health::Failed, damage.join("; ")),
    });
    findings.extend(examination.server.iter().flat_map(postgres::findings));
    if examination.is_standby {
        let detail = "it is a standby and takes no writes; name the primary";
        findings.push(Finding::new("database", Health::Failed, detail));
    }
    let time =
        examination.seconds.and_then(|seconds| Timestamp::from_millisecond((seconds * 1e3) as i64).ok());
    clocks.extend(time.map(|time| ("the database".to_owned(), time)));
    findings
}

/// The finding about a key that is there.
fn fitting(fits: Result<bool, String>) -> Finding {
    match fits {
        Ok(true) => Finding::new("keys", Health::Ok, "the database opens with this key"),
        Ok(false) => {
            let detail = "there; whether the database opens with it shows after the next start";
            Finding::new("keys", Health::Warning, detail)
        }
        Err(reason) => Finding::new("keys", Health::Failed, reason),
    }
}

fn new_file(path: &Path) -> Finding {
    let shown = path.display();
    Finding::new("database", Health::Ok, format!("{shown} is made at the first start"))
}

fn version(found: SchemaVersion, known: SchemaVersion) -> Finding {
    let shown = |version: SchemaVersion| format!("schema {}, layout {}", version.migration, version.layout);
    let detail = shown(found);
    match () {
        () if found.migration > known.migration || found.layout > known.layout => {
            let known = shown(known);
            let detail =
                format!("{detail}: a newer Muster wrote it, this one knows {known}; run the newer one");
            Finding::new("database version", Health::Failed, detail)
        }
        () if found == known => Finding::new("database version", Health::Ok, detail),
        () => {
            let detail = format!("{detail}; the next start brings it to {}", shown(known));
            Finding::new("database version", Health::Ok, detail)
        }
    }
}

/// Whether each issuer's keys can be read.
async fn issuers(config: &Config, clocks: &mut Vec<(String, Timestamp)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for issuer in issuer_table::issuers(&config.issuers, &config.cloud.audiences()).unwrap_or_default() {
        let source = issuer.keys.source();
        let keys = source.read().await.map(|keys| match keys.by_id.len() {
            1 => format!("1 key at {}", source.place()),
            count => format!("{count} keys at {}", source.place()),
        });
        let keys = keys.and_then(|detail| match detail.starts_with("0 ") {
            true => Err(format!("{detail}: no token of this issuer can be verified")),
            false => Ok(detail),
        });
        clocks.extend(source.told_time().await.map(|time| (issuer.name.clone(), time)));
        findings.push(Finding::of(format!("issuer {}", issuer.name), keys));
    }
    findings
}
