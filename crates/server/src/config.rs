//! What the operator decides: the configuration file, `MUSTER_…` variables over it, and the command line over both.
//!
//! A variable is named like its key, with two underscores where the file has a table: `MUSTER_LIMITS__BODY_BYTES`.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::{ConfigError, Environment, File, FileFormat};
use serde::{Deserialize, Serialize};

use crate::audit_sink::AuditTable;
use crate::environment::{self, Variables};
use crate::issuer_table::IssuerTable;
use crate::limits::Limits;
use crate::secret_keys::VaultTable;
use crate::setting_values::{self, Origin, Origins, SettingValue};
use crate::startup_error::StartupError;
use crate::throttle::ThrottleTable;
use crate::tls::TlsFiles;
use crate::tokens::Cloud;
use crate::traces::TracesTable;

/// The settings that are lists of tables: no variable holds one.
const FILE_ONLY: [&str; 2] = ["issuers", "tenants"];

/// The command line of `muster serve`, as far as it overrides the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The configuration file (`--config`).
    pub file: Option<PathBuf>,
    /// The data folder (`--data`).
    pub data: Option<PathBuf>,
    /// The database's URL (`--database`).
    pub database: Option<String>,
    /// The address to listen on (`--listen`).
    pub listen: Option<String>,
}

/// The configuration of a server, as its file has it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `HOST:PORT` to listen on. Port 0 picks a free one.
    pub listen: String,
    /// The folder in which Muster keeps files.
    pub data: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; without it, a SQLite file in the data folder.
    pub database: Option<String>,
    /// The level of the log: `error`, `warn`, `info`, `debug`, or a filter as tracing has it.
    pub log: String,
    /// The server's certificate. Dev mode has its own.
    pub tls: Option<TlsFiles>,
    /// The URL with which all links begin. Without it, links begin as the client addressed the server.
    pub public_url: Option<String>,
    /// The hosts for which requests are taken. Without it, all.
    pub hosts: Vec<String>,
    /// The proxies, addresses or networks, whose word on how they were addressed is believed.
    pub proxies: Vec<String>,
    /// The cloud whose Graph clients expect, where an issuer has no `audiences`.
    #[serde(deserialize_with = "domain::word")]
    pub cloud: Cloud,
    /// The issuers whose tokens hold. Dev mode has one more.
    pub issuers: Vec<IssuerTable>,
    /// The tenants that are served; without any, all for which the issuers speak.
    pub tenants: Vec<domain::TenantTable>,
    /// The place of the key under which secrets are sealed, and who may read them.
    pub secrets: Secrets,
    /// A setting that is passed on to the domain.
    #[serde(deserialize_with = "domain::word")]
    pub validation: engine::Validation,
    /// A setting that is passed on to the domain.
    pub autopilot: domain::Autopilot,
    /// The settings of agents.
    pub agent: domain::Agent,
    /// A setting that is passed on to the domain.
    pub firmware: domain::FirmwareSettings,
    /// The sink of the audit's records.
    pub audit: AuditTable,
    /// How long changes are remembered.
    pub journal: JournalTable,
    /// The bounds that an operator can set.
    pub limits: LimitsTable,
    /// Whether callers are held to the limits of the cloud.
    pub throttle: ThrottleTable,
    /// Where metrics are read.
    pub metrics: MetricsTable,
    /// Where traces go.
    pub traces: TracesTable,
}

/// The table `[metrics]`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsTable {
    /// `HOST:PORT` on which `/metrics` is read, over plain HTTP. Without it, nowhere.
    pub listen: Option<String>,
}

