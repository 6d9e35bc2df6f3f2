//! The context of one request: the call, its headers as they were read, the instant it happens at, and the store.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use odata::date_time::Ticks;
use odata::delta::DeltaOrigin;
use odata::edm::{Model, Version};
use odata::payload::read::{Leniency, Reader};
use odata::payload::write::write_string;
use odata::payload::{Format, MetadataLevel};
use odata::prefer::Preferences;
use odata::query::QueryOptions;
use store::idempotency::IdempotencyRecord;
use store::{Actor, AuditDetail, Change, Committed, Store, Unit, WriteError};
use tokio::sync::OnceCell;
use uuid::{Uuid, uuid};
use zeroize::Zeroizing;

use crate::change_set::{Participant, PendingCommit};
use crate::handlers::Handlers;
use crate::job_backlog::JobBacklog;
use crate::large_work::{WorkLine, WorkPlace};
use crate::looks::Looks;
use crate::preconditions::Preconditions;
use crate::retry::{CommitError, retry};
use crate::templates::Templates;
use crate::{Body, Call, CallerKind, Circumstances, EngineSettings, Error, Validation, Verb};

/// The id of the service itself in the journal.
pub(crate) const SERVICE: Uuid = uuid!("6d757374-6572-4000-8000-73657276696e");

/// About how long the start of a link is, with what follows it.
const SERVICE_ROOT_BYTES_EXPECTED: usize = 192;

/// The bytes that an answer may take beyond its length.
const SPARE_BYTES_MAX: usize = 64 << 10;

/// What people call the service itself.
const SERVICE_NAME: &str = "Muster";

/// What the audit calls the service itself.
const SERVICE_TYPE: &str = "service";

/// The context of one request.
pub struct Context<'a> {
    /// The call that is answered.
    pub call: &'a Call,
    /// The version of the API that the call is for.
    pub version: Version,
    /// The store of all entities, jobs and ledger entries.
    pub store: &'a Store,
    /// The settings of the operator.
    pub settings: &'a EngineSettings,
    /// The one instant of the whole request, so that all it writes agrees.
    pub now: Ticks,
    pub(crate) handlers: &'a Handlers,
    pub(crate) templates: &'a Templates,
    pub(crate) looks: &'a Looks,
    pub(crate) format: Format,
    /// The preferences of the client.
    pub preferences: Preferences,
    pub(crate) preconditions: Preconditions,
    /// The place where a request for changes starts; none in any other request.
    pub(crate) delta: Option<DeltaStart>,
    /// The call's part in a change set, if it is in one.
    pub(crate) participant: Option<Participant<'a>>,
    /// Whether the body of the answer shows a secret.
    pub(crate) shows_secrets: AtomicBool,
    /// What a call waits for that causes jobs; none for the jobs themselves.
    pub(crate) job_backlog: Option<&'a JobBacklog>,
    /// The nanoseconds that were spent on commits.
    pub(crate) committing: AtomicU64,
    /// The place of the call, if it has turned out to be large.
    pub(crate) place: OnceCell<WorkPlace>,
}

/// The place where a request for changes starts, and its query options without the token.
pub(crate) struct DeltaStart {
    pub(crate) start: DeltaOrigin,
    pub(crate) query: String,
}

