//! From the configuration to all that a server needs; what is missing is said with what to add.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::{MusterOpening, PUBLISHED_LIMITS};
use engine::{Access, Clock, KeyEncryptionKey, OpenKey};

use crate::audit_sink::ConfiguredSink;
use crate::config::Config;
use crate::console::Console;
use crate::dev::{DevFolder, TENANT_DEFAULT};
use crate::dev_issuer::DevIssuer;
use crate::edge_table;
use crate::graph::Graph;
use crate::issuer_table;
use crate::large_work::LargeWork;
use crate::limits::Limits;
use crate::listen::Listener;
use crate::live::Live;
use crate::origin::{Edge, Scheme};
use crate::recent_requests::RecentRequests;
use crate::room::Room;
use crate::secret_keys::KeySources;
use crate::server::Server;
use crate::signed::Freshness;
use crate::startup_error::StartupError;
use crate::throttle::Throttle;
use crate::tls::{Tls, TlsContent};
use crate::tokens::issue::DEV_ISSUER;
use crate::tokens::keys::KeySet;
use crate::tokens::{Cloud, Issuer, TENANT_PLACEHOLDER};
use crate::traces::LiveTraces;

const KEY_LACKS: &str = "secrets.key_file, key_env, credential or vault_key: where the key-encryption key is";

/// The mode of a server, by the command line alone: no file may switch it.
#[derive(Clone, Debug, Default)]
pub struct Mode {
    /// Whether it stands in for the cloud (`--dev`).
    pub dev: bool,
    /// The file that says whom the dev issuer knows (`--seed`).
    pub seed: Option<PathBuf>,
    /// Whether it speaks plain HTTP (`--plain-http`).
    pub plain_http: bool,
}

/// The parts of a server that are ready before the domain is open and the address bound.
pub struct Setup {
    /// The TLS configuration, unless the server speaks plain HTTP.
    pub tls: Option<Tls>,
    /// The address to listen on.
    pub listen: String,
    /// The sink of the audit's records; none if there is none.
    pub audit_sink: Option<ConfiguredSink>,
    limits: Limits,
    throttle: Option<Throttle>,
    edge: Edge,
    console: Console,
    issuers: Vec<Issuer>,
    dev: Option<DevIssuer>,
    traces: Arc<LiveTraces>,
}

/// Prepares a server, and the settings that the domain is opened with. In dev mode this makes the folder's content;
/// `permissions` are all that the model names.
pub async fn prepare(
    config: &Config,
    mode: &Mode,
    permissions: Vec<String>,
) -> Result<(MusterOpening, Setup), StartupError> {
    let folder = mode.dev.then(|| DevFolder::at(&config.data));
    let tls = if mode.plain_http { None } else { Some(certificate(config, folder.as_ref())?) };
    if let Some(tls) = &tls {
        tokio::spawn(tls.clone().follow());
    }
    let mut issuers = issuer_table::issuers(&config.issuers, &config.cloud.audiences())?;
    if let Some(folder) = &folder {
        // Its tokens are for the global Graph; a client of another cloud may ask for that one's.
        let audiences = [Cloud::Global.audiences(), config.cloud.audiences()].concat();
        issuers.push(Issuer::new(DEV_ISSUER, audiences, KeySet::new(folder.key_source())));
    }
    if issuers.is_empty() {
        return Err(missing(
            "[[issuers]] with issuer, tenants and discovery, jwks_uri or jwks_file: whose tokens hold",
        ));
    }
    let key_opener = Arc::new(KeySources::new(config.secrets.vault.as_ref())?);
    let key_encryption_key = match (&folder, config.secrets.key_source()) {
        (Some(folder), None) => {
            let source = folder.key_encryption_key().map_err(StartupError::Failed)?;
            opened(&key_opener, "the key of the folder", &source).await?
        }
        (_, source) => key_encryption_key(&key_opener, source).await?,
    };
    let clock = folder.as_ref().map_or_else(|| Ok(Clock::default()), DevFolder::clock);
    let clock = clock.map_err(StartupError::Failed)?;
    let dev = match folder {
        None => None,
        Some(folder) => {
            let issuer = DevIssuer::new(folder, permissions, mode.seed.as_deref());
            Some(issuer.map_err(StartupError::Misused)?)
        }
    };
    let settings = domain::MusterSettings { dev: mode.dev, ..config.settings()? };
    let (database, access) = (config.database_url(), Access::Server);
    let opening = MusterOpening { database, key_encryption_key, key_opener, settings, clock, access };
    let scheme = if mode.plain_http { Scheme::Http } else { Scheme::Https };
    let edge = edge_table::edge(config, scheme, mode.dev)?;
    let throttle = Throttle::of(&config.throttle, PUBLISHED_LIMITS);
    let (listen, limits, audit_sink) =
        (config.listen.clone(), config.limits(), ConfiguredSink::of(&config.audit)?);
    let console = Console::of(&config.issuers)?;
    let traces = Arc::new(LiveTraces::default());
    traces.replace(traces.start(&config.traces)?);
    let setup = Setup { traces, tls, listen, audit_sink, limits, throttle, edge, console, issuers, dev };
    Ok((opening, setup))
}