/// The table `[secrets]`. One of the first four keys says where the key-encryption key is: 32 bytes in base64, or at Vault.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// The file that holds the key.
    pub key_file: Option<PathBuf>,
    /// The variable of the environment that holds the key.
    pub key_env: Option<String>,
    /// The systemd credential that holds the key.
    pub credential: Option<String>,
    /// The name of the key in Vault's transit engine.
    pub vault_key: Option<String>,
    /// How to speak to Vault.
    pub vault: Option<VaultTable>,
    /// Whether reading secrets asks for the privileged-operations permission as well: passed on to the domain.
    pub require_privileged: bool,
    /// Whether whoever is shown secrets has to say why: passed on to the domain.
    pub require_reason: bool,
    /// How passwords are shown: passed on to the domain.
    #[serde(deserialize_with = "domain::word")]
    pub reveal: domain::Reveal,
    /// Whether somebody else must approve before passwords are shown: passed on to the domain.
    pub approval: bool,
    /// How many entities' secrets one caller is shown in an hour: passed on to the domain.
    pub reveals_per_hour: u32,
    /// The days for which a deleted record of passwords can be restored, 400 if it is not given: passed on to the domain.
    pub retention_days: Option<u32>,
    /// The days after which a password is replaced by itself: passed on to the domain.
    pub rotate_every_days: u32,
    /// Whether a password is replaced after a look, as it is if this is not given: passed on to the domain.
    pub rotate_after_reveal: Option<bool>,
}

impl Secrets {
    /// The key of the configuration that says where the key-encryption key is, and the source that it means.
    pub fn key_source(&self) -> Option<(&'static str, String)> {
        let file = self.key_file.as_ref().map(|path| ("key_file", format!("file:{}", path.display())));
        let env = self.key_env.as_ref().map(|name| ("key_env", format!("env:{name}")));
        let credential = self.credential.as_ref().map(|name| ("credential", format!("credential:{name}")));
        let vault = self.vault_key.as_ref().map(|name| ("vault_key", format!("vault:{name}")));
        file.or(env).or(credential).or(vault)
    }

    fn custody(&self) -> domain::Custody {
        let defaults = domain::Custody::default();
        domain::Custody {
            require_privileged: self.require_privileged,
            require_reason: self.require_reason,
            reveal: self.reveal,
            approval: self.approval,
            reveals_per_hour: self.reveals_per_hour,
            retention_days: self.retention_days.unwrap_or(defaults.retention_days),
            rotate_every_days: self.rotate_every_days,
            rotate_after_reveal: self.rotate_after_reveal.unwrap_or(defaults.rotate_after_reveal),
        }
    }
}

/// The table `[journal]`: how long changes are remembered.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalTable {
    /// The days that entries about changes are kept; 0 is for ever.
    pub retention_days: usize,
}

impl Default for JournalTable {
    fn default() -> JournalTable {
        JournalTable { retention_days: 30 }
    }
}

/// The table `[limits]`: the bounds that an operator can set.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsTable {
    /// The largest body of a request, as sent and unpacked.
    pub body_bytes: usize,
    /// The bytes of all bodies and answers in memory at once.
    pub bytes_at_once: usize,
    /// The most connections at once.
    pub connections: usize,
    /// The most connections at once from one address.
    pub connections_per_address: usize,
    /// The largest configuration file that is taken.
    pub configuration_file_content_bytes: usize,
    /// The most entities of a page, and as many as it has if the client does not say.
    pub page_size: usize,
    /// The days that a delta link holds.
    pub delta_token_days: usize,
    /// The hours that a create with an `Idempotency-Key` is remembered.
    pub idempotency_hours: usize,
    /// The seconds for which the server goes on when it is told to stop, and says that it is not ready.
    pub stop_delay_seconds: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: "127.0.0.1:8443".to_owned(),
            data: PathBuf::from("muster-data"),
            database: None,
            log: "info".to_owned(),
            tls: None,
            public_url: None,
            hosts: Vec::new(),
            proxies: Vec::new(),
            cloud: Cloud::default(),
            issuers: Vec::new(),
            tenants: Vec::new(),
            secrets: Secrets::default(),
            validation: engine::Validation::default(),
            autopilot: domain::Autopilot::default(),
            agent: domain::Agent::default(),
            firmware: domain::FirmwareSettings::default(),
            audit: AuditTable::default(),
            journal: JournalTable::default(),
            limits: LimitsTable::default(),
            throttle: ThrottleTable::default(),
            metrics: MetricsTable::default(),
            traces: TracesTable::default(),
        }
    }
}

