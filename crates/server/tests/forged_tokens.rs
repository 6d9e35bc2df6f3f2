//! Forged tokens, as data: what is answered to each, and that none of them makes the server ask anybody.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::net::TcpListener;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use server::limits::Limits;
use server::tokens::keys::{KeySet, KeySource};
use server::tokens::{ALGORITHMS, GRAPH_AUDIENCES, Issuer, Tenants};
use support::{ISSUER, Running, TENANT, claims, now};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A token of the corpus: how it differs from one that holds, and what is answered to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgedToken {
    name: String,
    /// Members to replace; null takes one away.
    #[serde(default)]
    header: Map<String, Value>,
    #[serde(default)]
    claims: Map<String, Value>,
    raw_header: Option<String>,
    raw_claims: Option<String>,
    /// Members to write behind the others.
    raw_claims_with: Option<String>,
    /// The key to sign with.
    #[serde(default = "issuer")]
    sign: String,
    /// The token, if it is not `$header.$claims.$signature`.
    text: Option<String>,
    token: Option<String>,
    status: u16,
    #[serde(default)]
    told: String,
    permissions: Option<u64>,
    kind: Option<String>,
}

fn issuer() -> String {
    "issuer".to_owned()
}

/// The keys of the corpus, and a listener that nobody must connect to.
struct Forge {
    keys: Vec<(&'static str, Algorithm, EncodingKey)>,
    canary: TcpListener,
    folder: TempDir,
}

impl Forge {
    fn new() -> Forge {
        let canary = TcpListener::bind("127.0.0.1:0").unwrap();
        canary.set_nonblocking(true).unwrap();
        let rsa = || {
            let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
            EncodingKey::from_rsa_pem(key.unwrap().serialize_pem().as_bytes()).unwrap()
        };
        let curve = |algorithm| {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).unwrap()
        };
        let keys = vec![
            ("issuer", Algorithm::RS256, rsa()),
            ("other", Algorithm::RS256, rsa()),
            ("personal", Algorithm::RS256, rsa()),
            ("p256", Algorithm::ES256, curve(&rcgen::PKCS_ECDSA_P256_SHA256)),
            ("p384", Algorithm::ES384, curve(&rcgen::PKCS_ECDSA_P384_SHA384)),
        ];
        Forge { keys, canary, folder: tempfile::tempdir().unwrap() }
    }

    fn key(&self, name: &str) -> &(&'static str, Algorithm, EncodingKey) {
        self.keys.iter().find(|(known, ..)| *known == name).unwrap()
    }

    /// The public half of a key, as an issuer publishes it.
    fn jwk(&self, name: &str) -> Value {
        let (_, algorithm, key) = self.key(name);
        let mut jwk = json!(Jwk::from_encoding_key(key, *algorithm).unwrap());
        jwk.as_object_mut().unwrap().remove("alg");
        jwk["kid"] = json!(name);
        jwk
    }

    fn published(&self, file: &str, keys: Vec<Value>) -> std::sync::Arc<KeySet> {
        let path = self.folder.path().join(file);
        std::fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
        KeySet::new(KeySource::File(path))
    }

    fn issuers(&self) -> Vec<Issuer> {
        let audiences = GRAPH_AUDIENCES.map(str::to_owned).to_vec();
        let mut personal = self.jwk("personal");
        personal["issuer"] = json!("https://issuer.test/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0");
        let small: Value = serde_json::from_str(include_str!("data/small_rsa_key.json")).unwrap();
        let keys = self.published("issuer.json", vec![self.jwk("issuer"), personal, small["jwk"].clone()]);
        let served = [TENANT, "abcdef00-0000-4000-8000-000000000001", "9188040d-6c67-4c5b-b112-36a304b66dad"];
        let tenants = Tenants::Only(served.map(|tenant| tenant.parse().unwrap()).into());
        let templated = Issuer { tenants, ..Issuer::new(ISSUER, audiences.clone(), keys) };
        let keys =
            self.published("other.json", ["other", "p256", "p384"].map(|name| self.jwk(name)).to_vec());
        let other = Issuer {
            tenants: Tenants::Fixed(TENANT.parse().unwrap()),
            algorithms: ALGORITHMS.map(|(_, algorithm)| algorithm).to_vec(),
            ..Issuer::new("https://other.test", audiences, keys)
        };
        vec![templated, other]
    }

