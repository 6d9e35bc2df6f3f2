//! A new configuration for a running server: certificates, issuers, limits, the log's filter, metrics and traces. All of it is
//! looked at before any of it holds, so that a mistake changes nothing.

use std::sync::Arc;

use domain::PUBLISHED_LIMITS;
use futures_util::future::join_all;

use crate::config::{self, Config, LoadedConfig, Overrides};
use crate::connection_bounds::ConnectionBounds;
use crate::console::Console;
use crate::graph::Graph;
use crate::issuer_table;
use crate::live::Live;
use crate::log::Log;
use crate::metrics::MetricsPlace;
use crate::server::Server;
use crate::setting_values;
use crate::setup;
use crate::startup_error::StartupError;
use crate::throttle::Throttle;
use crate::tls::Tls;

/// The keys, or the beginnings of keys, of what is taken up.
const TAKEN_UP: [&str; 14] = [
    "tls.",
    "issuers",
    "limits.body_bytes",
    "limits.connections",
    "limits.page_size",
    "limits.delta_token_days",
    "limits.idempotency_hours",
    "journal.retention_days",
    "secrets.reveals_per_hour",
    "throttle.",
    "metrics.",
    "traces.",
    "log",
    "cloud",
];

/// A running server, as far as it can be given another configuration.
pub struct Reload<G> {
    /// The server that runs.
    pub server: Arc<Server<G>>,
    /// The places of its connections.
    pub bounds: Arc<ConnectionBounds>,
    /// Its certificate, unless it speaks plain HTTP.
    pub tls: Option<Tls>,
    /// The log, whose filter may change.
    pub log: Arc<Log>,
    /// Where its metrics are read.
    pub metrics: MetricsPlace,
    /// The configuration that holds.
    pub config: Config,
}

impl<G: Graph> Reload<G> {
    /// Reads the configuration again and takes up what has changed; if it has a mistake, nothing changes. The log tells.
    pub async fn again(&mut self, overrides: &Overrides) {
        let loaded = config::load(overrides, std::env::vars_os());
        let warnings = loaded.as_ref().map(|loaded| loaded.warnings.clone()).unwrap_or_default();
        let taken_up = match loaded {
            Ok(LoadedConfig { config, .. }) => self.take_up(config).await,
            Err(error) => Err(error),
        };
        match taken_up {
            Err(error) => {
                let reason = error.to_string();
                tracing::error!(reason, "the new configuration is refused; the one before goes on to hold");
            }
            Ok(late) => {
                warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
                if !late.is_empty() {
                    let settings = late.join(", ");
                    tracing::warn!(settings, "these settings have changed and need a restart");
                }
                tracing::info!("the configuration was read again");
            }
        }
    }

    /// Takes up a configuration; the keys of what has changed and needs a restart.
    async fn take_up(&mut self, config: Config) -> Result<Vec<String>, StartupError> {
        let bounds = config.settings()?.bounds();
        let console = Console::of(&config.issuers)?;
        let mut issuers = issuer_table::issuers(&config.issuers, &config.cloud.audiences())?;
        let before = self.server.live();
        if self.server.dev_issuer.is_some() {
            // The dev issuer comes last.
            issuers.extend(before.tokens.issuers().last().cloned());
        }
        let authorization_uri = setup::authorization_uri(&issuers, self.server.dev_issuer.is_some())
            .unwrap_or_else(|| before.authorization_uri.clone());
        if issuers.is_empty() {
            return Err(StartupError::Misused("the configuration lacks [[issuers]]".to_owned()));
        }
        let certificate = match (&self.tls, &config.tls) {
            (Some(tls), Some(files)) => Some((tls, Tls::from_files(files)?)),
            _ => None,
        };
        let metrics = self.metrics.bind(&config).await?;
        let traces = self.server.traces.start(&config.traces)?;
        // Tokens are verified with the keys as soon as the issuers hold.
        join_all(issuers.iter().map(|issuer| issuer.keys.refresh())).await;
        self.log.set_filter(&config.log)?;

        let throttle = Throttle::of(&config.throttle, PUBLISHED_LIMITS);
        let live = Live::new(issuers, config.limits(), throttle, authorization_uri, console).kept_fresh();
        self.bounds.resize(&live.limits);
        self.server.replace_live(live);
        self.server.traces.replace(traces);
        self.server.graph.replace_bounds(bounds);
        self.metrics.serve(metrics, &self.server, &config);
        if let Some((tls, renewed)) = certificate {
            tls.replace(&renewed);
        }
        let late = late(&self.config, &config);
        self.config = config;
        Ok(late)
    }
}

/// The keys of the settings that differ and are not taken up.
fn late(before: &Config, after: &Config) -> Vec<String> {
    let (before, after) = (setting_values::flat(before), setting_values::flat(after));
    let is_taken_up = |key: &str| TAKEN_UP.iter().any(|taken_up| key.starts_with(taken_up));
    let differ = after.iter().filter(|setting| !before.contains(setting));
    let gone = before.iter().filter(|(key, _)| !after.iter().any(|(other, _)| other == key));
    let keys = differ.chain(gone).map(|(key, _)| key.clone());
    keys.filter(|key| !is_taken_up(key) && key != "tls").collect()
}
