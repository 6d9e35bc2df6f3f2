//! A connection URL as libpq writes it, read strictly: what is not known is refused.

use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::parameters::UrlParameters;
use super::passfile::Sought;
use super::password::PasswordSource;
use super::stream::TlsMaker;
use super::tls::{TlsMode, TlsParameters};

/// The largest number of hosts.
const HOSTS_MAX: usize = 16;
/// The time for which all hosts together may be tried, if the URL does not say how long one may.
const ALL_HOSTS_MAX: Duration = Duration::from_millis(4_500);
/// The shortest and the longest time for one of them.
const HOST_TIME: [Duration; 2] = [Duration::from_millis(1_500), Duration::from_secs(4)];
/// The longest time that sent bytes may stay unacknowledged before the connection counts as lost.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(4);
/// The time for which a connection may be silent before the other end is probed, and the time between probes.
const SILENT_MAX: Duration = Duration::from_secs(2);
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// The number of probes without an answer after which the connection counts as lost.
const PROBES_MAX: u32 = 2;
/// The port if the URL names none.
const PORT: u16 = 5432;

/// Whether a pooler that hands out connections by the transaction stands before the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Pooler {
    /// It is looked whether one does.
    Detect,
    /// There is none, or one that keeps a connection for a session.
    None,
    /// It hands out connections by the transaction.
    Transaction,
}

/// The URL of a database.
#[derive(Debug)]
pub(in crate::postgres) struct DatabaseUrl {
    /// The hosts, in the order in which they are tried.
    pub hosts: Vec<DatabaseHost>,
    pub pooler: Pooler,
    /// Hosts and database name: what may stand in a message. Never user or password.
    pub name: String,
}

/// One of the hosts with all that a connection to it needs.
#[derive(Clone, Debug)]
pub(in crate::postgres) struct DatabaseHost {
    /// Host and port, for messages.
    pub name: String,
    /// Whether what is sent there stays on this machine.
    pub is_local: bool,
    /// The longest time that connecting may take, TLS and authentication included.
    pub time_max: Duration,
    config: Config,
    /// The host as a password file names it.
    host: String,
    port: u16,
    mode: TlsMode,
    tls: TlsParameters,
    password: PasswordSource,
}

impl DatabaseUrl {
    /// Reads a URL. No error repeats a value of it.
    pub fn parse(url: &str) -> Result<DatabaseUrl, String> {
        let is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !is_url {
            return Err("it does not begin with postgres://".to_owned());
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut parameters = UrlParameters::read(query)?;
        let read: Result<Config, _> = format!("{base}?{}", parameters.passed_on).parse();
        let mut config = read.map_err(|error| malformed(&error))?;
        if let Some(password) = parameters.take("password")? {
            config.password(password);
        }
        let password = PasswordSource::read(&mut parameters, config.get_password().is_some())?;
        let tls = TlsParameters::read(&mut parameters)?;
        let attributes = session_attributes(&mut parameters)?;
        let pooler = pooler(&mut parameters)?;
        let time_max = connect_timeout(&mut parameters)?;
        let places = places(&config)?;
        let time_max = time_max.unwrap_or_else(|| {
            let [least, most] = HOST_TIME;
            (ALL_HOSTS_MAX / places.len() as u32).clamp(least, most)
        });
        let hosts = places.into_iter().map(|place| {
            let mode = tls.mode_for(place.is_local());
            let mut config = of_host(&config, &place);
            config.target_session_attrs(attributes).connect_timeout(time_max).ssl_mode(match mode {
                TlsMode::Disable => SslMode::Disable,
                TlsMode::Prefer => SslMode::Prefer,
                TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
            });
            DatabaseHost {
                name: format!("{}:{}", place.shown(), place.port),
                is_local: place.is_local(),
                time_max,
                config,
                host: place.in_password_file(),
                port: place.port,
                mode,
                tls: tls.clone(),
                password: password.clone(),
            }
        });
        let hosts: Vec<DatabaseHost> = hosts.collect();
        let names: Vec<&str> = hosts.iter().map(|host| host.name.as_str()).collect();
        let name = format!("postgres://{}/{}", names.join(","), config.get_dbname().unwrap_or_default());
        Ok(DatabaseUrl { hosts, pooler, name })
    }

    /// The same for who only looks: a standby will do.
    pub fn with_standbys(mut self) -> DatabaseUrl {
        for host in &mut self.hosts {
            host.config.target_session_attrs(TargetSessionAttrs::Any);
        }
        self
    }
}

impl DatabaseHost {
    /// What the library needs to connect, read anew from its files.
    pub fn ready(&self) -> Result<(Config, TlsMaker), String> {
        let tls = self.tls.configuration(self.mode)?;
        let mut config = self.config.clone();
        let sought = Sought {
            host: &self.host,
            port: self.port,
            database: config.get_dbname().or(config.get_user()).unwrap_or_default(),
            user: config.get_user().unwrap_or_default(),
        };
        if let Some(password) = self.password.password(&sought)? {
            config.password(password.as_bytes());
        }
        Ok((config, TlsMaker(tls.into())))
    }
}

/// Whether a URL is well formed; why not, without any value of it.
pub(crate) fn check_url(url: &str) -> Result<(), String> {
    DatabaseUrl::parse(url).map(|_| ())
}

/// Where a server is.
struct Place {
    host: Option<Host>,
    address: Option<IpAddr>,
    port: u16,
}

impl Place {
    /// Whether what is sent stays on this machine.
    fn is_local(&self) -> bool {
        if let Some(address) = self.address {
            return address.is_loopback();
        }
        match &self.host {
            Some(Host::Unix(_)) => true,
            Some(Host::Tcp(host)) => {
                let address: Option<IpAddr> = host.parse().ok();
                host == "localhost" || address.is_some_and(|address| address.is_loopback())
            }
            None => false,
        }
    }