impl Context<'_> {
    /// Takes the place of a large read, once for the call. Changes have theirs by their bodies.
    pub(crate) async fn take_place(&self) -> Result<(), Error> {
        match &self.call.line {
            _ if self.call.verb != Verb::Get => Ok(()),
            WorkLine::Unbounded => Ok(()),
            WorkLine::Own(places) => Ok(self.place.get_or_try_init(|| places.take()).await.map(|_| ())?),
            WorkLine::Shared(shared) => Ok(shared.take().await.map(|_| ())?),
        }
    }

    /// The model, with the slots that its properties have in the database.
    pub fn model(&self) -> &Model {
        self.store.model()
    }

    /// The tenant whose data the call is about.
    pub fn tenant(&self) -> Uuid {
        self.call.caller.tenant
    }

    /// What people call an actor of the journal; none if it is neither the caller nor the server itself.
    pub fn known_name(&self, actor: Uuid) -> Option<&str> {
        let caller = &self.call.caller;
        match actor {
            SERVICE => Some(SERVICE_NAME),
            _ if actor == caller.object_id => {
                caller.user_principal_name.as_deref().or(caller.application_name.as_deref())
            }
            _ => None,
        }
    }

    /// The reader of this request's bodies.
    pub fn reader(&self) -> Reader<'_> {
        let leniency = Leniency {
            abstract_types: self.settings.validation != Validation::Strict,
            unpadded_base64: self.settings.unpadded_base64,
        };
        Reader { model: self.model(), version: self.version, leniency }
    }

    /// The page size that the client prefers, if the call reads.
    pub(crate) fn preferred_page_size(&self) -> Option<u64> {
        self.preferences.page_size_max.filter(|_| self.call.verb == Verb::Get)
    }

    /// The query options with pages no larger than the client prefers.
    pub(crate) fn preferred(&self, options: QueryOptions) -> QueryOptions {
        match self.preferred_page_size() {
            Some(most) => {
                QueryOptions { top: Some(options.top.map_or(most, |top| top.min(most))), ..options }
            }
            None => options,
        }
    }

    /// Decides what to change and commits it, and decides again if others changed first what it was decided by. If nothing
    /// is to change, nothing is committed.
    pub async fn change<D>(&self, decide: impl Fn() -> D) -> Result<Committed, Error>
    where
        D: Future<Output = Result<Vec<Change>, Error>>,
    {
        retry(|| async {
            let changes = decide().await?;
            if changes.is_empty() {
                return Ok(Committed::default());
            }
            match self.commit(changes).await {
                Err(exists @ WriteError::Exists { .. }) => Err(CommitError::Exists(exists.into())),
                committed => Ok(committed?),
            }
        })
        .await
    }

    /// Makes a change as [`Context::change`] does, with the record of the request in case it is sent again; none if it has
    /// been carried out before.
    pub async fn change_once<D>(&self, decide: impl Fn() -> D) -> Result<Option<Committed>, Error>
    where
        D: Future<Output = Result<(Vec<Change>, Option<IdempotencyRecord>), Error>>,
    {
        retry(|| async {
            let (changes, remembered) = decide().await?;
            match self.commit_remembering(changes, remembered).await {
                Err(WriteError::Repeated) => Ok(None),
                committed => Ok(Some(committed?)),
            }
        })
        .await
    }

    /// Whether the changes of other calls are committed in one unit with those of this one, which cannot see them.
    pub fn is_in_change_set(&self) -> bool {
        self.participant.is_some()
    }

    /// Commits changes in the caller's name. [`Context::change`] does so for changes that others may be faster than.
    pub async fn commit(&self, changes: Vec<Change>) -> Result<Committed, WriteError> {
        self.commit_remembering(changes, None).await
    }

    /// Commits changes, and with them the record of the request in case it is sent again.
    pub(crate) async fn commit_remembering(
        &self,
        changes: Vec<Change>,
        remembered: Option<IdempotencyRecord>,
    ) -> Result<Committed, WriteError> {
        if let Some(backlog) = self.job_backlog {
            backlog.room_for(&changes, self.now).await;
        }
        let remembered = remembered.into_iter().collect();
        let begun = Instant::now();
        let committed = match &self.participant {
            Some(participant) => participant.commit(PendingCommit { changes, remembered }).await,
            None => self.store.apply(unit(self.call, self.now, PendingCommit { changes, remembered })).await,
        };
        let took = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.committing.fetch_add(took, Ordering::Relaxed);
        committed
    }

    /// Commits in the name of the service, and apart from the call, what a tenant has from the start. That another was faster
    /// is no failure.
    pub async fn found(&self, changes: Vec<Change>) -> Result<(), Error> {
        let unit = Unit {
            tenant: self.tenant(),
            actor: Actor { id: SERVICE, application: SERVICE },
            detail: AuditDetail { actor_type: Some(SERVICE_TYPE), ..AuditDetail::default() },
            request_id: self.call.request_id,
            at: self.now,
            changes,
            remembered: Vec::new(),
        };
        match self.store.apply(unit).await {
            Ok(_) | Err(WriteError::Exists { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins a body with its brace and its context URL, which ends in this fragment.
    pub(crate) fn begin_body(&self, out: &mut Vec<u8>, fragment: &str) {
        out.push(b'{');
        if self.format.metadata != MetadataLevel::None {
            out.extend_from_slice(b"\"@odata.context\":");
            let mut url = self.service_root();
            url.push_str("/$metadata#");
            url.push_str(fragment);
            write_string(out, &url);
            out.push(b',');
        }
    }

    /// The body of a complete text. It may show secrets, so it is wiped from memory when it has been sent.
    pub(crate) fn json(&self, text: Vec<u8>) -> Body {
        Body::Json { text: Bytes::from_owner(Zeroizing::new(text)), metadata: self.format.metadata }
    }

    /// The body of a complete text that shows entities. Wiping takes as long as writing it, so only secrets are wiped.
    pub(crate) fn json_of_entities(&self, mut text: Vec<u8>) -> Body {
        // What is counted of an answer is its length.
        if text.capacity() - text.len() > SPARE_BYTES_MAX {
            text.shrink_to_fit();
        }
        match self.shows_secrets.load(Ordering::Relaxed) {
            true => self.json(text),
            false => Body::Json { text: text.into(), metadata: self.format.metadata },
        }
    }

    /// The start of every link: `https://host/beta`.
    pub(crate) fn service_root(&self) -> String {
        let mut root = String::with_capacity(SERVICE_ROOT_BYTES_EXPECTED);
        for part in [&self.call.origin, "/", self.version.segment()] {
            root.push_str(part);
        }
        root
    }
}

/// The unit that a call commits in its caller's name.
pub(crate) fn unit(call: &Call, at: Ticks, wanted: PendingCommit) -> Unit {
    let PendingCommit { changes, remembered } = wanted;
    let caller = &call.caller;
    let actor = Actor { id: caller.object_id, application: caller.application_id };
    let (detail, request_id) = (detail(call), call.request_id);
    Unit { tenant: caller.tenant, actor, detail, request_id, at, changes, remembered }
}

/// What an audit keeps of a call beside the ids.
fn detail(call: &Call) -> AuditDetail {
    let (caller, Circumstances { address, reason, ticket }) = (&call.caller, &call.circumstances);
    let boxed = |text: &Option<String>| text.as_deref().map(Box::from);
    let actor_type = match caller.kind {
        _ if caller.object_id == SERVICE => SERVICE_TYPE,
        CallerKind::Delegated => "user",
        _ => "application",
    };
    AuditDetail {
        actor_type: Some(actor_type),
        name: boxed(&caller.user_principal_name),
        application_name: boxed(&caller.application_name),
        address: address.map(|address| address.to_string().into()),
        reason: boxed(reason),
        ticket: boxed(ticket),
    }
}
