//! The tokens of real issuers, as data: who the caller is, by the configuration that the documentation gives for each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use server::config::{self, Overrides};
use server::dev::DevFolder;
use server::issuer_table;
use server::limits::Limits;
use server::tokens::Issuer;
use support::{Running, header, now, sign};
use tempfile::TempDir;

const CONFIGURATION: &str = r#"
cloud = "us_government"
[[issuers]]
issuer = "https://login.microsoftonline.com/{tenantid}/v2.0"
audiences = ["00000000-0000-4000-8000-0000000000f0"]
tenants = ["11111111-1111-4111-8111-111111111111"]
jwks_file = "$keys"

[[issuers]]
issuer = "https://sts.windows.net/{tenantid}/"
audiences = ["api://muster"]
tenants = ["11111111-1111-4111-8111-111111111111"]
jwks_file = "$keys"

[[issuers]]
issuer = "https://login.microsoftonline.us/{tenantid}/v2.0"
tenants = ["11111111-1111-4111-8111-111111111111"]
jwks_file = "$keys"

[[issuers]]
issuer = "https://keycloak.example/realms/contoso"
audiences = ["muster"]
tenant = "77777777-7777-4777-8777-777777777777"
jwks_file = "$keys"
claims = { scopes = "scope", roles = "/resource_access/muster/roles", application_only = "client_id" }

[[issuers]]
issuer = "https://op.example"
audiences = ["muster"]
tenants = ["*"]
jwks_file = "$keys"
claims = { application = "client_id", scopes = "scope", roles = "scope", tenant = "org" }
"#;

/// A folder with a key, which all issuers share, and issuers by a configuration.
fn configured(text: &str) -> (TempDir, Result<Vec<Issuer>, String>) {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.json");
    let jwk = DevFolder::at(folder.path()).signing_key().unwrap().jwk;
    std::fs::write(&keys, json!({ "keys": [jwk] }).to_string()).unwrap();
    let file = folder.path().join("muster.toml");
    std::fs::write(&file, text.replace("$keys", keys.to_str().unwrap())).unwrap();
    let overrides = Overrides { file: Some(file), ..Overrides::default() };
    let loaded = config::load(&overrides, std::iter::empty()).map_err(|error| error.to_string());
    let config = loaded.map(|loaded| loaded.config);
    let issuers = config.and_then(|config| {
        issuer_table::issuers(&config.issuers, &config.cloud.audiences()).map_err(|error| error.to_string())
    });
    (folder, issuers)
}

async fn get(server: &Running, token: &str) -> support::RawResponse {
    let head = "GET /beta/books HTTP/1.1\r\nHost: a.test\r\nConnection: close";
    server.raw(format!("{head}\r\nAuthorization: Bearer {token}\r\n\r\n")).await
}

fn token(folder: &TempDir, claims: &Value) -> String {
    let mut claims = claims.clone();
    claims["exp"] = json!(now() + 600);
    sign(folder.path(), &header(folder.path()), &claims)
}

#[tokio::test]
async fn who_the_caller_is() {
    let (folder, issuers) = configured(CONFIGURATION);
    let server = Running::start_trusting(Limits::default(), issuers.unwrap()).await;
    let shapes: Vec<Value> = serde_json::from_str(include_str!("data/token_shapes.json")).unwrap();
    for shape in shapes {
        let response = get(&server, &token(&folder, &shape["claims"])).await;
        assert_eq!(response.status, 200, "{}: {response:?}", shape["name"]);
        let told = response.json();
        for (name, expected) in shape["caller"].as_object().unwrap() {
            assert_eq!(told[name], *expected, "{} of {}: {told}", name, shape["name"]);
        }
    }
}

