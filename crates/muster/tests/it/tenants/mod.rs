//! Tenants: who is served, what each may do and hold, and what an operator's commands do with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod isolation;
mod quotas;
mod states;

use testkit::{HttpAnswer, ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::{Uuid, uuid};

use crate::MUSTER;

/// The tenants that [`configured`] names.
const CONTOSO: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
const FABRIKAM: Uuid = uuid!("22222222-2222-4222-8222-222222222222");

/// A configuration that says this of the first tenant, and names the second.
fn config(of_first: &str) -> String {
    format!("[[tenants]]\nid = \"{CONTOSO}\"\n{of_first}\n[[tenants]]\nid = \"{FABRIKAM}\"\n")
}

/// A server with such a configuration.
fn configured(database: TestDatabase, of_first: &str) -> TestServer {
    let options = ServerOptions { config: Some(config(of_first)), ..ServerOptions::default() };
    TestServer::start(MUSTER, database, options)
}

/// A caller with every permission in a tenant.
fn of(server: &TestServer, tenant: Uuid) -> TestCaller<'_> {
    server.caller().tenant(tenant)
}

/// The exact code of a refusal.
#[track_caller]
fn code(answer: &HttpAnswer) -> String {
    answer.json()["error"]["innerError"]["code"].as_str().unwrap_or_default().to_owned()
}
