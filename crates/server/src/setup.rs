//! From the configuration to all that a server needs; what is missing is said with what to add.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::MusterOpening;
use engine::Clock;
use zeroize::Zeroizing;

use crate::config::{Config, IssuerTable, Secrets};
use crate::dev::{DevFolder, TENANT_DEFAULT, key_from_base64};
use crate::dev_issuer::DevIssuer;
use crate::graph::Graph;
use crate::limits::Limits;
use crate::listen::Listener;
use crate::server::Server;
use crate::startup_error::StartupError;
use crate::tls;
use crate::tokens::issue::DEV_ISSUER;
use crate::tokens::keys::{KeySet, KeySource};
use crate::tokens::{GRAPH_AUDIENCES, Issuer, Tokens};

/// The interval at which an issuer's keys are read again without need. Files are cheap to read; published keys change
/// seldom, and a token with a new key has them read at once.
const FILE_REFRESH: Duration = Duration::from_secs(10);
const URI_REFRESH: Duration = Duration::from_secs(3600);

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
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The address to listen on.
    pub listen: String,
    limits: Limits,
    issuers: Vec<Issuer>,
    dev: Option<DevIssuer>,
}

/// Prepares a server, and the settings that the domain is opened with. In dev mode this makes the folder's content;
/// `permissions` are all that the model names.
pub fn prepare(
    config: &Config,
    mode: &Mode,
    permissions: Vec<String>,
) -> Result<(MusterOpening, Setup), StartupError> {
    let folder = mode.dev.then(|| DevFolder::at(&config.data));
    let tls = if mode.plain_http { None } else { Some(certificate(config, folder.as_ref())?) };
    let mut issuers = config.issuers.iter().map(issuer).collect::<Result<Vec<_>, _>>()?;
    if let Some(folder) = &folder {
        issuers.push(dev_issuer(folder));
    }
    if issuers.is_empty() {
        return Err(missing("[[issuers]] with issuer and jwks_uri or jwks_file: whose tokens hold"));
    }
    let key_encryption_key = match (key_encryption_key(&config.secrets)?, &folder) {
        (Some(key), _) => key,
        (None, Some(folder)) => folder.key_encryption_key().map_err(StartupError::Failed)?,
        (None, None) => {
            return Err(missing("secrets.key_file, key_env or credential: 32 random bytes in base64"));
        }
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
    let settings = domain::MusterSettings { dev: mode.dev, ..config.settings() };
    let opening = MusterOpening { database: config.database_url(), key_encryption_key, settings, clock };
    let setup = Setup { tls, listen: config.listen.clone(), limits: config.limits(), issuers, dev };
    Ok((opening, setup))
}

impl Setup {
    /// The server, now that the address is bound and the domain is open; its issuers' keys are being read.
    pub fn server<G: Graph>(self, graph: G, listener: &Listener) -> Result<Arc<Server<G>>, StartupError> {
        let origin = listener.local_origin();
        let mut issuers = self.issuers;
        let authorization_uri = match (&self.dev, issuers.first()) {
            (None, Some(issuer)) => issuer.name.clone(),
            _ => format!("{origin}/{TENANT_DEFAULT}/oauth2/v2.0/authorize"),
        };
        if let Some(dev) = &self.dev {
            dev.folder.note_origin(&origin).map_err(StartupError::Failed)?;
            // The dev issuer comes last. Some libraries ask for a token for our own origin, most without its port.
            if let Some(issuer) = issuers.last_mut() {
                issuer.audiences.extend(own_audiences(listener));
            }
        }
        let server = Server {
            graph,
            tokens: Tokens::new(issuers),
            limits: self.limits,
            scheme: listener.scheme(),
            authorization_uri,
            dev_issuer: self.dev,
        };
        Ok(keep_fresh(Arc::new(server)))
    }
}

/// Reads the issuers' keys in the background, now and again.
fn keep_fresh<G: Graph>(server: Arc<Server<G>>) -> Arc<Server<G>> {
    for index in 0..server.tokens.issuers().len() {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            while let Some(issuer) = server.tokens.issuers().get(index) {
                issuer.keys.refresh().await;
                tokio::time::sleep(if issuer.keys.is_file() { FILE_REFRESH } else { URI_REFRESH }).await;
            }
        });
    }
    server
}

