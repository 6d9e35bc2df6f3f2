//! A server that is called something else outside: its links, its hosts and the proxies that it believes

use serde_json::json;
use testkit::{HttpRequest, ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::id;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PUBLIC: &str = "https://graph.contoso.example";

fn server(config: &str) -> TestServer {
    let options = ServerOptions { config: Some(config.to_owned()), ..ServerOptions::default() };
    TestServer::start(MUSTER, TestDatabase::Sqlite, options)
}

/// A request that names a host, and tells what a proxy would.
fn named<'s>(request: HttpRequest<'s>, host: &str) -> HttpRequest<'s> {
    request
        .header("Host", host)
        .header("X-Forwarded-Host", "evil.example")
        .header("Forwarded", "host=evil.example")
}

#[test]
fn every_link_begins_with_the_public_url() {
    let server = server(&format!("public_url = \"{PUBLIC}/\"\n"));
    let caller = server.caller();
    let created =
        named(caller.post(DEVICES), "inside:8443").json(&json!({"serialNumber": "1"})).send().is(201);
    caller.create(DEVICES, &json!({"serialNumber": "2"}));
    let location = created.header("Location").unwrap_or_default();
    assert!(location.starts_with(&format!("{PUBLIC}/beta/")), "{location}");
    let path = format!("{DEVICES}/{}", id(&created.json()));
    let cases = [
        (path.as_str(), "@odata.context"),
        (&format!("{DEVICES}?$top=1"), "@odata.nextLink"),
        (&format!("{DEVICES}/delta"), "@odata.deltaLink"),
    ];
    for (path, name) in cases {
        let body = named(caller.get(path), "inside:8443").send().is(200).json();
        let link = body[name].as_str().unwrap_or_default();
        assert!(link.starts_with(&format!("{PUBLIC}/beta/")), "{path}: {body}");
    }
    let batch = json!({"requests": [{"id": "1", "method": "GET", "url": format!("{PUBLIC}/beta/deviceManagement/{path}")}]});
    let answer = caller.post("/beta/$batch").json(&batch).send().is(200).json();
    assert_eq!(answer["responses"][0]["status"], 200, "an absolute URL that begins so is our own: {answer}");
}

#[test]
fn a_strange_host_is_refused_but_a_probe_is_not() {
    let server = server("hosts = [\"graph.contoso.example\", \"127.0.0.1\"]\n");
    let caller = server.caller();
    named(caller.get(DEVICES), "GRAPH.contoso.example:443").send().is(200);
    for path in [DEVICES, "/_/openapi.json", "/nothing", "/common/v2.0/.well-known/openid-configuration"] {
        let answer = named(caller.get(path), "evil.example").send().refused(421, &["hosts"]);
        assert_eq!(answer.code(), "MisdirectedRequest", "{path}");
    }
    named(caller.get("/healthz"), "evil.example").send().is(200);
}

#[test]
fn a_development_server_does_not_bind_browsers_to_https() {
    let server = crate::server(TestDatabase::Sqlite);
    assert_eq!(server.caller().get("/healthz").send().is(200).header("Strict-Transport-Security"), None);
}