#[tokio::test]
async fn a_person_is_asked_for_an_authentication_context() {
    let text = CONFIGURATION.replacen("jwks_file", "authentication_context = \"c1\"\njwks_file", 1);
    let (folder, issuers) = configured(&text);
    let server = Running::start_trusting(Limits::default(), issuers.unwrap()).await;
    let shapes: Vec<Value> = serde_json::from_str(include_str!("data/token_shapes.json")).unwrap();
    let claims = |shape: usize, acrs: Value, capabilities: Value| {
        let mut claims = shapes[shape]["claims"].clone();
        claims["acrs"] = acrs;
        claims["xms_cc"] = capabilities;
        claims
    };
    // {"access_token":{"acrs":{"essential":true,"value":"c1"}}}
    let wanted = "error=\"insufficient_claims\", \
                  claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\"";
    let cases = [
        ("met", claims(0, json!(["c1", "c2"]), json!([])), 200, ""),
        ("not met, by a client that understands", claims(0, json!(["c2"]), json!(["CP1"])), 401, wanted),
        ("not met, by another", claims(0, json!(["c2"]), json!([])), 403, ""),
        ("of a wrong type", claims(0, json!("c1"), json!(["cp1"])), 401, "invalid_token"),
        ("an application", claims(1, json!([]), json!([])), 200, ""),
        ("of an issuer that does not ask", claims(2, json!([]), json!([])), 200, ""),
    ];
    for (name, claims, status, challenge) in cases {
        let response = get(&server, &token(&folder, &claims)).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        assert!(
            response.header("www-authenticate").unwrap_or_default().contains(challenge),
            "{name}: {response:?}"
        );
        if !challenge.is_empty() {
            assert_eq!(response.error_code(), "InvalidAuthenticationToken");
        }
    }
}

#[test]
fn mistakes_in_the_table_are_named() {
    let table = |text: &str| format!("[[issuers]]\nissuer = \"https://a.example\"\n{text}");
    let keys = "jwks_file = \"$keys\"";
    let tenant = "tenant = \"77777777-7777-4777-8777-777777777777\"";
    let twice = format!("{keys}\n{tenant}\n{}", table(&format!("{keys}\n{tenant}")));
    let cases = [
        (format!("{keys}\n{tenant}"), None),
        (
            format!("{keys}\ntenants = [\"*\"]\nalgorithms = [\"ES256\", \"PS256\"]\nrefresh_seconds = 1"),
            None,
        ),
        (tenant.to_owned(), Some("needs one of discovery, jwks_uri and jwks_file")),
        (format!("{keys}\n{tenant}\njwks_uri = \"https://a.example\""), Some("needs one of")),
        (format!("{tenant}\ndiscovery = \"http://a.example\""), Some("discovery = 'http://a.example'")),
        (format!("{tenant}\njwks_uri = \"file:///keys\""), Some("jwks_uri = 'file:///keys'")),
        (format!("{tenant}\njwks_file = \"/none\""), Some("jwks_file = '/none'")),
        (keys.to_owned(), Some("needs tenants")),
        (format!("{keys}\ntenants = [\"contoso\"]"), Some("the tenant 'contoso'")),
        (format!("{keys}\n{tenant}\ntenants = [\"*\"]"), Some("neither tenants nor claims.tenant")),
        (format!("{keys}\n{tenant}\nclaims.tenant = \"org\""), Some("neither tenants nor claims.tenant")),
        (format!("{keys}\ntenant = \"contoso\""), Some("tenant")),
        (format!("{keys}\n{tenant}\nalgorithms = [\"HS256\"]"), Some("there are RS256, PS256, ES256")),
        (format!("{keys}\n{tenant}\nrefresh_seconds = 0"), Some("it takes 1 to 290")),
        (format!("{keys}\n{tenant}\nclaims.scope = \"scp\""), Some("scope")),
        (twice, Some("occurs twice")),
    ];
    for (text, named) in cases {
        let (_folder, issuers) = configured(&table(&text));
        match (issuers, named) {
            (Ok(_), None) => {}
            (Err(error), Some(named)) => assert!(error.contains(named), "{text}: {error}"),
            (issuers, named) => panic!("{text}: {named:?}, but {:?}", issuers.map(|issuers| issuers.len())),
        }
    }
}
