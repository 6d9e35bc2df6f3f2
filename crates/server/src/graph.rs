//! What the server needs of the domain: the seam at which its tests put a stand-in.

use std::future::Future;
use std::io::{self, Read};

use bytes::Bytes;
use domain::{Bulk, BulkOutcome, KeyBearer, ListImport, Muster, SignedRequest};
use engine::{Answer, Bounds, Call, CallTarget, EngineFigures, Error, Verb};
use odata::date_time::Ticks;
use odata::edm::{PermissionId, Version};

/// The domain as the server calls it.
pub trait Graph: Send + Sync + 'static {
    /// Answers one call.
    fn call(&self, call: Call) -> impl Future<Output = Result<Answer, Error>> + Send;

    /// The verbs that a path takes, whoever asks.
    fn allowed(&self, path: &str) -> Result<Vec<Verb>, Error>;

    /// Answers calls whose changes take effect together or not at all.
    fn change_set(&self, calls: Vec<Call>) -> impl Future<Output = Vec<Result<Answer, Error>>> + Send;

    /// Carries out the lines of a bulk, as if one came after the other, and says what became of each.
    fn bulk(&self, bulk: &Bulk, lines: &[Bytes]) -> impl Future<Output = Vec<BulkOutcome>> + Send;

    /// Imports rows of a list, or says in a rehearsal what would become of them: a JSON document.
    fn import_list(
        &self,
        request: &Bulk,
        import: &ListImport,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send;

    /// Reads a list to its end, and says what is wrong with it behind a line: a JSON document.
    fn inspect_list(list: impl Read, after: u64) -> io::Result<String>;

    /// The bearer of a key by the id that was given out for it; none if there is no such key, or no more.
    fn key_bearer(&self, id: &str) -> impl Future<Output = Result<Option<KeyBearer>, Error>> + Send;

    /// Answers a request that is proven to come from the bearer of a key.
    fn signed(&self, request: SignedRequest) -> impl Future<Output = Result<Answer, Error>> + Send;

    /// The time of the calls.
    fn now(&self) -> Ticks;

    /// Says whether calls can be answered now; if not, why.
    fn ready(&self) -> impl Future<Output = Result<(), String>> + Send;

    /// What there is to watch.
    fn figures(&self) -> impl Future<Output = Result<EngineFigures, Error>> + Send;

    /// Has other bounds hold from now on.
    fn replace_bounds(&self, bounds: Bounds);

    /// The OpenAPI document of one version, or of all.
    fn openapi(&self, version: Option<Version>) -> Bytes;

    /// The id of a permission; none if the model does not name it.
    fn permission(&self, name: &str) -> Option<PermissionId>;

    /// The name by which traces call what a call is about; none if the model does not know it.
    fn target_name(&self, target: CallTarget) -> Option<&str>;
}

impl Graph for Muster {
    async fn call(&self, call: Call) -> Result<Answer, Error> {
        self.engine.call(call).await
    }

    fn allowed(&self, path: &str) -> Result<Vec<Verb>, Error> {
        self.engine.allowed(path)
    }

    async fn change_set(&self, calls: Vec<Call>) -> Vec<Result<Answer, Error>> {
        self.engine.change_set(calls).await
    }

    async fn import_list(&self, request: &Bulk, import: &ListImport) -> Result<Bytes, Error> {
        self.import_list(request, import).await
    }

    fn inspect_list(list: impl Read, after: u64) -> io::Result<String> {
        Ok(serde_json::to_string(&domain::inspect_list(list, after)?)?)
    }

    async fn bulk(&self, bulk: &Bulk, lines: &[Bytes]) -> Vec<BulkOutcome> {
        Muster::bulk(self, bulk, lines).await
    }

    async fn key_bearer(&self, id: &str) -> Result<Option<KeyBearer>, Error> {
        Muster::key_bearer(self, id).await
    }

    async fn signed(&self, request: SignedRequest) -> Result<Answer, Error> {
        Muster::signed(self, request).await
    }

    fn now(&self) -> Ticks {
        self.engine.now()
    }

    async fn ready(&self) -> Result<(), String> {
        self.engine.ready().await
    }

    async fn figures(&self) -> Result<EngineFigures, Error> {
        self.engine.figures().await
    }

    fn replace_bounds(&self, bounds: Bounds) {
        self.engine.replace_bounds(bounds);
    }

    fn openapi(&self, version: Option<Version>) -> Bytes {
        self.engine.openapi(version)
    }

    fn permission(&self, name: &str) -> Option<PermissionId> {
        self.engine.permission(name)
    }

    fn target_name(&self, target: CallTarget) -> Option<&str> {
        (target != CallTarget::Unknown).then(|| target.name(self.engine.model()))
    }
}
