//! The way of a call: parse, bind, authorize, plan, then the generic behaviour or an operation.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use odata::date_time::Ticks;
use odata::uri::bind::bind_path;
use odata::uri::parse::parse_path;
use odata::uri::{Resource, Shape};
use store::WriteError;

use crate::authorize::{self, Permit, authorize};
use crate::call_target::CallTarget;
use crate::change_set::{Attempt, ChangeSet, Participant, ParticipatingCall};
use crate::context::unit;
use crate::engine::Engine;
use crate::execute::execute;
use crate::page_cache::PageKey;
use crate::preconditions::Preconditions;
use crate::retry::{CommitError, retry};
use crate::stages::Stages;
use crate::{
    Answer, Authorization, Call, Error, ErrorKind, Verb, backlog_resource, caller_resource, clock_resource,
    permissions_used, tenants_resource,
};

/// What is known of a call on its way, whatever comes of it.
#[derive(Default)]
struct CallNotes {
    target: CallTarget,
    /// What its path leads to.
    shape: Option<Shape>,
    permit: Option<Permit>,
}

/// What a server has beside the model.
enum OwnResource {
    Backlog,
    Caller,
    Clock,
    PermissionsUsed,
    Tenants,
}

impl Engine {
    /// Answers one call.
    pub async fn call(&self, call: Call) -> Result<Answer, Error> {
        let Some((resource, verbs)) = self.own_resource(&call.path) else {
            return self.answer(&call, self.clock.now(), None).await;
        };
        self.tenants.admit(call.caller.tenant)?;
        if !verbs.contains(&call.verb) {
            return Err(Error::method_not_allowed(call.verb, verbs.to_vec()));
        }
        match resource {
            OwnResource::Backlog => self.backlog().await,
            OwnResource::Caller => Ok(self.describe_caller(&call)),
            OwnResource::Clock => self.in_time(Duration::ZERO, Box::pin(self.clock(&call))).await,
            OwnResource::PermissionsUsed => self.permissions_used(&call),
            OwnResource::Tenants => self.tell_tenants(&call).await,
        }
    }

    /// The verbs that a path takes, whoever asks and whether or not there is such an entity.
    pub fn allowed(&self, path: &str) -> Result<Vec<Verb>, Error> {
        if let Some((_, verbs)) = self.own_resource(path) {
            return Ok(verbs.to_vec());
        }
        match bind_path(self.model(), &parse_path(path)?)? {
            Resource::Path(path) => Ok(authorize::allowed(self.model(), &path)),
            Resource::Metadata | Resource::ServiceDocument => Ok(vec![Verb::Get]),
        }
    }

    /// What a path beside the model leads to, and the verbs that it takes. Most are there in dev mode only.
    fn own_resource(&self, path: &str) -> Option<(OwnResource, &'static [Verb])> {
        match path {
            caller_resource::PATH => Some((OwnResource::Caller, &[Verb::Get])),
            _ if !self.settings.dev => None,
            backlog_resource::PATH => Some((OwnResource::Backlog, &[Verb::Get])),
            clock_resource::PATH => Some((OwnResource::Clock, &[Verb::Get, Verb::Post])),
            permissions_used::PATH => Some((OwnResource::PermissionsUsed, &[Verb::Get])),
            tenants_resource::PATH => Some((OwnResource::Tenants, &[Verb::Get])),
            _ => None,
        }
    }

    /// Answers calls of one caller whose changes take effect together or not at all. If one fails, its answer says why,
    /// and those of the others that they fail with it.
    pub async fn change_set(&self, calls: Vec<Call>) -> Vec<Result<Answer, Error>> {
        let answered = retry(|| self.attempt_change_set(&calls)).await;
        answered.unwrap_or_else(|error| failed_together(calls.len(), None, &error))
    }