    /// The text of a token. What stands for something that is known only now begins with a dollar.
    fn token(&self, forged: &ForgedToken) -> Vec<u8> {
        if forged.token.is_some() {
            let small: Value = serde_json::from_str(include_str!("data/small_rsa_key.json")).unwrap();
            return small["token"].as_str().unwrap().as_bytes().to_vec();
        }
        let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": "issuer"});
        self.change(&mut header, &forged.header);
        let mut claims = claims();
        self.change(&mut claims, &forged.claims);
        let mut claims = claims.to_string();
        if let Some(more) = &forged.raw_claims_with {
            claims.insert_str(claims.len() - 1, &format!(",{more}"));
        }
        let claims = forged.raw_claims.clone().unwrap_or(claims);
        let claims = if claims == "$genuine" { self.genuine() } else { claims };
        let encode = |text: &str| BASE64URL_NOPAD.encode(&raw(text));
        let header_text = forged.raw_header.clone().unwrap_or_else(|| header.to_string());
        let (first, second) = (encode(&header_text), encode(&claims));
        let third = self.signature(&forged.sign, &header, &format!("{first}.{second}"));
        let text = forged.text.as_deref().unwrap_or("$header.$claims.$signature");
        let text = text.replace("$long", &"a".repeat(20 << 10)).replace("$mebibyte", &"a".repeat(1 << 20));
        let text = text.replace("$header", &first).replace("$claims", &second);
        text.replace("$signature", &third).into_bytes()
    }

    fn genuine(&self) -> String {
        let forged = json!({"name": "genuine", "status": 200});
        String::from_utf8(self.token(&serde_json::from_value(forged).unwrap())).unwrap()
    }

    fn signature(&self, signer: &str, header: &Value, message: &str) -> String {
        let (key, algorithm) = match signer {
            "nobody" => return String::new(),
            // The classic: the public key, which everybody has, as the secret.
            "hmac" => {
                let public = self.jwk("issuer").to_string();
                (&EncodingKey::from_secret(public.as_bytes()), Algorithm::HS256)
            }
            name => {
                let (_, usual, key) = self.key(name);
                let stated = header["alg"].as_str().and_then(|stated| stated.parse().ok());
                let is_fit = |stated: &Algorithm| {
                    usual.family() == stated.family()
                        && *usual != Algorithm::ES256
                        && *usual != Algorithm::ES384
                };
                (key, stated.filter(is_fit).unwrap_or(*usual))
            }
        };
        jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap()
    }

    fn change(&self, object: &mut Value, changes: &Map<String, Value>) {
        let object = object.as_object_mut().unwrap();
        for (name, value) in changes {
            match value {
                Value::Null => object.remove(name),
                value => object.insert(name.clone(), self.known_now(value)),
            };
        }
    }

    fn known_now(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text == "$jwk" => self.jwk("other"),
            Value::String(text) => {
                let canary = format!("http://{}", self.canary.local_addr().unwrap());
                let text = text.replace("$canary", &canary).replace("$huge", &"a".repeat(4_000));
                json!(text.replace("$issuer", &ISSUER.replace("{tenantid}", TENANT)))
            }
            Value::Array(values) => values.iter().map(|value| self.known_now(value)).collect(),
            Value::Object(members) if members.contains_key("$now") => match members["$now"].as_i64() {
                Some(seconds) => json!(now().saturating_add_signed(seconds)),
                None => json!(now() as f64 + members["$now"].as_f64().unwrap()),
            },
            other => other.clone(),
        }
    }
}

/// A text as bytes; `\xff` in it is a byte that UTF-8 never has.
fn raw(text: &str) -> Vec<u8> {
    let parts: Vec<&[u8]> = text.split("\\xff").map(str::as_bytes).collect();
    parts.join(&0xff)
}

async fn get(server: &Running, token: &[u8]) -> support::RawResponse {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = b"GET /beta/books HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nAuthorization: Bearer ";
    // A head that is too large is answered before all of it is sent.
    let _ = stream.write_all(&[&head[..], token, b"\r\n\r\n"].concat()).await;
    support::read(&mut stream).await
}

#[tokio::test]
async fn what_is_answered_to_forged_tokens() {
    let forge = Forge::new();
    let server = Running::start_trusting(Limits::default(), forge.issuers()).await;
    let corpus: Vec<ForgedToken> = serde_json::from_str(include_str!("data/forged_tokens.json")).unwrap();
    let mut wrong = Vec::new();
    for forged in &corpus {
        let response = get(&server, &forge.token(forged)).await;
        let code = if response.status == 200 { String::new() } else { response.error_code() };
        let expected = match forged.status {
            200 => "",
            401 => "InvalidAuthenticationToken",
            403 => "Forbidden",
            _ => "RequestHeadersTooLarge",
        };
        let challenge = response.header("www-authenticate").unwrap_or_default();
        let is_challenged = challenge.starts_with("Bearer realm=\"\", authorization_uri=\"")
            && challenge.contains("error=\"invalid_token\", error_description=\"");
        let mut holds = response.status == forged.status && code == expected;
        holds &= response.body.contains(&forged.told) && is_challenged == (forged.status == 401);
        if let Some(permissions) = forged.permissions {
            let told = response.json();
            holds &= told["permissions"] == permissions && told["kind"].as_str() == forged.kind.as_deref();
        }
        if !holds {
            wrong.push(format!("{}: {} {challenge}\n{}", forged.name, response.status, response.body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let asked = forge.canary.accept().map(|(_, who)| who);
    assert!(asked.is_err(), "a token made the server ask {asked:?}");
}