impl Default for LimitsTable {
    fn default() -> LimitsTable {
        let limits = Limits::default();
        LimitsTable {
            body_bytes: limits.body_bytes,
            bytes_at_once: limits.bytes_at_once,
            connections: limits.connections,
            connections_per_address: limits.connections_per_address,
            configuration_file_content_bytes: 5_120,
            page_size: 1_000,
            delta_token_days: 30,
            idempotency_hours: 24,
            stop_delay_seconds: 0,
        }
    }
}

/// A configuration, and how it came about.
#[derive(Debug)]
pub struct LoadedConfig {
    /// The configuration that file, variables and options come to.
    pub config: Config,
    /// Who set what is not at its default.
    pub origins: Origins,
    /// What the operator should know, although it stops nothing: a line each.
    pub warnings: Vec<String>,
}

/// Reads the configuration. A mistake names its key.
pub fn load(
    overrides: &Overrides,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<LoadedConfig, StartupError> {
    let mut keys = Config::keys();
    keys.retain(|key| !FILE_ONLY.contains(&key.as_str()));
    let variables = Variables::of(environment, &keys);
    let mut origins = Origins::new();
    let mut builder = config::Config::builder();
    if let Some(path) = &overrides.file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            StartupError::Misused(format!("cannot read the configuration {}: {error}", path.display()))
        })?;
        // A file that is not TOML is refused below.
        let table = toml::from_str::<toml::Table>(&text).unwrap_or_default();
        origins.extend(setting_values::flat(&table).into_iter().map(|(key, _)| (key, Origin::File)));
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    origins.extend(
        variables
            .settings
            .keys()
            .filter_map(|name| Some((environment::key_of(name)?, Origin::Variable(name.clone())))),
    );
    let source = Environment::with_prefix("MUSTER")
        .prefix_separator("_")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("hosts")
        .with_list_parse_key("proxies")
        .with_list_parse_key("traces.resource_attributes")
        .source(Some(variables.settings.clone()));
    let read = builder.add_source(source).build().and_then(config::Config::try_deserialize::<Config>);
    let mut config = read.map_err(|error| mistake(&error, overrides.file.as_deref()))?;
    origins.extend(config.override_with(overrides));
    config.check()?;
    let warnings = variables.passed_over(config.secrets.key_env.as_deref(), &keys);
    Ok(LoadedConfig { config, origins, warnings })
}

impl LoadedConfig {
    /// All settings in the order of the documentation, as they are shown.
    pub fn shown(&self) -> Vec<SettingValue> {
        let values = setting_values::flat(&self.config);
        let value = |key: &str| values.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone());
        let shown = |key: String| SettingValue {
            value: setting_values::shown(&key, value(&key).unwrap_or_default()),
            origin: self.origins.get(&key).unwrap_or(&Origin::Default).to_string(),
            key,
        };
        Config::keys().into_iter().map(shown).collect()
    }
}

impl Config {
    /// The keys of all settings there are.
    pub fn keys() -> Vec<String> {
        // What is left out by default has keys, too.
        let secrets = Secrets { vault: Some(VaultTable::default()), ..Secrets::default() };
        let whole = Config { tls: Some(TlsFiles::default()), secrets, ..Config::default() };
        setting_values::flat(&whole).into_iter().map(|(key, _)| key).collect()
    }

    /// Takes what the command line says; what it sets.
    fn override_with(&mut self, overrides: &Overrides) -> Vec<(String, Origin)> {
        let mut set = Vec::new();
        let mut note = |key: &str, option| set.push((key.to_owned(), Origin::Option(option)));
        if let Some(data) = &overrides.data {
            self.data.clone_from(data);
            note("data", "--data");
        }
        if let Some(database) = &overrides.database {
            self.database = Some(database.clone());
            note("database", "--database");
        }
        if let Some(listen) = &overrides.listen {
            self.listen.clone_from(listen);
            note("listen", "--listen");
        }
        set
    }

