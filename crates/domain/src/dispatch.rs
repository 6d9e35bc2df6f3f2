//! The whole way of a request: parse, bind, authorize, resolve, then the generic behaviour or an operation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use odata::date_time::Ticks;
use odata::edm::{Kind, Model, PermissionId, Primitive, TypeRef, Version};
use odata::payload::Format;
use odata::prefer::Preferences;
use odata::query::QueryOptions;
use odata::query::options::parse_options;
use odata::uri::bind::bind_path;
use odata::uri::parse::parse_path;
use odata::uri::{Resource, ResourcePath, Shape};
use store::{Database, KeyEncryptionKey, Store, WriteError};

use crate::accept::{self, Media};
use crate::answers::{Answers, Question};
use crate::authorize::{Permit, authorize, may_read};
use crate::autopilot::DeviceChanges;
use crate::change_set::{Attempt, ChangeSet, Seat, Taking};
use crate::clock::Clock;
use crate::context::{ATTEMPTS_MAX, Context, unit};
use crate::handlers::{Handlers, Names};
use crate::resolve::{Resolved, resolve};
use crate::service::Documents;
use crate::settings::Opening;
use crate::templates::Templates;
use crate::{Answer, Call, Error, ErrorKind, Settings, Verb, clock_resource, generic, model};

/// The domain, ready to be called.
pub struct Muster {
    pub(crate) store: Store,
    pub(crate) handlers: Handlers,
    pub(crate) templates: Templates,
    answers: Answers,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    documents: Documents,
    /// Where the properties are that `/_/bulk` changes.
    pub(crate) device_changes: DeviceChanges,
    /// Calls for a change since the worker last looked.
    pub(crate) changing: AtomicU64,
}

impl Muster {
    /// Opens the store and resolves every name that the code uses. The error is one line with what to do.
    pub async fn open(opening: Opening) -> Result<Muster, String> {
        let Opening { database, key_encryption_key, settings, clock } = opening;
        let model = model::load(&settings).map_err(|error| error.to_string())?;
        let key = KeyEncryptionKey::from_bytes(&*key_encryption_key).map_err(|error| error.to_string())?;
        let database = Database::parse(&database)?;
        let store = Store::open(&database, model, key).await.map_err(|error| error.to_string())?;
        let handlers = Handlers::new(store.model()).map_err(|error| error.to_string())?;
        let templates = Templates::new(store.model());
        let device_changes = DeviceChanges::new(&Names { model: store.model() });
        let device_changes = device_changes.map_err(|error| error.to_string())?;
        Ok(Muster {
            store,
            handlers,
            templates,
            answers: Answers::new(settings.kept_answer_bytes),
            settings,
            clock,
            documents: Documents::default(),
            device_changes,
            changing: AtomicU64::new(0),
        })
    }

    /// The id of a permission; none if the model does not name it.
    pub fn permission(&self, name: &str) -> Option<PermissionId> {
        let at = self.model().permissions.iter().position(|known| **known == *name)?;
        u16::try_from(at).ok().map(PermissionId)
    }

