//! `muster vault mirror`: takes over the passwords of another tenant, now or again and again. A round reads all that the other
//! tenant shows; the server compares, and writes only what differs. After each page the state says how far the round is, so
//! that one that ended early goes on there.

mod advice;
mod known_records;
mod mirror_state;
mod round;
mod round_log;
mod round_report;
mod source;

use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use server::StartupError;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use super::merging::Merging;
use crate::graph_client::{BearerToken, GraphClient, Patience, Stopped};
use crate::vault_arguments::VaultMirrorArguments;
use advice::stopped;
use mirror_state::MirrorState;
use round::Round;
use source::MirrorSource;

/// Mirrors once, or until it is ended. The exit code is 1 if a password would be lost with the other tenant.
pub async fn run(arguments: &VaultMirrorArguments) -> Result<ExitCode, StartupError> {
    let source = MirrorSource::new(arguments)?;
    let token = arguments.same_token.then(|| BearerToken::Granted(source.credentials()));
    let client = GraphClient::with_token(&arguments.server, token)?.patient(Patience::LONG);
    let mut state = MirrorState::open(arguments, &client)?;
    let listen = |kind| {
        signal(kind).map_err(|error| StartupError::Failed(format!("cannot listen for signals: {error}")))
    };
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let end = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    mirror(arguments, &source, &client, &mut state, end).await
}

async fn mirror(
    arguments: &VaultMirrorArguments,
    source: &MirrorSource,
    client: &GraphClient,
    state: &mut MirrorState,
    end: impl Future<Output = ()>,
) -> Result<ExitCode, StartupError> {
    let merging =
        Merging { client, takes_conflicts: !arguments.keep_conflicts, rehearses: arguments.dry_run };
    let mut end = std::pin::pin!(end);
    loop {
        let begun = Instant::now();
        let round = Round::new(arguments, source, &merging, state);
        let ended = tokio::select! {
            biased;
            () = &mut end => return Err(stopped(Stopped("interrupted".to_owned()))),
            ended = round.run() => ended,
        };
        let Some(every) = arguments.every else {
            return Ok(if ended?.is_safe() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        };
        if let Err(error) = ended {
            if let StartupError::Misused(_) = error {
                return Err(error);
            }
            // If standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "muster: {error}");
        }
        tokio::select! {
            biased;
            () = &mut end => return Ok(ExitCode::SUCCESS),
            () = tokio::time::sleep_until(begun + every) => {}
        }
    }
}