    /// The URL of the database.
    pub fn database_url(&self) -> String {
        let in_data_folder = || format!("sqlite:{}", self.data.join("muster.db").display());
        self.database.clone().unwrap_or_else(in_data_folder)
    }

    /// The bounds of requests and connections.
    pub fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.limits.body_bytes,
            bytes_at_once: self.limits.bytes_at_once,
            connections: self.limits.connections,
            connections_per_address: self.limits.connections_per_address,
            stop_delay: Duration::from_secs(self.limits.stop_delay_seconds as u64),
            ..Limits::default()
        }
    }

    /// The settings of the domain.
    pub fn settings(&self) -> Result<domain::MusterSettings, StartupError> {
        let tenants = domain::configured_tenants(&self.tenants).map_err(StartupError::Misused)?;
        Ok(domain::MusterSettings {
            dev: false,
            custody: self.secrets.custody(),
            validation: self.validation,
            autopilot: self.autopilot.clone(),
            agent: self.agent.clone(),
            firmware: self.firmware.clone(),
            configuration_file_content_bytes: self.limits.configuration_file_content_bytes as u32,
            page_size: self.limits.page_size as u64,
            delta_token_days: self.limits.delta_token_days as u32,
            journal_retention_days: self.journal.retention_days as u32,
            idempotency_hours: self.limits.idempotency_hours as u32,
            call_time: self.limits().call_time,
            tenants: Arc::new(tenants),
        })
    }

    fn check(&self) -> Result<(), StartupError> {
        let limits = &self.limits;
        let bounded: [(&str, usize, RangeInclusive<usize>); 10] = [
            ("journal.retention_days", self.journal.retention_days, 0..=36_500),
            ("limits.body_bytes", limits.body_bytes, 1 << 10..=64 << 20),
            ("limits.connections", limits.connections, 1..=100_000),
            ("limits.connections_per_address", limits.connections_per_address, 1..=100_000),
            ("limits.configuration_file_content_bytes", limits.configuration_file_content_bytes, 1..=2 << 20),
            ("limits.page_size", limits.page_size, 1..=10_000),
            ("limits.delta_token_days", limits.delta_token_days, 1..=3_650),
            ("limits.idempotency_hours", limits.idempotency_hours, 1..=8_760),
            // Two bodies at least, of which large ones may take three quarters.
            ("limits.bytes_at_once", limits.bytes_at_once, 3 * limits.body_bytes..=64 << 30),
            ("limits.stop_delay_seconds", limits.stop_delay_seconds, 0..=600),
        ];
        for (key, value, range) in bounded {
            if !range.contains(&value) {
                return Err(StartupError::Misused(format!(
                    "{key} = {value} is out of bounds; it takes {} to {}",
                    range.start(),
                    range.end()
                )));
            }
        }
        self.throttle.check()?;
        self.traces.check()?;
        self.autopilot.check().map_err(StartupError::Misused)?;
        self.agent.check().map_err(StartupError::Misused)?;
        self.secrets.custody().check().map_err(StartupError::Misused)?;
        let url = self.database_url();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(StartupError::Misused(
                "the database is neither sqlite:PATH nor postgres://USER@HOST/NAME; see --database"
                    .to_owned(),
            ));
        }
        store::Database::parse(&url).map_err(StartupError::Misused)?;
        let places = [
            self.secrets.key_file.is_some(),
            self.secrets.key_env.is_some(),
            self.secrets.credential.is_some(),
            self.secrets.vault_key.is_some(),
        ];
        if places.into_iter().filter(|given| *given).count() > 1 {
            return Err(StartupError::Misused(
                "secrets has more than one of key_file, key_env, credential and vault_key; keep one"
                    .to_owned(),
            ));
        }
        self.secrets.vault.as_ref().map_or(Ok(()), VaultTable::check)?;
        Ok(())
    }
}

/// The error for a mistake in the configuration: one line that names the file and the key.
fn mistake(error: &ConfigError, file: Option<&Path>) -> StartupError {
    let from = file.map_or("the MUSTER_… variables".to_owned(), |path| format!("{}", path.display()));
    let text = error.to_string();
    let line = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    StartupError::Misused(format!("the configuration has a mistake: {line} (from {from})"))
}