    /// Whether calls can be answered now; if not, why.
    pub async fn ready(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())
    }

    /// The OpenAPI document of a version, or of all.
    pub fn openapi(&self, version: Option<Version>) -> bytes::Bytes {
        self.documents.openapi(self.model(), version)
    }

    /// Finishes what is under way and closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }

    fn model(&self) -> &Model {
        self.store.model()
    }

    /// Answers one request.
    pub async fn call(&self, call: Call) -> Result<Answer, Error> {
        if call.path == clock_resource::PATH {
            return self.clock(&call).await;
        }
        self.answer(&call, self.clock.now(), None).await
    }

    /// Answers requests of one caller whose changes take effect together or not at all. If one fails, it tells why,
    /// and the others that they fail with it.
    pub async fn change_set(&self, calls: Vec<Call>) -> Vec<Result<Answer, Error>> {
        let Some(first) = calls.first() else { return Vec::new() };
        for _ in 0..ATTEMPTS_MAX {
            let (set, now) = (ChangeSet::new(calls.len()), self.clock.now());
            let call = |(at, call)| -> Taking<'_> { Box::pin(self.answer(call, now, Some(set.seat(at)))) };
            let taking = calls.iter().enumerate().map(call).collect();
            match set.run(taking, |wanted| self.store.apply(unit(first, now, wanted))).await {
                Attempt::Answered(answers) => return answers,
                Attempt::Failed(at, error) => return failed_together(calls.len(), at, &error),
                Attempt::Overtaken => {}
            }
        }
        failed_together(calls.len(), None, &Error::contended())
    }

    /// Whether a call would go well: it is carried out up to its commit, and not committed.
    pub(crate) async fn rehearse(&self, call: &Call) -> Result<(), Error> {
        let set = ChangeSet::new(1);
        let taking: Vec<Taking<'_>> = vec![Box::pin(self.answer(call, self.clock.now(), Some(set.seat(0))))];
        match set.run(taking, async |_| Err(WriteError::Overtaken)).await {
            Attempt::Answered(answers) => answers.into_iter().try_for_each(|answer| answer.map(|_| ())),
            Attempt::Failed(_, error) => Err(error),
            Attempt::Overtaken => Ok(()),
        }
    }

    async fn answer(&self, call: &Call, now: Ticks, seat: Option<Seat<'_>>) -> Result<Answer, Error> {
        if call.verb != Verb::Get {
            self.changing.fetch_add(1, Ordering::Relaxed);
        }
        let start = Instant::now();
        let mut path = parse_path(&call.path)?;
        path.resolve_aliases(&call.query)?;
        let parsed = Instant::now();
        let resource = bind_path(self.model(), &path)?;
        let bound = Instant::now();
        let mut answer = match resource {
            Resource::ServiceDocument => self.documents.service(self.model(), path.version, call)?,
            Resource::Metadata => self.documents.metadata(self.model(), path.version, call)?,
            Resource::Path(resource) => self.resource(call, path.version, &resource, now, seat).await?,
        };
        answer.timings.splice(0..0, [("parse", parsed - start), ("bind", bound - parsed)]);
        Ok(answer)
    }

    async fn resource(
        &self,
        call: &Call,
        version: Version,
        path: &ResourcePath,
        now: Ticks,
        seat: Option<Seat<'_>>,
    ) -> Result<Answer, Error> {
        let start = Instant::now();
        let permit = authorize(self.model(), &self.settings, call, path)?;
        let authorized = Instant::now();
        // Who keeps nothing has no use for the question, which on PostgreSQL is asked of the database.
        let keeps = self.settings.kept_answer_bytes > 0;
        let question = Question::of(call, path.shape, seat.is_some()).filter(|_| keeps);
        // Asked for before anything is read, so that what is kept is never newer than it is said to be.
        let newest = match question {
            Some(_) => self.store.journal_newest(call.caller.tenant).await?,
            None => 0,
        };
        if let Some(answer) = question.as_ref().and_then(|question| self.answers.get(question, newest)) {
            let timings = vec![("authorize", authorized - start), ("kept", authorized.elapsed())];
            return Ok(Answer { timings, ..answer });
        }
        let mut options = self.options(call, version, now, path.shape)?;
        for navigation in options.navigations() {
            may_read(self.model(), &call.caller, &self.model().navigation(navigation).restrictions)?;
        }
        let page_size_max = Preferences::parse(call.prefer.as_deref()).page_size_max;
        if let (Some(most), Verb::Get) = (page_size_max, call.verb) {
            options.top = Some(options.top.map_or(most, |top| top.min(most)));
        }
        let format = format(call, &options, path.shape)?;
        let context = Context {
            call,
            version,
            store: &self.store,
            handlers: &self.handlers,
            templates: &self.templates,
            settings: &self.settings,
            now,
            level: format.metadata,
            ieee754_compatible: format.ieee754_compatible,
            seat,
        };
        let planned = Instant::now();
        let mut answer = execute(&context, permit, path, &options).await?;
        if let (Some(most), Verb::Get, true) = (page_size_max, call.verb, self.is_paged(path.shape)) {
            answer.preference_applied = Some(format!("odata.maxpagesize={most}"));
        }
        answer.ieee754_compatible = format.ieee754_compatible;
        if let Some(question) = question.filter(|_| answer.holds && !options.asks_the_time) {
            self.answers.keep(question, newest, &answer);
        }
        if answer.timings.is_empty() {
            answer.timings = vec![("execute", planned.elapsed())];
        }
        let before = [("authorize", authorized - start), ("plan", planned - authorized)];
        answer.timings.splice(0..0, before);
        Ok(answer)
    }
}

impl Muster {
    /// Whether what a path leads to comes in pages.
    fn is_paged(&self, shape: Shape) -> bool {
        match shape {
            Shape::Entities(_) | Shape::References(_, true) => true,
            Shape::Operation(id) => self.handlers.takes_collection_options(id),
            _ => false,
        }
    }

