//! `muster keys`: looks at the keys under which secrets are sealed, and replaces them while servers run.

use std::sync::Arc;

use engine::{Engine, KeyReport, OpenKey, Resealed, RewrapStep, RotationOutcome};
use server::StartupError;
use server::secret_keys::KeySources;

use crate::command_line::{KeysArguments, KeysCommand};
use crate::opened::{self, failed};
use crate::output::print;

/// Runs a command to its end.
pub fn run(arguments: &KeysArguments) -> Result<(), StartupError> {
    let next = match &arguments.command {
        KeysCommand::Rotate { kek: Some(source) } => {
            let named = KeySources::named(source);
            Some(named.map_err(|mistake| StartupError::Misused(format!("--kek: {mistake}")))?)
        }
        _ => None,
    };
    opened::perform(&arguments.database, async |engine, opener| match (&arguments.command, next) {
        (KeysCommand::Status, _) => print(&status(&engine.key_report().await.map_err(failed)?)),
        (KeysCommand::Rotate { .. }, None) => rotate(engine).await,
        (KeysCommand::Rotate { .. }, Some(source)) => replace(engine, opener, &source).await,
    })
}

fn status(report: &KeyReport) -> String {
    let KeyReport { state, rewrapped, holders, tenants } = report;
    let current = &state.current;
    let mut text = format!(
        "key-encryption key  version {}, {}, fingerprint {}\nrotation            {}\n{:36}  {:>8}  {:>10}  {:>8}  {:>16}",
        state.version,
        current.source,
        current.fingerprint,
        match (&state.next, state.is_resealing) {
            (Some(next), _) => format!(
                "to {}, fingerprint {}: it has wrapped {} of {} data keys; {} of {} servers hold it",
                next.source, next.fingerprint, rewrapped.part, rewrapped.all, holders.part, holders.all
            ),
            (None, true) => "to new data keys: values are being sealed anew".to_owned(),
            (None, false) => "none is under way".to_owned(),
        },
        "tenant",
        "data key",
        "wrapped by",
        "values",
        "under an old key",
    );
    for report in tenants {
        let wrapped_by = report.wrapped_by.map_or_else(|| "-".to_owned(), |version| format!("v{version}"));
        text.push_str(&format!(
            "\n{}  {:>8}  {wrapped_by:>10}  {:>8}  {:>16}",
            report.tenant, report.version, report.sealed.all, report.sealed.part
        ));
    }
    text
}

/// Gives each tenant a new data key.
async fn rotate(engine: &Engine) -> Result<(), StartupError> {
    let outcome = engine.rotate_data_keys().await.map_err(failed)?;
    let left: u64 = engine.key_report().await.map_err(failed)?.tenants.iter().map(|of| of.sealed.part).sum();
    let reason = match &outcome {
        RotationOutcome::Here(Resealed { reason: Some(reason), .. }) => format!(" ({reason})"),
        _ => String::new(),
    };
    match (left, outcome) {
        (0, RotationOutcome::Here(Resealed { entities, .. })) => {
            print(&format!("sealed {entities} values anew; the former data keys are gone"))
        }
        (0, RotationOutcome::ByServer) => {
            print("the server has sealed all values anew; the former data keys are gone")
        }
        (left, _) => Err(StartupError::Failed(format!(
            "{left} values do not open and were left as they are{reason}; the former data keys of their tenants stay"
        ))),
    }
}

/// Puts another key-encryption key into the place of the current one.
async fn replace(engine: &Engine, opener: Arc<dyn OpenKey>, source: &str) -> Result<(), StartupError> {
    let next = opener.open(source).await;
    let next =
        next.map_err(|reason| StartupError::Misused(format!("--kek does not lead to a key: {reason}")))?;
    let mut told = |step: RewrapStep| {
        // If standard output is closed there is nobody to tell.
        let _ = print(&match step {
            RewrapStep::Wrapped(keys) => format!("{source} has wrapped {} data keys", keys.part),
            RewrapStep::Waiting(servers) => {
                format!(
                    "waits for {} of {} servers, which do not hold it yet",
                    servers.all - servers.part,
                    servers.all
                )
            }
        });
    };
    let version = engine.replace_key_encryption_key(next, &mut told).await.map_err(failed)?;
    print(&format!(
        "version {version} of the key-encryption key is {source}; name it in the configuration of each server before it starts \
         again: the former key opens nothing any more"
    ))
}
