//! TLS at a listening server: which certificates it shows, which it asks for, and what it does when they change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use server::limits::Limits;
use server::tls::{ClientCertificates, Tls, TlsFiles};
use support::Running;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An authority that signs certificates for this machine and for clients.
struct Authority {
    key: KeyPair,
    parameters: CertificateParams,
}

impl Authority {
    fn new() -> Authority {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority { key: KeyPair::generate().unwrap(), parameters }
    }

    fn certificate(&self) -> String {
        self.parameters.self_signed(&self.key).unwrap().pem()
    }

    /// A certificate for a name, and its key.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.parameters, &self.key);
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &issuer);
        (certificate.unwrap().pem(), key.serialize_pem())
    }
}

fn files(folder: &Path, client_ca: Option<&Authority>, wanted: ClientCertificates) -> TlsFiles {
    let client_ca = client_ca.map(|authority| {
        std::fs::write(folder.join("client-ca.pem"), authority.certificate()).unwrap();
        folder.join("client-ca.pem")
    });
    TlsFiles {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
        client_ca,
        client_certificates: wanted,
    }
}

fn write(folder: &Path, (certificate, key): &(String, String)) {
    std::fs::write(folder.join("certificate.pem"), certificate).unwrap();
    std::fs::write(folder.join("key.pem"), key).unwrap();
}

/// Whether a client that trusts an authority gets an answer, with a certificate of its own or without.
async fn is_answered(server: &Running, authority: &Authority, own: Option<&(String, String)>) -> bool {
    let trusted = reqwest::Certificate::from_pem(authority.certificate().as_bytes()).unwrap();
    let mut builder = reqwest::Client::builder().tls_certs_only([trusted]).no_proxy();
    if let Some((certificate, key)) = own {
        let identity = reqwest::Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap();
        builder = builder.identity(identity);
    }
    let url = format!("https://localhost:{}/healthz", server.address.port());
    builder.build().unwrap().get(url).send().await.is_ok()
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    server::tls::install();
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Authority::new(), Authority::new());
    write(folder.path(), &old.issue("localhost"));
    let files = files(folder.path(), None, ClientCertificates::Required);
    let tls = Tls::from_files(&files).unwrap();
    let server = Running::start_with_tls(Limits::default(), tls.clone()).await;
    let mut content = files.read().unwrap();
    assert!(is_answered(&server, &old, None).await);
    assert!(!is_answered(&server, &new, None).await);

    let (certificate, key) = new.issue("localhost");
    std::fs::write(folder.path().join("certificate.pem"), &certificate).unwrap();
    tls.renew(&files, &mut content);
    assert!(is_answered(&server, &old, None).await, "a certificate without its key changes nothing");
    std::fs::write(folder.path().join("key.pem"), &key).unwrap();
    tls.renew(&files, &mut content);
    assert!(is_answered(&server, &new, None).await);
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    tls.renew(&files, &mut content);
    assert!(is_answered(&server, &new, None).await, "a file that is gone changes nothing");
}

#[tokio::test]
async fn clients_show_certificates_of_the_authority() {
    server::tls::install();
    let (ours, theirs, strangers) = (Authority::new(), Authority::new(), Authority::new());
    let (client, stranger) = (theirs.issue("client"), strangers.issue("client"));
    for (wanted, nobody, anybody) in
        [(ClientCertificates::Required, false, false), (ClientCertificates::Optional, true, false)]
    {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &ours.issue("localhost"));
        let tls = Tls::from_files(&files(folder.path(), Some(&theirs), wanted)).unwrap();
        let server = Running::start_with_tls(Limits::default(), tls).await;
        assert!(is_answered(&server, &ours, Some(&client)).await, "{wanted:?}");
        assert_eq!(is_answered(&server, &ours, None).await, nobody, "{wanted:?}, no certificate");
        assert_eq!(is_answered(&server, &ours, Some(&stranger)).await, anybody, "{wanted:?}, a stranger's");
    }
}

/// A ClientHello (RFC 5246, 7.4.1.2) of this version with these suites, and with curves and signatures that are modern.
fn client_hello(version: [u8; 2], suites: &[u16]) -> Vec<u8> {
    let suites: Vec<u8> = suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let curves = [0, 10, 0, 4, 0, 2, 0, 23];
    let signatures = [0, 13, 0, 6, 0, 4, 4, 3, 8, 4];
    let extensions = [&[0, 18], &curves[..], &signatures].concat();
    let count = u8::try_from(suites.len()).unwrap();
    let hello = [&version[..], &[7; 32], &[0, 0, count], &suites, &[1, 0], &extensions].concat();
    let length = u8::try_from(hello.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length], &hello[..]].concat()
}

#[tokio::test]
async fn old_versions_and_suites_are_refused() {
    const HANDSHAKE: u8 = 22;
    const ALERT: u8 = 21;
    const TLS_1_2: [u8; 2] = [3, 3];
    let server = Running::start(Limits::default(), true).await;
    for (name, version, suites, answer) in [
        ("a modern suite", TLS_1_2, &[0xc02b_u16, 0xc02f][..], HANDSHAKE),
        ("TLS 1.0", [3, 1], &[0xc02b, 0xc02f], ALERT),
        ("TLS 1.1", [3, 2], &[0xc02b, 0xc02f], ALERT),
        ("RSA without a key exchange", TLS_1_2, &[0x009c, 0x009d], ALERT),
        ("block ciphers", TLS_1_2, &[0xc009, 0xc013, 0xc023, 0xc027], ALERT),
        ("RC4 and 3DES", TLS_1_2, &[0x0005, 0x000a, 0xc012], ALERT),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&client_hello(version, suites)).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), answer, "{name}");
    }
}

#[tokio::test]
async fn browsers_are_told_to_come_by_https_only() {
    server::tls::install();
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    write(folder.path(), &authority.issue("localhost"));
    let tls = Tls::from_files(&files(folder.path(), None, ClientCertificates::Required)).unwrap();
    let server = Running::start_with_tls(Limits::default(), tls).await;
    for path in ["/healthz", "/beta/books", "/nothing"] {
        let url = format!("https://localhost:{}{path}", server.address.port());
        let trusted = reqwest::Certificate::from_pem(authority.certificate().as_bytes()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([trusted]).no_proxy().build().unwrap();
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000", "{path}");
    }
}

#[test]
fn only_modern_suites_are_spoken() {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    for suite in provider.cipher_suites {
        let name = format!("{:?}", suite.suite());
        let is_modern = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
        let is_sealed = name.contains("_GCM_") || name.contains("_CHACHA20_POLY1305_");
        assert!(is_modern && is_sealed, "{name}");
    }
}