#[cfg(test)]
mod tests {
    use super::{Config, Overrides, load};
    use crate::startup_error::StartupError;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muster.toml");
        std::fs::write(&file, text).unwrap();
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let overrides = Overrides { file: Some(file), ..Overrides::default() };
        load(&overrides, variables).map(|loaded| loaded.config).map_err(|error| match error {
            StartupError::Misused(text) => text,
            StartupError::Failed(text) => panic!("a mistake is misuse: {text}"),
        })
    }

    #[test]
    fn mistakes_name_their_key() {
        type Variables = &'static [(&'static str, &'static str)];
        let cases: [(&str, Variables, &str); 34] = [
            ("[secrets]\nreveal = \"never\"", &[], "expected `documented` or `explicit`"),
            ("[secrets]\nretention_days = 0", &[], "secrets.retention_days = 0"),
            ("[secrets]\nrotate_every_days = 40000", &[], "secrets.rotate_every_days = 40000"),
            ("[secrets]\napproval = true", &[], "secrets.reveal"),
            ("[audit]\nformat = \"cef\"", &[], "`cef`, expected `jsonl` or `ocsf`"),
            ("[journal]\nretention_days = 36501", &[], "journal.retention_days = 36501"),
            ("listn = \"x\"", &[], "listn"),
            ("[limits]\nbody_byte = 1", &[], "body_byte"),
            ("[limits]\nbody_bytes = \"many\"", &[], "limits.body_bytes"),
            ("[limits]\nbody_bytes = 1", &[], "limits.body_bytes = 1"),
            ("[limits]\nbytes_at_once = 10000000", &[], "limits.bytes_at_once = 10000000"),
            ("[limits]\nstop_delay_seconds = 601", &[], "limits.stop_delay_seconds = 601"),
            ("[limits]\npage_size = 10001", &[], "limits.page_size"),
            ("[autopilot]\nimport_batch_max = 10001", &[], "autopilot.import_batch_max = 10001"),
            ("[autopilot]\nhash_validation = \"lax\"", &[], "autopilot.hash_validation"),
            ("[autopilot]\nhash_validation = \"lax\"", &[], "`lax`, expected `strict` or `opaque`"),
            ("[firmware]\nlint = \"maybe\"", &[], "`maybe`, expected `warn` or `refuse`"),
            ("[autopilot]\ndelays = \"long\"", &[], "expected `none` or `realistic`"),
            ("", &[("MUSTER_VALIDATION", "lax")], "expected `documented` or `strict`"),
            ("validation = 5", &[], "validation"),
            ("cloud = \"moon\"", &[], "`us_government`"),
            (
                "[tls]\ncertificate = \"a\"\nkey = \"b\"\nclient_certificates = \"maybe\"",
                &[],
                "expected `required` or `optional`",
            ),
            ("database = \"mysql://x\"", &[], "--database"),
            ("[[tenants]]\nid = \"x\"", &[], "tenants[0]id"),
            ("[[tenants]]\ndisplay_name = \"x\"", &[], "id"),
            (
                "[[tenants]]\nid = \"11111111-1111-4111-8111-111111111111\"\nstate = \"shut\"",
                &[],
                "`readOnly`",
            ),
            (
                "[[tenants]]\nid = \"11111111-1111-4111-8111-111111111111\"\nquotas = { record = 1 }",
                &[],
                "record",
            ),
            ("[secrets]\nkey_file = \"a\"\nkey_env = \"b\"", &[], "key_file"),
            ("[throttle]\nprofile = \"fast\"", &[], "expected one of `off`, `documented`, `scaled`"),
            ("[throttle]\nprofile = \"scaled\"", &[], "needs throttle.factor"),
            ("[throttle]\nprofile = \"scaled\"\nfactor = 0", &[], "throttle.factor = 0 is out of bounds"),
            ("[throttle]\nprofile = \"scaled\"\nfactor = nan", &[], "throttle.factor = NaN is out of bounds"),
            ("[throttle]\nfactor = 0.5", &[], "throttle.profile"),
            ("listen = ", &[], "1"),
        ];
        for (text, variables, named) in cases {
            let error = read(text, variables).map(|_| ()).unwrap_err();
            assert!(error.contains(named) && !error.contains('\n'), "{text} {variables:?}: {error}");
        }
    }

    #[test]
    fn variables_override_the_file_and_the_command_line_both() {
        let text = "listen = \"127.0.0.1:1\"\n[limits]\nbody_bytes = 2048\nconnections = 7";
        let variables =
            [("MUSTER_LIMITS__BODY_BYTES", "4096"), ("MUSTER_TOKEN", "for clients"), ("HOME", "/")];
        let config = read(text, &variables).unwrap();
        let hosts = [("MUSTER_HOSTS", "a.example,b.example")];
        assert_eq!(read("", &hosts).unwrap().hosts, ["a.example", "b.example"]);
        assert_eq!(
            (config.listen.as_str(), config.limits.body_bytes, config.limits.connections),
            ("127.0.0.1:1", 4096, 7)
        );
        let overrides = Overrides { listen: Some("[::1]:2".to_owned()), ..Overrides::default() };
        let variables = [("MUSTER_LISTEN".into(), "127.0.0.1:1".into())];
        let loaded = load(&overrides, variables.into_iter()).unwrap();
        assert_eq!(loaded.config.listen, "[::1]:2");
    }

    #[test]
    fn each_setting_is_shown_with_who_set_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muster.toml");
        std::fs::write(&file, "log = \"warn\"\ndatabase = \"postgres://a:b@c/d\"\n[limits]\npage_size = 7\n")
            .unwrap();
        let overrides =
            Overrides { file: Some(file), listen: Some("[::1]:2".to_owned()), ..Overrides::default() };
        let variables = [("MUSTER_LOG", "info"), ("MUSTER_TLS__KEY", "k"), ("MUSTER_TLS__CERTIFICATE", "c")];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let shown = load(&overrides, variables.into_iter()).unwrap().shown();
        let of = |key: &str| {
            let found = shown.iter().find(|setting| setting.key == key);
            let found = found.unwrap_or_else(|| panic!("no {key} in {shown:?}"));
            format!("{} {}", found.value, found.origin)
        };
        let cases = [
            ("log", "\"info\" environment MUSTER_LOG"),
            ("listen", "\"[::1]:2\" option --listen"),
            ("database", "\"postgres://a:********@c/d\" file"),
            ("limits.page_size", "7 file"),
            ("limits.body_bytes", "4194304 default"),
            ("tls.key", "\"k\" environment MUSTER_TLS__KEY"),
            ("tls.client_ca", "null default"),
            ("cloud", "\"global\" default"),
        ];
        for (key, expected) in cases {
            assert_eq!(of(key), expected, "{key}");
        }
    }

    #[test]
    fn a_variable_that_is_no_setting_stops_nothing() {
        let variables = [
            ("MUSTER_LISTN", "x"),
            ("MUSTER_LISTEN", "tcp://10.0.0.1:80"),
            ("MUSTER_SERVICE_HOST", "10.0.0.1"),
            ("MUSTER_ISSUERS", "x"),
            ("MUSTER_LIMITS", "x"),
            ("MUSTER_KEY", "x"),
            ("MUSTER_SECRETS__KEY_ENV", "MUSTER_KEY"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let loaded = load(&Overrides::default(), variables.into_iter()).unwrap();
        assert_eq!(loaded.config.listen, Config::default().listen);
        let passed_over = ["MUSTER_ISSUERS", "MUSTER_LIMITS", "MUSTER_LISTN", "MUSTER_SERVICE_HOST"];
        assert_eq!(loaded.warnings.len(), passed_over.len(), "{:?}", loaded.warnings);
        for (name, warning) in passed_over.iter().zip(&loaded.warnings) {
            assert!(warning.contains(name), "{warning}");
        }
    }
}