/// What a command opens the database with, be it beside a server. Nothing is made: what is not there is said.
pub async fn command_opening(config: &Config) -> Result<MusterOpening, StartupError> {
    let database = config.database_url();
    if let Some(path) = database.strip_prefix("sqlite:")
        && !Path::new(path).exists()
    {
        return Err(StartupError::Misused(format!(
            "there is no database at {path}; see --data and --database"
        )));
    }
    let key_opener = Arc::new(KeySources::new(config.secrets.vault.as_ref())?);
    let key_encryption_key = command_key(config, &key_opener).await?.ok_or_else(|| missing(KEY_LACKS))?;
    let (settings, clock, access) = (config.settings()?, Clock::default(), Access::Command);
    Ok(MusterOpening { database, key_encryption_key, key_opener, settings, clock, access })
}

/// The key-encryption key that is there, be it a dev folder's. None is made.
pub async fn existing_key(config: &Config) -> Result<KeyEncryptionKey, StartupError> {
    let sources = KeySources::new(config.secrets.vault.as_ref())?;
    command_key(config, &sources).await?.ok_or_else(|| missing(KEY_LACKS))
}

/// The key-encryption key that a command finds: the configuration's, or that of the dev folder; none if there is none.
pub async fn command_key(
    config: &Config,
    sources: &KeySources,
) -> Result<Option<KeyEncryptionKey>, StartupError> {
    let folder = DevFolder::at(&config.data);
    match config.secrets.key_source() {
        Some((key, source)) => opened(sources, &format!("secrets.{key}"), &source).await.map(Some),
        None if folder.has_key_encryption_key() => {
            let source = folder.key_encryption_key().map_err(StartupError::Failed)?;
            opened(sources, "the key of the folder", &source).await.map(Some)
        }
        None => Ok(None),
    }
}

impl Setup {
    /// The server, now that the address is bound and the domain is open; its issuers' keys are being read.
    pub fn server<G: Graph>(self, graph: G, listener: &Listener) -> Result<Arc<Server<G>>, StartupError> {
        let origin = listener.local_origin();
        let outside = self.edge.public_origin.as_ref().unwrap_or(&origin);
        let mut issuers = self.issuers;
        let authorization_uri = authorization_uri(&issuers, self.dev.is_some())
            .unwrap_or_else(|| format!("{outside}/{TENANT_DEFAULT}/oauth2/v2.0/authorize"));
        if let Some(dev) = &self.dev {
            dev.folder.note_origin(&origin).map_err(StartupError::Failed)?;
            // The dev issuer comes last. Some libraries ask for a token for our own origin, most without its port.
            if let Some(issuer) = issuers.last_mut() {
                issuer.audiences.extend(own_audiences(listener));
            }
        }
        let room = Room::new(self.limits.bytes_at_once);
        let live =
            Live::new(issuers, self.limits, self.throttle, authorization_uri, self.console).kept_fresh();
        let server = Server {
            graph,
            live: ArcSwap::from_pointee(live),
            freshness: Freshness::default(),
            figures: Arc::clone(&listener.figures),
            traces: self.traces,
            turns: Arc::default(),
            work: LargeWork::default(),
            room,
            stopping: Arc::clone(&listener.stopping),
            edge: self.edge,
            recent_requests: self.dev.as_ref().map(|_| RecentRequests::default()),
            dev_issuer: self.dev,
        };
        Ok(Arc::new(server))
    }
}

/// The address where a client without a token gets one, if that is an issuer's of the configuration.
pub(crate) fn authorization_uri(issuers: &[Issuer], is_dev: bool) -> Option<String> {
    // Where a client does not know its tenant yet, Entra takes this name for all of them.
    let first = issuers.first().filter(|_| !is_dev);
    first.map(|issuer| issuer.name.replace(TENANT_PLACEHOLDER, "organizations"))
}

/// The TLS configuration with the operator's certificate, or in dev mode with the dev folder's.
fn certificate(config: &Config, folder: Option<&DevFolder>) -> Result<Tls, StartupError> {
    match (&config.tls, folder) {
        (Some(files), _) => Tls::from_files(files),
        (None, Some(folder)) => {
            let (chain, key) = folder.server_certificate().map_err(StartupError::Failed)?;
            let content = TlsContent { certificate: chain.into(), key: key.into(), client_ca: None };
            Tls::of(&content).map_err(|error| {
                let folder = config.data.display();
                let advice = "delete its .pem files";
                StartupError::Failed(format!("the certificate in {folder} is unusable: {error}; {advice}"))
            })
        }
        (None, None) => Err(missing("tls.certificate and tls.key, the server's certificate in PEM")),
    }
}

fn own_audiences(listener: &Listener) -> Vec<String> {
    let (scheme, port) = (listener.scheme().as_str(), listener.port());
    let hosts = ["127.0.0.1", "localhost", "[::1]"];
    hosts
        .iter()
        .flat_map(|host| [format!("{scheme}://{host}"), format!("{scheme}://{host}:{port}")])
        .collect()
}

/// The key-encryption key from the place that the configuration names.
async fn key_encryption_key(
    sources: &KeySources,
    named: Option<(&str, String)>,
) -> Result<KeyEncryptionKey, StartupError> {
    let (key, source) = named.ok_or_else(|| missing(KEY_LACKS))?;
    opened(sources, &format!("secrets.{key}"), &source).await
}

async fn opened(sources: &KeySources, place: &str, source: &str) -> Result<KeyEncryptionKey, StartupError> {
    let key = sources.open(source).await;
    key.map_err(|reason| StartupError::Misused(format!("{place} does not lead to a key: {reason}")))
}

fn missing(what: &str) -> StartupError {
    StartupError::Misused(format!(
        "the configuration lacks {what}; add it to the --config file, or try --dev"
    ))
}