/// The TLS configuration with the operator's certificate, or in dev mode with the dev folder's.
fn certificate(
    config: &Config,
    folder: Option<&DevFolder>,
) -> Result<Arc<rustls::ServerConfig>, StartupError> {
    match (&config.tls, folder) {
        (Some(files), _) => tls::from_files(&files.certificate, &files.key),
        (None, Some(folder)) => {
            let (chain, key) = folder.server_certificate().map_err(StartupError::Failed)?;
            tls::configuration(chain.as_bytes(), key.as_bytes()).map_err(|error| {
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

fn dev_issuer(folder: &DevFolder) -> Issuer {
    Issuer {
        name: DEV_ISSUER.to_owned(),
        audiences: GRAPH_AUDIENCES.map(str::to_owned).to_vec(),
        keys: KeySet::new(folder.key_source()),
    }
}

fn issuer(table: &IssuerTable) -> Result<Issuer, StartupError> {
    let name = &table.issuer;
    let source = match (&table.jwks_file, &table.jwks_uri) {
        (Some(path), None) => file_source(name, path)?,
        (None, Some(uri)) => uri_source(name, uri)?,
        _ => {
            return Err(StartupError::Misused(format!(
                "the issuer '{name}' needs one of jwks_file and jwks_uri: where its keys are"
            )));
        }
    };
    let audiences = match table.audiences.as_slice() {
        [] => GRAPH_AUDIENCES.map(str::to_owned).to_vec(),
        audiences => audiences.to_vec(),
    };
    Ok(Issuer { name: name.clone(), audiences, keys: KeySet::new(source) })
}

fn file_source(issuer: &str, path: &Path) -> Result<KeySource, StartupError> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(KeySource::File(path.to_owned())),
        Err(error) => Err(StartupError::Misused(format!(
            "cannot read jwks_file = '{}' of the issuer '{issuer}': {error}",
            path.display()
        ))),
    }
}

fn uri_source(issuer: &str, uri: &str) -> Result<KeySource, StartupError> {
    let url = reqwest::Url::parse(uri).ok();
    let local = |url: &reqwest::Url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if !url.is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && local(&url))) {
        return Err(StartupError::Misused(format!(
            "jwks_uri = '{uri}' of the issuer '{issuer}' is not an https URL"
        )));
    }
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
    let client =
        client.map_err(|error| StartupError::Failed(format!("cannot make HTTPS requests: {error}")))?;
    Ok(KeySource::Uri { uri: uri.to_owned(), client })
}

/// The key-encryption key from the place that the configuration names, if it names one.
fn key_encryption_key(secrets: &Secrets) -> Result<Option<Zeroizing<[u8; 32]>>, StartupError> {
    let (place, text) = match (&secrets.key_file, &secrets.key_env, &secrets.credential) {
        (Some(path), _, _) => {
            (format!("secrets.key_file = '{}'", path.display()), std::fs::read_to_string(path).ok())
        }
        (_, Some(name), _) => (format!("secrets.key_env = '{name}'"), std::env::var(name).ok()),
        (_, _, Some(name)) => {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY");
            let text = folder.and_then(|folder| std::fs::read_to_string(Path::new(&folder).join(name)).ok());
            (format!("secrets.credential = '{name}'"), text)
        }
        (None, None, None) => return Ok(None),
    };
    let text = text.map(Zeroizing::new);
    match text.and_then(|text| key_from_base64(&text)) {
        Some(key) => Ok(Some(key)),
        None => Err(StartupError::Misused(format!("{place} does not lead to 32 bytes in base64"))),
    }
}

fn missing(what: &str) -> StartupError {
    StartupError::Misused(format!(
        "the configuration lacks {what}; add it to the --config file, or try --dev"
    ))
}