    fn shown(&self) -> String {
        match (&self.host, self.address) {
            (Some(Host::Tcp(host)), _) => host.clone(),
            (Some(Host::Unix(path)), _) => path.display().to_string(),
            (None, Some(address)) => address.to_string(),
            (None, None) => String::new(),
        }
    }

    /// A socket is called `localhost` there, as libpq calls one in its usual folder.
    fn in_password_file(&self) -> String {
        if matches!(self.host, Some(Host::Unix(_))) { "localhost".to_owned() } else { self.shown() }
    }
}

/// The hosts of a URL, each with its port.
fn places(config: &Config) -> Result<Vec<Place>, String> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = hosts.len().max(addresses.len());
    if count == 0 {
        return Err("it names no host".to_owned());
    }
    if count > HOSTS_MAX {
        return Err(format!("it names {count} hosts; there may be {HOSTS_MAX}"));
    }
    if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err("it has another number of host than of hostaddr".to_owned());
    }
    if ports.len() > 1 && ports.len() != count {
        return Err("it has another number of ports than of hosts".to_owned());
    }
    let place = |at: usize| Place {
        host: hosts.get(at).cloned(),
        address: addresses.get(at).copied(),
        port: ports.get(at).or(ports.first()).copied().unwrap_or(PORT),
    };
    Ok((0..count).map(place).collect())
}

/// The library's configuration for one of the hosts.
fn of_host(all: &Config, place: &Place) -> Config {
    let mut config = Config::new();
    match &place.host {
        Some(Host::Tcp(host)) => {
            config.host(host);
        }
        Some(Host::Unix(path)) => {
            config.host_path(path);
        }
        None => {}
    }
    place.address.map(|address| config.hostaddr(address));
    config.port(place.port);
    // The user of this process, as libpq has it; the password file is asked for the same.
    let user = all.get_user().map(str::to_owned).or_else(|| std::env::var("USER").ok());
    user.map(|user| config.user(user));
    all.get_password().map(|password| config.password(password));
    all.get_dbname().map(|name| config.dbname(name));
    all.get_options().map(|options| config.options(options));
    config.application_name(all.get_application_name().unwrap_or("muster"));
    config.channel_binding(all.get_channel_binding());
    config.tcp_user_timeout(UNACKNOWLEDGED_MAX).keepalives_idle(SILENT_MAX);
    config.keepalives_interval(PROBE_INTERVAL).keepalives_retries(PROBES_MAX);
    config
}

fn malformed(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    // Only what says which parameter is wrong: other messages might repeat a part of the URL.
    match cause.starts_with("invalid value for option") {
        true => cause,
        false => "it is not written postgres://USER@HOST/NAME".to_owned(),
    }
}

