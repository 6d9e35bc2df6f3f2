//! Tokens that an authority grants to an application for itself (RFC 6749, 4.4), by a secret or a certificate.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use form_urlencoded::Serializer;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Client, StatusCode, header};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::failure::RequestFailure;
use super::http::{reason, retry_after};
use super::stopped::Stopped;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The time for which an assertion holds.
const ASSERTION_SECONDS: u64 = 600;
/// The time for which a token is kept whose authority does not say how long it holds.
const LIFETIME_SECONDS_DEFAULT: u64 = 600;
/// The age from which on a token that a server refuses may have ended with its authority's key, so that another may help.
const REFUSED_AGE: Duration = Duration::from_secs(60);

/// How an application shows who it is.
pub enum ApplicationProof {
    /// By a secret.
    Secret(Zeroizing<String>),
    /// By what it signs with the key of a certificate.
    Certificate {
        /// The private key.
        key: EncodingKey,
        /// The certificate's thumbprint by SHA-256, as an assertion names it.
        thumbprint: String,
    },
}

/// An application's credentials at an authority, and the token that it was granted last.
pub struct ClientCredentials {
    http: Client,
    token_url: String,
    client_id: String,
    scope: String,
    proof: ApplicationProof,
    last: Mutex<Option<GrantedToken>>,
}

struct GrantedToken {
    token: String,
    granted: Instant,
    renewed: Instant,
}

impl ApplicationProof {
    /// Reads a certificate and its RSA key from PEM.
    pub fn from_pem(pem: &[u8]) -> Result<ApplicationProof, String> {
        let certificate =
            CertificateDer::from_pem_slice(pem).map_err(|error| format!("no certificate: {error}"))?;
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|error| format!("no private key: {error}"))?;
        let label = match &key {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Pkcs8(_) => "PRIVATE KEY",
            _ => return Err("the private key is not RSA".to_owned()),
        };
        // Alone: what reads the key takes the first block, whatever it is.
        let text = Zeroizing::new(BASE64.encode(key.secret_der()));
        let text = Zeroizing::new(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", *text));
        let key = EncodingKey::from_rsa_pem(text.as_bytes());
        let key = key.map_err(|_| "the private key is not RSA".to_owned())?;
        let thumbprint = BASE64URL_NOPAD.encode(digest(&SHA256, &certificate).as_ref());
        Ok(ApplicationProof::Certificate { key, thumbprint })
    }
}

impl ClientCredentials {
    /// The credentials of an application in a tenant of an authority.
    pub fn new(
        http: Client,
        (authority, tenant): (&str, &str),
        (client_id, proof): (&str, ApplicationProof),
        scope: &str,
    ) -> ClientCredentials {
        let token_url = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        let (client_id, scope) = (client_id.to_owned(), scope.to_owned());
        ClientCredentials { http, token_url, client_id, scope, proof, last: Mutex::new(None) }
    }

    /// A token that holds for a while.
    pub async fn token(&self) -> Result<String, RequestFailure> {
        // Whoever comes meanwhile waits, and takes the one that is granted.
        let mut last = self.last.lock().await;
        if let Some(kept) = &*last
            && Instant::now() < kept.renewed
        {
            return Ok(kept.token.clone());
        }
        let granted = self.granted().await?;
        let token = granted.token.clone();
        *last = Some(granted);
        Ok(token)
    }

    /// Has another token granted the next time; whether that may help.
    pub async fn forget(&self) -> bool {
        let last = self.last.lock().await.take();
        last.is_some_and(|kept| kept.granted.elapsed() > REFUSED_AGE)
    }

    async fn granted(&self) -> Result<GrantedToken, RequestFailure> {
        let granted = Instant::now();
        let request = self.http.post(&self.token_url).body(self.form()?);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status(), retry_after(&response), response.bytes().await?))
        };
        let (status, retry_after, bytes) = answer.await.map_err(|error| {
            let reason = reason(&error);
            let said = format!("{} does not answer: {reason}", self.token_url);
            match reason.contains("certificate") {
                true => RequestFailure::Final(Stopped(said)),
                false => RequestFailure::Temporary(said, None),
            }
        })?;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let said = |why: &str| format!("{} grants no token: {}: {why}", self.token_url, status.as_u16());
        match (status, body["access_token"].as_str()) {
            (StatusCode::OK, Some(token)) => {
                let lifetime = body["expires_in"].as_u64().unwrap_or(LIFETIME_SECONDS_DEFAULT);
                let renewed = granted + Duration::from_secs(lifetime / 2);
                Ok(GrantedToken { token: token.to_owned(), granted, renewed })
            }
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _) => {
                Err(RequestFailure::Temporary(said("later"), retry_after))
            }
            (status, _) if status.is_server_error() => {
                Err(RequestFailure::Temporary(said("later"), retry_after))
            }
            _ => {
                let why = body["error_description"].as_str().or_else(|| body["error"].as_str());
                let line = why.and_then(|why| why.lines().next()).unwrap_or("no reason given");
                Err(RequestFailure::Final(Stopped(said(line))))
            }
        }
    }

    /// The body of a request for a token.
    fn form(&self) -> Result<String, RequestFailure> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("client_id", &self.client_id).append_pair("scope", &self.scope);
        match &self.proof {
            ApplicationProof::Secret(secret) => form.append_pair("client_secret", secret),
            ApplicationProof::Certificate { key, thumbprint } => {
                let assertion = self.assertion(key, thumbprint).map_err(|error| {
                    RequestFailure::Final(Stopped(format!("the certificate's key signs nothing: {error}")))
                })?;
                form.append_pair("client_assertion_type", ASSERTION_TYPE);
                form.append_pair("client_assertion", &assertion)
            }
        };
        Ok(form.finish())
    }

    fn assertion(&self, key: &EncodingKey, thumbprint: &str) -> Result<String, jsonwebtoken::errors::Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let header = Header { x5t_s256: Some(thumbprint.to_owned()), ..Header::new(Algorithm::PS256) };
        let claims = json!({
            "aud": self.token_url,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": Uuid::new_v4(),
            "iat": now,
            "nbf": now,
            "exp": now + ASSERTION_SECONDS,
        });
        encode(&header, &claims, key)
    }
}
