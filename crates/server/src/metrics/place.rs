//! The place where metrics are read: it may come, go and change while the server runs.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::Metrics;
use super::listener::MetricsListener;
use crate::config::Config;
use crate::graph::Graph;
use crate::server::Server;
use crate::startup_error::StartupError;

/// The place where metrics are read, if there is one.
#[derive(Default)]
pub struct MetricsPlace {
    setting: Option<String>,
    serving: Option<JoinHandle<()>>,
}

/// A place that is bound and takes the place of the one before, or the one before.
pub enum NextPlace {
    /// The one that is there.
    Same,
    /// Another one, or none.
    Other(Option<MetricsListener>),
}

impl MetricsPlace {
    /// Binds the address that a configuration names, if it is another one.
    pub async fn bind(&self, config: &Config) -> Result<NextPlace, StartupError> {
        if config.metrics.listen == self.setting {
            return Ok(NextPlace::Same);
        }
        let Some(address) = &config.metrics.listen else { return Ok(NextPlace::Other(None)) };
        Ok(NextPlace::Other(Some(MetricsListener::bind(address).await?)))
    }

    /// Has metrics be read there, and no more where they were.
    pub fn serve<G: Graph>(&mut self, next: NextPlace, server: &Arc<Server<G>>, config: &Config) {
        let NextPlace::Other(listener) = next else { return };
        if let Some(before) = self.serving.take() {
            before.abort();
        }
        self.setting.clone_from(&config.metrics.listen);
        self.serving = listener.map(|listener| {
            tracing::info!(address = %listener.address, "metrics can be read");
            let certificate = config.tls.as_ref().map(|files| files.certificate.clone());
            tokio::spawn(listener.serve(Metrics::of(Arc::clone(server), certificate)))
        });
    }
}
