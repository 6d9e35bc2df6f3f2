//! Who calls: a tenant, a person or an application, and what it may do.

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::answer::HttpAnswer;
use crate::request::HttpRequest;
use crate::server::TestServer;

/// A caller. Each method that changes it gives another.
#[derive(Clone)]
pub struct TestCaller<'s> {
    server: &'s TestServer,
    tenant: Uuid,
    is_app: bool,
    permissions: Vec<String>,
    scope_tags: Vec<String>,
    bearer: Bearer,
    version: &'static str,
}

#[derive(Clone)]
enum Bearer {
    /// The caller has a token of the server's dev issuer.
    Issued,
    /// The caller sends this after `Authorization:`.
    Given(String),
    /// The caller has no token.
    Nobody,
}

impl TestServer {
    /// A caller in a tenant of its own: a person with every permission there is.
    pub fn caller(&self) -> TestCaller<'_> {
        TestCaller::new(self, Uuid::new_v4())
    }
}

impl<'s> TestCaller<'s> {
    fn new(server: &'s TestServer, tenant: Uuid) -> TestCaller<'s> {
        TestCaller {
            server,
            tenant,
            is_app: false,
            permissions: Vec::new(),
            scope_tags: Vec::new(),
            bearer: Bearer::Issued,
            version: "beta",
        }
    }

    /// The same caller in this tenant.
    pub fn tenant(self, tenant: Uuid) -> TestCaller<'s> {
        TestCaller { tenant, ..self }
    }

    /// The same caller, confined to these scope tags.
    pub fn scope_tags(&self, tags: &[&str]) -> TestCaller<'s> {
        TestCaller { scope_tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..self.clone() }
    }

    /// An application that acts for itself, in place of a person.
    pub fn app(&self) -> TestCaller<'s> {
        TestCaller { is_app: true, ..self.clone() }
    }

    /// The caller with this permission and others that were named; without any it has all.
    pub fn permission(&self, permission: &str) -> TestCaller<'s> {
        let mut caller = self.clone();
        caller.permissions.push(permission.to_owned());
        caller
    }

    /// The caller with this in place of `Bearer {token}`.
    pub fn authorization(&self, header: impl Into<String>) -> TestCaller<'s> {
        TestCaller { bearer: Bearer::Given(header.into()), ..self.clone() }
    }

    /// The caller without a token.
    pub fn nobody(&self) -> TestCaller<'s> {
        TestCaller { bearer: Bearer::Nobody, ..self.clone() }
    }

    /// The caller on `/v1.0`.
    pub fn v1(&self) -> TestCaller<'s> {
        TestCaller { version: "v1.0", ..self.clone() }
    }

    /// Another caller with the same permissions, in another tenant.
    pub fn elsewhere(&self) -> TestCaller<'s> {
        self.clone().tenant(Uuid::new_v4())
    }

    /// The tenant of the caller.
    pub fn tenant_id(&self) -> Uuid {
        self.tenant
    }

    /// The server that is called.
    pub fn server(&self) -> &'s TestServer {
        self.server
    }

    /// The caller's token.
    pub fn token(&self) -> String {
        let mut arguments = vec!["--tenant".to_owned(), self.tenant.to_string()];
        if self.is_app {
            arguments.push("--app".into());
        }
        for permission in &self.permissions {
            arguments.extend(["--permission".into(), permission.clone()]);
        }
        for tag in &self.scope_tags {
            arguments.extend(["--scope-tag".into(), tag.clone()]);
        }
        self.server.token(arguments)
    }

    fn authorization_header(&self) -> Option<String> {
        match &self.bearer {
            Bearer::Issued => Some(format!("Bearer {}", self.token())),
            Bearer::Given(header) => Some(header.clone()),
            Bearer::Nobody => None,
        }
    }

    /// Begins a request. The path is below `/{version}/deviceManagement`, or starts with a slash, or is a whole URL.
    pub fn request(&self, method: &str, path: &str) -> HttpRequest<'s> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        HttpRequest::new(self.server, self.authorization_header(), method, self.url(path))
    }

    /// The URL of a path as [`TestCaller::request`] takes it.
    pub fn url(&self, path: &str) -> String {
        let origin = self.server.origin();
        match path {
            whole if whole.starts_with("http") => whole.to_owned(),
            rooted if rooted.starts_with('/') => format!("{origin}{rooted}"),
            "" => format!("{origin}/{}/deviceManagement", self.version),
            below => format!("{origin}/{}/deviceManagement/{below}", self.version),
        }
    }

    /// Begins a GET.
    pub fn get(&self, path: &str) -> HttpRequest<'s> {
        self.request("GET", path)
    }

    /// Begins a POST.
    pub fn post(&self, path: &str) -> HttpRequest<'s> {
        self.request("POST", path)
    }

    /// Begins a PATCH.
    pub fn patch(&self, path: &str) -> HttpRequest<'s> {
        self.request("PATCH", path)
    }

    /// Begins a DELETE.
    pub fn delete(&self, path: &str) -> HttpRequest<'s> {
        self.request("DELETE", path)
    }

    /// Creates an entity: a POST to a collection, answered 201 with the entity.
    #[track_caller]
    pub fn create(&self, path: &str, body: &Value) -> Value {
        self.post(path).json(body).send().is(201).json()
    }

    /// Reads a resource: a GET, answered 200 with JSON.
    #[track_caller]
    pub fn read(&self, path: &str) -> Value {
        self.get(path).send().is(200).json()
    }

    /// Changes an entity: a PATCH, answered 200 with the whole entity.
    #[track_caller]
    pub fn change(&self, path: &str, body: &Value) -> Value {
        self.patch(path).json(body).send().is(200).json()
    }

    /// Removes an entity: a DELETE, answered 204.
    #[track_caller]
    pub fn remove(&self, path: &str) {
        self.delete(path).send().is(204);
    }

    /// Calls an action by a POST.
    #[track_caller]
    pub fn act(&self, path: &str, body: &Value) -> HttpAnswer {
        self.post(path).json(body).send()
    }

    /// All items of a collection, through every next link, of which there may not be more than ever were made.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        self.pages(path).concat()
    }

    /// The pages of a collection.
    #[track_caller]
    pub fn pages(&self, path: &str) -> Vec<Vec<Value>> {
        const PAGES_MAX: usize = 200;
        let (mut pages, mut next) = (Vec::new(), Some(self.url(path)));
        while let Some(url) = next.take() {
            let page = self.read(&url);
            let Some(items) = page["value"].as_array() else { panic!("{url}: no list: {page}") };
            pages.push(items.clone());
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
            assert_ne!(next.as_deref(), Some(&*url), "the next link leads to its own page");
            assert!(pages.len() <= PAGES_MAX, "{path}: more than {PAGES_MAX} pages; the next is {next:?}");
        }
        pages
    }
}
