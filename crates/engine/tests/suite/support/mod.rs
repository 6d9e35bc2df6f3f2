//! What the engine's tests share: a library that is served from a temporary folder, and short ways to call it.

mod cards;
mod handlers;

use std::sync::Arc;

use bytes::Bytes;
use engine::handlers::{Names, StartError, Vocabulary};
use engine::{
    Access, Answer, Body, Call, Caller, CallerKind, Clock, Engine, EngineOpening, EngineSettings, Error,
    Handlers, KeyEncryptionKey, OpenKey, ServiceDescription, Verb,
};
use futures_util::future::BoxFuture;
use odata::csdl::read::read;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

pub use handlers::{HANDS, RESTORING, register, restorer};

pub const TENANT: Uuid = Uuid::from_u128(0x1000);
pub const OTHER_TENANT: Uuid = Uuid::from_u128(0x2000);
pub const MODEL: &str = include_str!("library.csdl.xml");

/// A library in a folder of its own.
pub struct Library {
    pub engine: Engine,
    folder: TempDir,
    settings: EngineSettings,
}

/// A caller: the tenant, and the permissions.
pub type Who = (Uuid, &'static [&'static str]);

pub const LIBRARIAN: Who = (TENANT, &["Library.ReadWrite.All", "Readers.Invite.All"]);
pub const VISITOR: Who = (TENANT, &["Library.Read.All"]);
pub const STRANGER: Who = (OTHER_TENANT, &["Library.ReadWrite.All"]);

pub fn settings() -> EngineSettings {
    EngineSettings { dev: true, ..EngineSettings::default() }
}

/// Opens a library with these handlers.
pub async fn open_with(
    folder: &TempDir,
    model: &str,
    settings: EngineSettings,
    register: impl FnOnce(&Names<'_>, &mut Handlers) -> Result<(), StartError>,
) -> Result<Engine, String> {
    open_at(format!("sqlite:{}", folder.path().join("library.db").display()), model, settings, register).await
}

/// Opens no key: none is replaced here.
struct NoKeys;

impl OpenKey for NoKeys {
    fn open<'a>(&'a self, source: &'a str) -> BoxFuture<'a, Result<KeyEncryptionKey, String>> {
        Box::pin(async move { Err(format!("there is no key {source}")) })
    }
}

async fn open_at(
    database: String,
    model: &str,
    settings: EngineSettings,
    register: impl FnOnce(&Names<'_>, &mut Handlers) -> Result<(), StartError>,
) -> Result<Engine, String> {
    let opening = EngineOpening {
        database,
        key_encryption_key: KeyEncryptionKey::from_bytes(&[7; 32]).unwrap(),
        key_opener: Arc::new(NoKeys),
        model: read(&[("library.csdl.xml", model)]).unwrap(),
        vocabulary: Vocabulary { namespace: "library", root: "library" },
        service: ServiceDescription { title: "Library", version: "1", description: "Works to read." },
        settings,
        clock: Clock::default(),
        access: Access::Server,
    };
    Engine::open(opening, register).await
}

impl Library {
    pub async fn open() -> Library {
        Library::open_as(settings()).await
    }

    pub async fn open_as(settings: EngineSettings) -> Library {
        let folder = tempfile::tempdir().unwrap();
        let engine = open_with(&folder, MODEL, settings.clone(), register).await.unwrap();
        Library { engine, folder, settings }
    }

    /// Opens the library on PostgreSQL.
    pub async fn open_on_postgres() -> Library {
        let (folder, settings) = (tempfile::tempdir().unwrap(), settings());
        let database = scratch_postgres::database().await;
        let engine = open_at(database, MODEL, settings.clone(), register).await.unwrap();
        Library { engine, folder, settings }
    }

    /// Closes the library and opens it with a model in which a text is another.
    pub async fn reopened(self, text: &str, other: &str) -> Library {
        assert!(MODEL.contains(text), "{text}");
        self.engine.close().await;
        let model = MODEL.replace(text, other);
        let engine = open_with(&self.folder, &model, self.settings.clone(), register).await.unwrap();
        Library { engine, ..self }
    }

    pub fn request(&self, who: Who, verb: Verb, url: &str, body: &Value) -> Call {
        let (tenant, permissions) = who;
        let mut permissions: Vec<_> =
            permissions.iter().map(|name| self.engine.permission(name).unwrap()).collect();
        permissions.sort_unstable();
        let caller = Caller {
            tenant,
            object_id: Uuid::from_u128(0xa),
            application_id: Uuid::from_u128(0xb),
            kind: CallerKind::Delegated,
            permissions,
            tags: Vec::new(),
            user_principal_name: None,
            application_name: None,
        };
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        Call {
            verb,
            path: if path.starts_with("/_") { path.to_owned() } else { format!("/beta/library/{path}") },
            query: query.to_owned(),
            origin: "https://library".to_owned(),
            body: if body.is_null() { Bytes::new() } else { body.to_string().into() },
            accept: None,
            if_match: None,
            if_none_match: None,
            idempotency_key: None,
            consistency_level: None,
            prefer: None,
            request_id: Uuid::now_v7(),
            caller: Arc::new(caller),
            circumstances: Default::default(),
            line: Default::default(),
        }
    }

    /// Calls as some caller.
    pub async fn call_as(&self, who: Who, verb: Verb, url: &str, body: Value) -> Result<Answer, Error> {
        self.engine.call(self.request(who, verb, url, &body)).await
    }

    /// Calls as the librarian, who may do everything, and gives the body of the answer.
    pub async fn call(&self, verb: Verb, url: &str, body: Value) -> Result<Value, Error> {
        self.call_as(LIBRARIAN, verb, url, body).await.map(|answer| json(&answer))
    }

    pub async fn read(&self, url: &str) -> Value {
        self.call(Verb::Get, url, Value::Null).await.unwrap()
    }

    pub async fn create(&self, url: &str, body: Value) -> String {
        self.call(Verb::Post, url, body).await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Turns the clock on, and does all that came due.
    pub async fn turn(&self, how: Value) -> Result<Value, Error> {
        self.call(Verb::Post, "/_/clock", how).await
    }
}

/// The body of an answer; null if it has none.
pub fn json(answer: &Answer) -> Value {
    match &answer.body {
        Body::Json { text, .. } => serde_json::from_slice(text).unwrap(),
        _ => Value::Null,
    }
}

/// The values of a property in a list.
pub fn values<'v>(list: &'v Value, property: &str) -> Vec<&'v str> {
    list["value"].as_array().unwrap().iter().map(|entity| entity[property].as_str().unwrap()).collect()
}
