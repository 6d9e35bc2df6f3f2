//! TLS at a listening server: which certificates it shows, which it asks for, and what it does when they change.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use server::limits::Limits;
use server::tls::{ClientCertificates, Tls, TlsFiles};
use support::Running;

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
