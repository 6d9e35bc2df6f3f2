//! The way of a call: parse, bind, authorize, plan, then the generic behaviour or an operation.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use odata::date_time::Ticks;
use odata::edm::{Kind, Primitive, TypeRef};
use odata::payload::Format;
use odata::prefer::Preferences;
use odata::query::QueryOptions;
use odata::query::options::parse_options;
use odata::uri::bind::bind_path;
use odata::uri::parse::parse_path;
use odata::uri::{Resource, ResourcePath, Shape};
use store::WriteError;

use crate::accept::{self, Media};
use crate::answer_cache::AnswerKey;
use crate::authorize::{Permit, authorize, may_read};
use crate::change_set::{Attempt, ChangeSet, Participant, ParticipatingCall};
use crate::collection::Resolved;
use crate::context::{ATTEMPTS_MAX, Context, DeltaStart, unit};
use crate::engine::Engine;
use crate::preconditions::Preconditions;
use crate::resolve::resolve;
use crate::stages::Stages;
use crate::{Answer, Call, Error, ErrorKind, Verb, clock_resource, generic};

impl Engine {
    /// Answers one call.
    pub async fn call(&self, call: Call) -> Result<Answer, Error> {
        if call.path == clock_resource::PATH {
            return self.in_time(Duration::ZERO, self.clock(&call)).await;
        }
        self.answer(&call, self.clock.now(), None).await
    }

    /// Answers calls of one caller whose changes take effect together or not at all. If one fails, its answer says why,
    /// and those of the others that they fail with it.
    pub async fn change_set(&self, calls: Vec<Call>) -> Vec<Result<Answer, Error>> {
        let Some(first) = calls.first() else { return Vec::new() };
        for _ in 0..ATTEMPTS_MAX {
            let (set, now) = (ChangeSet::new(calls.len()), self.clock.now());
            let call = |(at, call)| -> ParticipatingCall<'_> {
                Box::pin(self.answer(call, now, Some(set.participant(at))))
            };
            let participating = calls.iter().enumerate().map(call).collect();
            match set.run(participating, |pending| self.store.apply(unit(first, now, pending))).await {
                Attempt::Answered(answers) => return answers,
                Attempt::Failed(at, error) => return failed_together(calls.len(), at, &error),
                Attempt::Overtaken => {}
            }
        }
        failed_together(calls.len(), None, &Error::contended())
    }

    /// Whether a call would go well: it is carried out up to its commit, and not committed.
    pub async fn rehearse(&self, call: &Call) -> Result<(), Error> {
        let set = ChangeSet::new(1);
        let participating: Vec<ParticipatingCall<'_>> =
            vec![Box::pin(self.answer(call, self.clock.now(), Some(set.participant(0))))];
        match set.run(participating, async |_| Err(WriteError::Overtaken)).await {
            Attempt::Answered(answers) => answers.into_iter().try_for_each(|answer| answer.map(|_| ())),
            Attempt::Failed(_, error) => Err(error),
            Attempt::Overtaken => Ok(()),
        }
    }

    /// Whether a caller may make a call at all, whatever the entity it is about.
    pub fn check_permission(&self, call: &Call) -> Result<(), Error> {
        match bind_path(self.model(), &parse_path(&call.path)?)? {
            Resource::Path(path) => {
                authorize(self.model(), call, &Preconditions::of(call), &path).map(|_| ())
            }
            _ => Err(Error::not_found(&call.path)),
        }
    }

    /// The whole way of a call.
    async fn answer(
        &self,
        call: &Call,
        now: Ticks,
        participant: Option<Participant<'_>>,
    ) -> Result<Answer, Error> {
        if call.verb != Verb::Get {
            self.changing.fetch_add(1, Ordering::Relaxed);
        }
        let mut stages = Stages::begin();
        let mut path = parse_path(&call.path)?;
        path.resolve_aliases(&call.query)?;
        stages.end("parse");
        let resource = bind_path(self.model(), &path)?;
        stages.end("bind");
        let path = match resource {
            Resource::ServiceDocument => {
                return Ok(stages.of(self.documents.service(self.model(), path.version, call)?));
            }
            Resource::Metadata => {
                return Ok(stages.of(self.documents.metadata(self.model(), path.version, call)?));
            }
            Resource::Path(path) => path,
        };
        let preconditions = Preconditions::of(call);
        let permit = authorize(self.model(), call, &preconditions, &path)?;
        stages.end("authorize");
        let (key, newest) = self.cache_key(call, path.shape, participant.is_some()).await?;
        if let Some(answer) = key.as_ref().and_then(|key| self.answers.get(key, newest)) {
            stages.end("kept");
            return Ok(stages.of(answer));
        }
        let (options, delta) = self.options(call, now, &path)?;
        let context = Context {
            call,
            version: path.version,
            store: &self.store,
            settings: &self.settings,
            now,
            handlers: &self.handlers,
            templates: &self.templates,
            format: format(call, &options, path.shape)?,
            preferences: Preferences::parse(call.prefer.as_deref()),
            preconditions,
            delta,
            participant,
        };
        let options = context.preferred(options);
        stages.end("plan");
        let executed = execute(&context, permit, &path, &options);
        let mut answer = self.in_time(self.patience(path.shape), executed).await?;
        if let (Some(applied), true) = (context.preferred_page_size(), self.is_paged(path.shape)) {
            answer.preference_applied = Some(format!("odata.maxpagesize={applied}"));
        }
        answer.ieee754_compatible = context.format.ieee754_compatible;
        if let Some(key) = key.filter(|_| answer.holds && !options.asks_the_time) {
            self.answers.keep(key, newest, &answer);
        }
        Ok(stages.executed(answer))
    }
}

