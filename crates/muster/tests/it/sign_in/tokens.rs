//! What tokens say and open: the resources, the claims that clients ask for, and the documents that tell of them

use serde_json::json;

use super::{DAEMON, SECRET, TENANT, WRITE, claims, seeded};

fn ask(scope: &str, more: &[(&str, &str)]) -> testkit::HttpAnswer {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", DAEMON),
        ("client_secret", SECRET),
        ("scope", scope),
    ];
    form.extend(more);
    seeded().token(&form)
}

#[test]
fn a_token_is_for_the_resource_that_was_asked_for() {
    let server = &seeded().server;
    let port = server.origin().rsplit_once(':').map_or("", |(_, port)| port);
    for (scope, audience, status) in [
        ("https://graph.microsoft.com/.default".to_owned(), "https://graph.microsoft.com", 200),
        ("https://graph.microsoft.com//.default".to_owned(), "https://graph.microsoft.com", 200),
        ("00000003-0000-0000-c000-000000000000/.default".to_owned(), "https://graph.microsoft.com", 200),
        ("https://graph.microsoft.us/.default".to_owned(), "https://graph.microsoft.com", 200),
        ("https://127.0.0.1/.default".to_owned(), "https://graph.microsoft.com", 200),
        (format!("https://localhost:{port}/.default"), "https://graph.microsoft.com", 200),
        ("https://vault.azure.net/.default".to_owned(), "https://vault.azure.net", 401),
        (format!("api://{DAEMON}/.default"), &format!("api://{DAEMON}"), 401),
    ] {
        let token = ask(&scope, &[]).is(200).json()["access_token"].clone();
        assert_eq!(claims(&token)["aud"], audience, "{scope}");
        let bearer = format!("Bearer {}", token.as_str().expect("a token"));
        let path = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
        server.caller().authorization(bearer).get(path).send().is(status);
    }
}

#[test]
fn a_token_says_who_and_how() {
    let asked = json!({"access_token": {"xms_cc": {"values": ["CP1"]}}}).to_string();
    let token = ask("https://graph.microsoft.com/.default", &[("claims", &asked)]).is(200).json();
    let claims = claims(&token["access_token"]);
    for (name, expected) in [
        ("appid", json!(DAEMON)),
        ("app_displayname", json!("Daemon")),
        ("appidacr", json!("1")),
        ("idtyp", json!("app")),
        ("iss", json!(format!("https://muster.invalid/{TENANT}/v2.0"))),
        ("tid", json!(TENANT)),
        ("roles", json!([WRITE])),
        ("xms_cc", json!(["CP1"])),
        ("ver", json!("1.0")),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }
    let refused = ask("https://graph.microsoft.com/.default", &[("claims", "x")]).is(400).json();
    assert_eq!(refused["error_codes"], json!([9_002_313]));
}

#[test]
fn documents_lead_to_each_other_on_the_host_that_was_asked() {
    let caller = seeded().server.caller().nobody();
    let origin = seeded().server.origin();
    for (tenant, path, issuer) in [
        (TENANT, "/v2.0", format!("{origin}/{TENANT}/v2.0")),
        ("contoso.example", "/v2.0", format!("{origin}/{TENANT}/v2.0")),
        ("common", "/v2.0", format!("{origin}/{{tenantid}}/v2.0")),
        (TENANT, "", format!("https://muster.invalid/{TENANT}/v2.0")),
    ] {
        let answer = caller.get(&format!("/{tenant}{path}/.well-known/openid-configuration"));
        let answer = answer.header("Origin", "https://app.contoso.example").send().is(200);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"), "{tenant}{path}");
        let document = answer.json();
        assert_eq!(document["issuer"], issuer);
        let keys = caller.get(document["jwks_uri"].as_str().expect("a URL")).send().is(200).json();
        assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
    }
    let authority = format!("{origin}/{TENANT}/oauth2/v2.0/authorize");
    let instance = caller.get("/common/discovery/instance").query("authorization_endpoint", &authority);
    let document = instance.query("api-version", "1.1").send().is(200).json();
    caller.get(document["tenant_discovery_endpoint"].as_str().expect("a URL")).send().is(200);
    let foreign = caller.get("/common/discovery/instance");
    foreign.query("authorization_endpoint", "https://evil.example/x").send().is(400);
}

#[test]
fn the_first_version_names_a_resource() {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", DAEMON),
        ("client_secret", SECRET),
        ("resource", "https://graph.microsoft.com"),
    ];
    let granted = seeded().post("oauth2/token", &form, &[]).is(200).json();
    assert_eq!(granted["resource"], "https://graph.microsoft.com");
    assert!(granted["expires_on"].is_string(), "{granted}");
    assert_eq!(claims(&granted["access_token"])["roles"], json!([WRITE]));
}

#[test]
fn logout_leads_back_only_to_an_application() {
    let caller = seeded().server.caller().nobody();
    for (uri, status) in [("http://localhost/web", 302), ("https://evil.example/", 200)] {
        let path = format!("/{TENANT}/oauth2/v2.0/logout");
        caller.get(&path).query("post_logout_redirect_uri", uri).send().is(status);
    }
}