    /// The query options; of a request for changes those beside its token.
    fn options(
        &self,
        call: &Call,
        version: Version,
        now: Ticks,
        shape: Shape,
    ) -> Result<QueryOptions, Error> {
        if let Shape::Operation(id) = shape
            && self.handlers.takes_collection_options(id)
            && let Kind::Entity(of) = self.model().operation(id).binding.kind
        {
            let (_, query) = odata::delta::split(&call.query)?;
            return Ok(parse_options(self.model(), version, now, &query, &Shape::Entities(of))?);
        }
        Ok(parse_options(self.model(), version, now, &call.query, &shape)?)
    }
}

/// The answers of a change set that came to nothing because of one of its calls, or of all.
fn failed_together(calls: usize, culprit: Option<usize>, error: &Error) -> Vec<Result<Answer, Error>> {
    let message = "Another request of the atomicity group failed, so this one took no effect either.";
    let with_it = Error::new(ErrorKind::FailedDependency, message);
    let of = |at| if culprit.is_none_or(|culprit| culprit == at) { error.clone() } else { with_it.clone() };
    (0..calls).map(|at| Err(of(at))).collect()
}

async fn execute(
    context: &Context<'_>,
    permit: Permit,
    path: &ResourcePath,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    match (path.shape, context.call.verb) {
        (Shape::References(..), Verb::Post) => return generic::link(context, permit, path).await,
        (Shape::References(..), Verb::Delete) => return generic::unlink(context, permit, path).await,
        _ => {}
    }
    let at = resolve(context, &path.segments).await?;
    refuse_picked(context.call.verb, path.shape, &at)?;
    match (path.shape, at, context.call.verb) {
        (Shape::Operation(_), at, _) => context.handlers.operate(context, permit, path, at, options).await,
        (Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues, Resolved::Spot(spot), Verb::Get) => {
            generic::property(context, permit, spot, path, options).await
        }
        (Shape::Property(_), Resolved::Spot(spot), _) => {
            generic::update_property(context, permit, spot, path, options).await
        }
        // Nothing has no properties.
        (Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues, ..) => {
            Err(Error::not_found(&context.call.path))
        }
        (Shape::References(..), Resolved::Spot(spot), _) => generic::reference(context, permit, spot).await,
        (Shape::References(..), Resolved::Place(place), _) => {
            generic::references(context, permit, place, options).await
        }
        (Shape::Count(_), Resolved::Place(place), _) => generic::count(context, permit, place, options).await,
        (_, Resolved::Place(place), Verb::Get) => generic::list(context, permit, place, options).await,
        (_, Resolved::Place(place), _) => generic::create(context, permit, place).await,
        (_, Resolved::Spot(spot), Verb::Get) => generic::get(context, permit, spot, options).await,
        (_, Resolved::Spot(spot), Verb::Delete) => generic::delete(context, permit, spot).await,
        (_, Resolved::Spot(spot), _) => generic::update(context, permit, spot).await,
        // A reference that leads nowhere reads as nothing (protocol 4.01, 11.2.4), and holds nothing else.
        (_, Resolved::Nothing, Verb::Get) => Ok(Answer::no_content()),
        (_, Resolved::Nothing, _) => Err(Error::not_found(&context.call.path)),
    }
}

/// What a collection only picks out is created, changed and deleted where it rests.
fn refuse_picked(verb: Verb, shape: Shape, at: &Resolved) -> Result<(), Error> {
    let place = match at {
        Resolved::Place(place) => place,
        Resolved::Spot(spot) => &spot.place,
        Resolved::Nothing => return Ok(()),
    };
    if place.filter.is_none() || verb == Verb::Get || matches!(shape, Shape::Operation(_)) {
        return Ok(());
    }
    Err(Error::method_not_allowed(verb, vec![Verb::Get]))
}

/// The JSON that is asked for; the usual one where the answer is none.
fn format(call: &Call, options: &QueryOptions, shape: Shape) -> Result<Format, Error> {
    let json = Media::Json(Default::default());
    // Clients ask for JSON whatever they ask for, so what is no JSON is offered under that name as well.
    let offers: &[Media] = match shape {
        Shape::Raw(TypeRef { kind: Kind::Primitive(Primitive::Binary), .. }) => &[Media::Bytes, json],
        Shape::Raw(_) | Shape::Count(_) | Shape::CountOfValues => &[Media::Text, json],
        _ => &[json],
    };
    let accept = options.format.as_deref().map(accept::of_format).or(call.accept.as_deref());
    match accept::negotiate(accept, offers)? {
        Media::Json(format) => Ok(format),
        Media::Text | Media::Bytes | Media::Xml => Ok(Default::default()),
    }
}