fn session_attributes(parameters: &mut UrlParameters) -> Result<TargetSessionAttrs, String> {
    match parameters.take("target_session_attrs")?.as_deref() {
        None | Some("read-write" | "primary") => Ok(TargetSessionAttrs::ReadWrite),
        Some("any") => Ok(TargetSessionAttrs::Any),
        Some(_) => Err("the URL's target_session_attrs is none of read-write, primary and any".to_owned()),
    }
}

fn pooler(parameters: &mut UrlParameters) -> Result<Pooler, String> {
    match parameters.take("pooler")?.as_deref() {
        None | Some("detect") => Ok(Pooler::Detect),
        Some("none" | "session") => Ok(Pooler::None),
        Some("transaction") => Ok(Pooler::Transaction),
        Some(_) => Err("the URL's pooler is none of detect, none, session and transaction".to_owned()),
    }
}

fn connect_timeout(parameters: &mut UrlParameters) -> Result<Option<Duration>, String> {
    let seconds = parameters.take("connect_timeout")?.map(|text| text.parse::<u64>().ok());
    match seconds {
        None => Ok(None),
        Some(Some(seconds @ 1..=60)) => Ok(Some(Duration::from_secs(seconds))),
        Some(_) => Err("the URL's connect_timeout is not a number of seconds from 1 to 60".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tls::TlsMode;
    use super::DatabaseUrl;

    #[test]
    fn what_leaves_this_machine_is_encrypted_and_verified_unless_the_url_says_otherwise() {
        for (url, expected) in [
            ("postgres://u@localhost/d", &[TlsMode::Disable][..]),
            ("postgres://u@127.0.0.1/d", &[TlsMode::Disable]),
            ("postgres://u@127.8.0.1/d", &[TlsMode::Disable]),
            ("postgres://u@[::1]/d", &[TlsMode::Disable]),
            ("postgres://u@%2Frun%2Fpostgresql/d", &[TlsMode::Disable]),
            ("postgres://u@db/d?hostaddr=127.0.0.1", &[TlsMode::Disable]),
            ("postgres://u@localhost/d?hostaddr=10.0.0.1", &[TlsMode::VerifyFull]),
            ("postgres://u@db.example.org/d", &[TlsMode::VerifyFull]),
            ("postgres://u@10.0.0.1/d", &[TlsMode::VerifyFull]),
            ("postgres://u@localhost,db.example.org/d", &[TlsMode::Disable, TlsMode::VerifyFull]),
            ("postgres://u@localhost/d?sslmode=verify-full", &[TlsMode::VerifyFull]),
            ("postgres://u@db.example.org/d?sslmode=disable", &[TlsMode::Disable]),
            ("postgres://u@db.example.org/d?sslmode=require", &[TlsMode::Require]),
            ("postgres://u@db.example.org/d?sslmode=require&sslrootcert=ca.pem", &[TlsMode::VerifyCa]),
        ] {
            let read = DatabaseUrl::parse(url).unwrap_or_else(|reason| panic!("{url}: {reason}"));
            let modes: Vec<TlsMode> = read.hosts.iter().map(|host| host.mode).collect();
            assert_eq!(modes, expected, "{url}");
        }
    }

    #[test]
    fn a_malformed_url_is_refused_without_its_values() {
        for (url, expected) in [
            ("postgres://u:hunter2@h/d?sslmode=allow", "sslmode is none of"),
            ("postgres://u:hunter2@h/d?target_session_attrs=standby", "target_session_attrs"),
            ("postgres://u:hunter2@h/d?pooler=statement", "pooler is none of"),
            ("postgres://u:hunter2@h/d?connect_timeout=0", "connect_timeout"),
            ("postgres://u:hunter2@h/d?sslpassword=hunter2", "the parameter sslpassword"),
            ("postgres://u:hunter2@h:port/d", "port"),
            ("postgres://u:hunter2@a,b:1,c:2/d?hostaddr=10.0.0.1", "hostaddr"),
            ("postgres:///d?password=hunter2", "no host"),
            ("host=h password=hunter2", "postgres://"),
        ] {
            let reason = DatabaseUrl::parse(url).err().unwrap_or_else(|| panic!("{url} was read"));
            assert!(reason.contains(expected) && !reason.contains("hunter2"), "{url}: {reason}");
        }
    }
}