    async fn attempt_change_set(&self, calls: &[Call]) -> Result<Vec<Result<Answer, Error>>, CommitError> {
        let Some(first) = calls.first() else { return Ok(Vec::new()) };
        let (set, now) = (ChangeSet::new(calls.len()), self.clock.now());
        let call = |(at, call)| -> ParticipatingCall<'_> {
            Box::pin(self.answer(call, now, Some(set.participant(at))))
        };
        let participating = calls.iter().enumerate().map(call).collect();
        match set
            .run(self.model(), participating, |pending| self.store.apply(unit(first, now, pending)))
            .await
        {
            Attempt::Answered(answers) => Ok(answers),
            Attempt::Failed(at, error) => Ok(failed_together(calls.len(), at, &error)),
            Attempt::Overtaken => Err(CommitError::Overtaken),
        }
    }

    /// Whether a call would go well: it is carried out up to its commit, and not committed.
    pub async fn rehearse(&self, call: &Call) -> Result<(), Error> {
        let set = ChangeSet::new(1);
        let participating: Vec<ParticipatingCall<'_>> =
            vec![Box::pin(self.answer(call, self.clock.now(), Some(set.participant(0))))];
        match set.run(self.model(), participating, async |_| Err(WriteError::Overtaken)).await {
            Attempt::Answered(answers) => answers.into_iter().try_for_each(|answer| answer.map(|_| ())),
            Attempt::Failed(_, error) => Err(error),
            Attempt::Overtaken => Ok(()),
        }
    }

    /// Refuses a call that its caller may not make, whatever the entity it is about.
    pub fn check_permission(&self, call: &Call) -> Result<(), Error> {
        self.tenants.admit(call.caller.tenant)?;
        match bind_path(self.model(), &parse_path(&call.path)?)? {
            Resource::Path(path) => {
                authorize(self.model(), call, &Preconditions::of(call), &path)?;
                self.admit_change(call, path.shape)
            }
            _ => Err(Error::not_found(&call.path)),
        }
    }

    /// The whole way of a call, which is counted however it ends.
    async fn answer(
        &self,
        call: &Call,
        now: Ticks,
        participant: Option<Participant<'_>>,
    ) -> Result<Answer, Error> {
        let (begin, mut notes) = (Instant::now(), CallNotes::default());
        let mut outcome = {
            // Pinned in place: each move of a future copies the whole of it.
            let answered = pin!(self.answer_noting(&mut notes, call, now, participant));
            answered.await
        };
        self.calls.note(call.verb, notes.target, &outcome, begin.elapsed());
        match &mut outcome {
            Ok(answer) => answer.authorization = Some(self.authorization(&notes)),
            Err(error) => {
                let told = self.authorization(&notes);
                let missing = error.authorization.take().and_then(|found| found.missing_permission);
                let missing_permission = missing.filter(|_| told.permission.is_none());
                error.authorization = Some(Box::new(Authorization { missing_permission, ..told }));
            }
        }
        outcome
    }

    /// What the log says of a call.
    fn authorization(&self, notes: &CallNotes) -> Authorization {
        let told = match (notes.permit, notes.shape) {
            (Some(permit), Some(shape)) => permit.told(self.model(), shape),
            (None, Some(shape)) => authorize::asked(self.model(), shape),
            (_, None) => Authorization::default(),
        };
        Authorization { target: notes.target, ..told }
    }

    /// The whole way of a call; notes what it is about as soon as that is known.
    async fn answer_noting(
        &self,
        notes: &mut CallNotes,
        call: &Call,
        now: Ticks,
        participant: Option<Participant<'_>>,
    ) -> Result<Answer, Error> {
        if call.verb == Verb::Get {
            self.store.note_reader();
        } else {
            self.changing.fetch_add(1, Ordering::Relaxed);
        }
        let mut stages = Stages::begin();

        self.tenants.admit(call.caller.tenant)?;
        let mut path = parse_path(&call.path)?;
        path.resolve_aliases(&call.query)?;
        stages.end("parse");

        let resource = bind_path(self.model(), &path)?;
        notes.target = CallTarget::of(&resource, self.model());
        stages.end("bind");
        let version = path.version;
        let path = match resource {
            Resource::Path(path) => path,
            Resource::Metadata => {
                return Ok(stages.before(self.documents.metadata(self.model(), version, call)?));
            }
            Resource::ServiceDocument => {
                return Ok(stages.before(self.documents.service(self.model(), version, call)?));
            }
        };

        notes.shape = Some(path.shape);

        let preconditions = Preconditions::of(call);
        self.note_permissions(call, &path);
        let permit = authorize(self.model(), call, &preconditions, &path)?;
        notes.permit = Some(permit);
        self.admit_change(call, path.shape)?;
        stages.end("authorize");

        let page_size = self.settings.bounds.now().page_size;
        let kept = PageKey::of(call, path.shape, participant.is_some(), page_size);
        let kept = kept.zip(self.store.newest_known());
        if let Some(answer) = kept.as_ref().and_then(|(key, newest)| self.pages.get(key, *newest)) {
            stages.end("kept");
            return Ok(stages.before(answer));
        }

        let (context, options) = self.plan(call, now, &path, preconditions, participant)?;
        stages.end("plan");

        // Pinned in place: each move of a future copies the whole of it.
        let executed = pin!(execute(&context, permit, &path, &options));
        let mut answer = self.in_time(self.patience(path.shape), executed).await?;
        if let (Some(applied), true) = (context.preferred_page_size(), self.is_paged(path.shape)) {
            answer.preference_applied = Some(format!("odata.maxpagesize={applied}"));
        }
        answer.ieee754_compatible = context.format.ieee754_compatible;
        if let Some((key, newest)) = kept.filter(|_| answer.holds && !options.asks_the_time) {
            self.pages.keep(key, newest, &answer);
        }
        answer.place = context.place.get().cloned();
        Ok(stages.around(answer, Duration::from_nanos(context.committing.load(Ordering::Relaxed))))
    }
}

impl Engine {
    /// Gives a call's own work the time that a call may take, and the time that it may wait on top.
    pub async fn in_time<T>(
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

    /// Whether the answer to a path comes in pages.
    fn is_paged(&self, shape: Shape) -> bool {
        match shape {
            Shape::Entities(_) | Shape::References(_, true) => true,
            Shape::Operation(id) => self.handlers.takes_collection_options(id),
            _ => false,
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