impl Engine {
    /// Gives a call's own work the time that a call may take, and the time that it may wait on top.
    async fn in_time<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let overdue =
            || Error::new(ErrorKind::Overdue, "The request took too long and was given up; try again.");
        tokio::time::timeout(self.settings.call_time + patience, work)
            .await
            .unwrap_or_else(|_| Err(overdue()))
    }

    /// The time that the operation at the end of a path may wait for something to happen.
    fn patience(&self, shape: Shape) -> Duration {
        match shape {
            Shape::Operation(id) => self.handlers.patience(id),
            _ => Duration::ZERO,
        }
    }

    /// The key of the call's answer in the cache, if it can be there, and the newest number of the journal. The number is
    /// asked for before anything is read, so that what is kept is never newer than it is said to be.
    async fn cache_key(
        &self,
        call: &Call,
        shape: Shape,
        participates: bool,
    ) -> Result<(Option<AnswerKey>, i64), Error> {
        // A cache without room has no use for the number, which on PostgreSQL is asked of the database.
        let has_room = self.settings.kept_answer_bytes > 0;
        match AnswerKey::of(call, shape, participates).filter(|_| has_room) {
            None => Ok((None, 0)),
            key => Ok((key, self.store.journal_newest(call.caller.tenant).await?)),
        }
    }

    /// Whether the answer to a path comes in pages.
    fn is_paged(&self, shape: Shape) -> bool {
        match shape {
            Shape::Entities(_) | Shape::References(_, true) => true,
            Shape::Operation(id) => self.handlers.takes_collection_options(id),
            _ => false,
        }
    }

    /// The query options, and of a request for changes where it starts. The caller may see all that they expand.
    fn options(
        &self,
        call: &Call,
        now: Ticks,
        path: &ResourcePath,
    ) -> Result<(QueryOptions, Option<DeltaStart>), Error> {
        let (model, version) = (self.model(), path.version);
        let (options, delta) = match self.followed_collection(path.shape) {
            Some(shape) => {
                let (start, query) = odata::delta::split(&call.query)?;
                let options = parse_options(model, version, now, &query, &shape)?;
                (options, Some(DeltaStart { start, query }))
            }
            None => (parse_options(model, version, now, &call.query, &path.shape)?, None),
        };
        for navigation in options.navigations() {
            may_read(model, &call.caller, &model.navigation(navigation).restrictions)?;
        }
        Ok((options, delta))
    }

    /// The shape of the collection whose query options an operation takes.
    fn followed_collection(&self, shape: Shape) -> Option<Shape> {
        let Shape::Operation(id) = shape else { return None };
        match self.model().operation(id).binding.kind {
            Kind::Entity(of) if self.handlers.takes_collection_options(id) => Some(Shape::Entities(of)),
            _ => None,
        }
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
    refuse_filtered(context.call.verb, path.shape, &at)?;
    match (path.shape, at, context.call.verb) {
        (Shape::Operation(_), at, _) => generic::invoke(context, permit, path, at, options).await,
        (Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues, Resolved::Entity(address), Verb::Get) => {
            generic::property(context, permit, address, path, options).await
        }
        (Shape::Property(_), Resolved::Entity(address), _) => {
            generic::update_property(context, permit, address, path, options).await
        }
        // Nothing has no properties.
        (Shape::Property(_) | Shape::Raw(_) | Shape::CountOfValues, ..) => {
            Err(Error::not_found(&context.call.path))
        }
        (Shape::References(..), Resolved::Entity(address), _) => {
            generic::reference(context, permit, address).await
        }
        (Shape::References(..), Resolved::Collection(collection), _) => {
            generic::references(context, permit, collection, options).await
        }
        (Shape::Count(_), Resolved::Collection(collection), _) => {
            generic::count(context, permit, collection, options).await
        }
        (_, Resolved::Collection(collection), Verb::Get) => {
            generic::list(context, permit, collection, options).await
        }
        (_, Resolved::Collection(collection), _) => generic::create(context, permit, collection).await,
        (_, Resolved::Entity(address), Verb::Get) => generic::get(context, permit, address, options).await,
        (_, Resolved::Entity(address), Verb::Delete) => generic::delete(context, permit, address).await,
        (_, Resolved::Entity(address), _) => generic::update(context, permit, address).await,
        // A reference that leads nowhere reads as nothing (protocol 4.01, 11.2.4), and holds nothing else.
        (_, Resolved::Nothing, Verb::Get) => Ok(Answer::no_content()),
        (_, Resolved::Nothing, _) => Err(Error::not_found(&context.call.path)),
    }
}

/// Refuses changes through a collection that picks its entities out of a set: they are made in the set itself.
fn refuse_filtered(verb: Verb, shape: Shape, at: &Resolved) -> Result<(), Error> {
    let collection = match at {
        Resolved::Collection(collection) => collection,
        Resolved::Entity(address) => &address.collection,
        Resolved::Nothing => return Ok(()),
    };
    if collection.filter.is_none() || verb == Verb::Get || matches!(shape, Shape::Operation(_)) {
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
