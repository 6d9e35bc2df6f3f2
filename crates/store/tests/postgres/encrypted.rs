//! TLS to the database: who is taken for it, who is not, and how this side shows who it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use scratch_postgres::{Cluster, FOLDER, Fsync, Setup};
use store::{Database, OpenError, Store};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::sync::OnceCell;

use crate::support::{encryption_key, library};

/// The name in the server's certificate.
const NAME: &str = "db.example.org";
/// Who may come how. Nobody comes without TLS.
const HBA: &str = "\
local all all trust
hostssl all scratch 127.0.0.1/32 trust
hostssl all muster 127.0.0.1/32 scram-sha-256
hostssl all shown 127.0.0.1/32 cert
";

/// A server with TLS, and the files of its clients.
struct Encrypted {
    cluster: Cluster,
    folder: TempDir,
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key of a server, or of a client that is called so, in PEM.
fn certificate(
    name: &str,
    end: OffsetDateTime,
    issuer: &CertifiedIssuer<'static, KeyPair>,
) -> (String, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = end - Duration::days(30);
    params.not_after = end;
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

async fn start(end: OffsetDateTime) -> Encrypted {
    let (issuer, folder) = (authority("the authority"), TempDir::new().unwrap());
    let (pem, key) = certificate(NAME, end, &issuer);
    let (client_pem, client_key) =
        certificate("shown", OffsetDateTime::now_utc() + Duration::days(1), &issuer);
    let files = [
        ("ca.pem", issuer.pem(), 0o644),
        ("other-ca.pem", authority("another").pem(), 0o644),
        ("client.pem", client_pem, 0o644),
        ("client.key", client_key.clone(), 0o600),
        ("open.key", client_key, 0o644),
        ("password", "right:one\n".to_owned(), 0o644),
        ("wrong-password", "hunter2".to_owned(), 0o644),
        ("passfile", format!("# a comment\nelsewhere:*:*:*:hunter2\n{NAME}:*:*:muster:right:one\n"), 0o600),
        ("open-passfile", "*:*:*:*:right:one\n".to_owned(), 0o640),
    ];
    for (name, content, mode) in files {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let setup = Setup {
        settings: vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={FOLDER}/server.pem"),
            format!("ssl_key_file={FOLDER}/server.key"),
            format!("ssl_ca_file={FOLDER}/ca.pem"),
        ],
        files: vec![("server.pem", pem), ("server.key", key), ("ca.pem", issuer.pem())],
        hba: Some(HBA),
        ..Setup::default()
    };
    let cluster = Cluster::start_with(Fsync::Off, &setup).await.unwrap();
    let encrypted = Encrypted { cluster, folder };
    let roles = "create role muster superuser login password 'right:one'; create role shown superuser login";
    encrypted.superuser().await.batch_execute(roles).await.unwrap();
    encrypted
}

/// The server whose certificate holds, for all tests of this file.
async fn encrypted() -> &'static Encrypted {
    static SHARED: OnceCell<Encrypted> = OnceCell::const_new();
    SHARED.get_or_init(|| start(OffsetDateTime::now_utc() + Duration::days(1))).await
}

impl Encrypted {
    async fn superuser(&self) -> tokio_postgres::Client {
        self.cluster.superuser().await.unwrap()
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A URL for a new database; words like `ca.pem` in the parameters become the paths of the files.
    async fn url(&self, user: &str, host: &str, parameters: &str) -> String {
        let database = self.cluster.database().await.unwrap();
        let (_, name) = database.rsplit_once('/').unwrap();
        let mut url = format!("postgres://{user}@{host}:{}/{name}?hostaddr=127.0.0.1", self.cluster.port());
        for parameter in parameters.split_whitespace() {
            let (key, value) = parameter.split_once('=').unwrap();
            let path = self.file(value);
            url += &format!("&{key}={}", if Path::new(&path).exists() { &path } else { value });
        }
        url
    }

    async fn open(&self, user: &str, host: &str, parameters: &str) -> Result<Store, OpenError> {
        let database = Database::Postgres(self.url(user, host, parameters).await);
        Store::open(&database, library(), encryption_key()).await
    }

    /// The error of who cannot open it, in which no password stands.
    async fn refusal(&self, user: &str, host: &str, parameters: &str) -> String {
        let Err(error) = self.open(user, host, parameters).await else {
            panic!("{user}@{host} {parameters} was let in");
        };
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2") && !text.contains("right:one"), "{text}");
        text
    }
}

/// How many of the connections of this role are encrypted, and how many are not.
async fn connections(of: &Encrypted, role: &str) -> (i64, i64) {
    let text = "select count(*) filter (where ssl), count(*) filter (where not ssl) \
                from pg_stat_ssl join pg_stat_activity using (pid) where usename = $1";
    let row = of.superuser().await.query_one(text, &[&role]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn whoever_has_the_right_certificate_is_taken_for_the_database() {
    let encrypted = encrypted().await;
    for parameters in [
        "sslmode=verify-full sslrootcert=ca.pem channel_binding=require passfile=passfile",
        "sslmode=verify-full sslrootcert=ca.pem channel_binding=require password_file=password",
    ] {
        let store = encrypted.open("muster", NAME, parameters).await.unwrap();
        store.ping().await.unwrap();
        let (with, without) = connections(encrypted, "muster").await;
        assert!(with > 0 && without == 0, "{parameters}: {with} {without}");
        store.close().await;
    }
}

#[tokio::test]
async fn nobody_else_is() {
    let encrypted = encrypted().await;
    for (host, parameters, expected) in [
        ("other.example.org", "sslmode=verify-full sslrootcert=ca.pem", "not valid for name"),
        (NAME, "sslmode=verify-full sslrootcert=other-ca.pem", "UnknownIssuer"),
        (NAME, "sslmode=verify-ca sslrootcert=other-ca.pem", "UnknownIssuer"),
        (NAME, "sslmode=require sslrootcert=other-ca.pem", "UnknownIssuer"),
        (NAME, "sslmode=verify-full", "UnknownIssuer"),
        (NAME, "sslmode=verify-full sslrootcert=client.key", "sslrootcert"),
        (NAME, "sslmode=disable", "no encryption"),
    ] {
        let refusal = encrypted.refusal("scratch", host, parameters).await;
        assert!(refusal.contains(expected), "{host} {parameters}: {refusal}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let expired = start(OffsetDateTime::now_utc() - Duration::days(1)).await;
    let refusal = expired.refusal("scratch", NAME, "sslmode=verify-full sslrootcert=ca.pem").await;
    assert!(refusal.contains("certificate expired"), "{refusal}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_unless_the_url_allows_it() {
    let url = scratch_postgres::database().await;
    let open = async |parameters: &str| {
        let database = Database::Postgres(format!("{url}?{parameters}"));
        Store::open(&database, library(), encryption_key()).await.map(|_| ())
    };
    let error = open("sslmode=verify-full").await.unwrap_err().to_string();
    assert!(error.contains("does not support TLS"), "{error}");
    open("sslmode=prefer").await.unwrap();
}

#[tokio::test]
async fn less_is_checked_only_where_the_url_says_so() {
    let encrypted = encrypted().await;
    for (host, parameters) in [
        ("other.example.org", "sslmode=verify-ca sslrootcert=ca.pem"),
        ("other.example.org", "sslmode=require"),
        ("other.example.org", "sslmode=prefer"),
    ] {
        let opened = encrypted.open("scratch", host, parameters).await;
        opened.unwrap_or_else(|error| panic!("{host} {parameters}: {error}"));
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate_and_guards_its_key() {
    let encrypted = encrypted().await;
    let with = |own: &str| format!("sslmode=verify-full sslrootcert=ca.pem {own}");
    encrypted.open("shown", NAME, &with("sslcert=client.pem sslkey=client.key")).await.unwrap();
    for (own, expected) in [
        ("", "certificate"),
        ("sslcert=client.pem sslkey=open.key", "others may read it"),
        ("sslcert=client.pem", "one is missing"),
    ] {
        let refusal = encrypted.refusal("shown", NAME, &with(own)).await;
        assert!(refusal.contains(expected), "{own}: {refusal}");
    }
}

#[tokio::test]
async fn a_password_comes_from_a_file_that_is_private() {
    let encrypted = encrypted().await;
    let missing = PathBuf::from("/nonexistent/passfile");
    for (password, expected) in [
        ("passfile=open-passfile".to_owned(), "its mode must be 0600"),
        (format!("passfile={}", missing.display()), "cannot read /nonexistent/passfile"),
        ("password_file=wrong-password".to_owned(), "password authentication failed"),
        ("password=hunter2".to_owned(), "password authentication failed"),
        ("password=hunter2 password_file=password".to_owned(), "more than one of"),
    ] {
        let parameters = format!("sslmode=verify-full sslrootcert=ca.pem {password}");
        let refusal = encrypted.refusal("muster", NAME, &parameters).await;
        assert!(refusal.contains(expected), "{password}: {refusal}");
    }
}
