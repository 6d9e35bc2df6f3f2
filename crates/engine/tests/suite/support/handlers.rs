//! The handlers of the library: each is as small as a handler can be.

use std::time::Duration;

use engine::generic::{ReplaceContained, next_state};
use engine::handlers::{
    Behaviour, ClockEvent, DeriveCollection, IntegerValue, Invocation, JobFamily, JobKind, JobWorker,
    NamedParameter, Names, Operate, StartError, TextValue,
};
use engine::{Answer, Collection, Context, EntityAddress, Error, Handlers, Permit, generic, register_delta};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::query::{Comparison, Expression, Path};
use odata::{Key, Record, Value};
use store::{Change, Job};
use tokio::sync::Semaphore;

const WORK: &str = "work";
const COPY: &str = "copy";

/// The jobs that restore a work. Their content is the manner.
pub const RESTORING: JobKind =
    JobKind { number: 1, event: Some(ClockEvent { name: "restored", ends_entity: false }) };
/// The jobs that invite a reader.
const INVITING: JobKind = JobKind { number: 2, event: None };

const WORKS: JobFamily = JobFamily { permission: "Library.ReadWrite.All", kinds: &[RESTORING] };
const READERS: JobFamily = JobFamily { permission: "Readers.Invite.All", kinds: &[INVITING] };

/// The hands for restorations that wait for one.
pub static HANDS: Semaphore = Semaphore::const_new(0);

engine::slots! {
    /// Where a work says to whom it is lent, and for how long.
    struct LoanSlots of WORK { lent_to, days_left }
}

engine::slots! {
    /// Where a work says that it was restored.
    struct RestoreSlots of WORK { note }
}

engine::slots! {
    /// Where a copy says what.
    struct CopySlots of COPY { condition, acquired_at = "acquiredDateTime" }
}

/// Registers every handler that the model asks for.
pub fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let copies = names.set("works/copies")?;
    handlers.set(copies, Copies { slots: CopySlots::new(names)? });
    let readers = names.set("readers")?;
    handlers
        .derived(names.navigation("author", "fans")?, Fans { readers, name: names.path("reader", "name")? });
    handlers.projection(super::cards::projection(names)?);
    handlers.jobs(names, &WORKS)?;
    handlers.jobs(names, &READERS)?;
    handlers.job(RESTORING, restorer(names)?);
    handlers.job(INVITING, Invite { readers, name: names.slot("reader", "name")? });

    let lend = names.operation("lend", WORK)?;
    handlers.operation(
        lend,
        Lend {
            slots: LoanSlots::new(names)?,
            reader: names.parameter(lend, "reader")?,
            days: names.parameter(lend, "days")?,
        },
    );
    let replace = names.operation("replaceCopies", WORK)?;
    handlers.operation(replace, ReplaceContained::new(names, replace, copies, "copies")?);
    let restore = names.operation("restore", WORK)?;
    handlers
        .operation(restore, Enqueue { kind: RESTORING, content: Some(names.parameter(restore, "manner")?) });
    handlers.operation(names.operation("invite", "reader")?, Enqueue { kind: INVITING, content: None });
    handlers.operation(names.operation("ponder", WORK)?, Ponder);
    register_delta(names, handlers)
}

/// The worker that restores works.
pub fn restorer(names: &Names<'_>) -> Result<impl JobWorker + use<>, StartError> {
    Ok(Restore { works: names.set("works")?, slots: RestoreSlots::new(names)? })
}

struct Copies {
    slots: CopySlots,
}

impl Behaviour for Copies {
    fn admit<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _address: &'a EntityAddress,
        _before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            match next.text(self.slots.condition) {
                Some("lost") => Err(Error::bad_request("A lost copy is no copy.").about("condition")),
                _ => Ok(Vec::new()),
            }
        })
    }

    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        record.set(self.slots.acquired_at, Value::DateTimeOffset(context.now));
        Ok(())
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        let is_torn = entity.record().text(self.slots.condition) == Some("torn");
        let job = || RESTORING.job(key.clone(), b"copy", context.now);
        Ok(is_torn.then(job).into_iter().collect())
    }
}

/// The fans of whatever author: readers that rest elsewhere.
struct Fans {
    readers: SetId,
    name: Path,
}

impl DeriveCollection for Fans {
    fn collection<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _owner: &'a Key,
    ) -> BoxFuture<'a, Result<Collection, Error>> {
        Box::pin(async move {
            let name = Box::new(Expression::Path(self.name.clone()));
            let fan = Box::new(Expression::Literal(Value::String("fan".into())));
            let filter = Some(Expression::Compare(Comparison::Equal, name, fan));
            Ok(Collection { filter, ..Collection::of(self.readers) })
        })
    }
}

/// `lend`: the whole of an action that changes the entity it is called on.
struct Lend {
    slots: LoanSlots,
    reader: NamedParameter<TextValue>,
    days: NamedParameter<IntegerValue>,
}

impl Operate for Lend {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let reader = invocation.required(&self.reader)?;
            let days = invocation.parameter(&self.days).unwrap_or(14);
            let lend = |work: &Record| {
                let mut lent = work.clone();
                lent.set(self.slots.lent_to, Value::String(reader.into()));
                lent.set(self.slots.days_left, Value::Int(days));
                Ok(lent)
            };
            generic::changed(invocation.context, invocation.address()?, false, lend).await?;
            Ok(Answer::no_content())
        })
    }
}

/// An action that is done later.
struct Enqueue {
    kind: JobKind,
    content: Option<NamedParameter<TextValue>>,
}

impl Operate for Enqueue {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let (row, _) = context.load(invocation.address()?).await?;
            let content = self.content.as_ref().and_then(|content| invocation.parameter(content));
            let job = self.kind.job(row.key, content.unwrap_or("").as_bytes(), context.now);
            context.commit(vec![job]).await?;
            Ok(Answer::no_content())
        })
    }
}

/// `ponder`: never answers, and is waited for a while beside the time that a call has.
struct Ponder;

impl Operate for Ponder {
    fn patience(&self) -> Duration {
        Duration::from_millis(40)
    }

    fn operate<'a>(&'a self, _invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(std::future::pending())
    }
}

struct Restore {
    works: SetId,
    slots: RestoreSlots,
}

impl Restore {
    /// Notes on the work what became of it, and ends the job.
    async fn note(&self, context: &Context<'_>, job: &Job, note: &str) -> Result<Vec<Change>, Error> {
        let mut changes = vec![Change::Finish(job.clone())];
        if let Some(row) = context.get(self.works, None, &job.subject).await? {
            let mut work = context.store.record(self.works, &row)?;
            work.set(self.slots.note, Value::String(note.into()));
            changes.extend(next_state(context, &Collection::of(self.works), &row, work).await?);
        }
        Ok(changes)
    }
}

impl JobWorker for Restore {
    fn set(&self) -> SetId {
        self.works
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            match &*job.content {
                b"hopeless" => Err(Error::bad_request("It falls apart.")),
                b"broken" => Err(Error::defect("the glue is empty")),
                b"busy" => {
                    HANDS.acquire().await.map_err(|_| Error::defect("nobody has hands"))?.forget();
                    context.change(|| self.note(context, job, "restored")).await.map(|_| ())
                }
                _ => context.change(|| self.note(context, job, "restored")).await.map(|_| ()),
            }
        })
    }

    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { context.change(|| self.note(context, job, "given up")).await.map(|_| ()) })
    }
}

struct Invite {
    readers: SetId,
    name: u16,
}

impl JobWorker for Invite {
    fn set(&self) -> SetId {
        self.readers
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let decide = || async {
                let mut changes = vec![Change::Finish(job.clone())];
                if let Some(row) = context.get(self.readers, None, &job.subject).await? {
                    let mut reader = context.store.record(self.readers, &row)?;
                    reader.set(self.name, Value::String("invited".into()));
                    changes.extend(next_state(context, &Collection::of(self.readers), &row, reader).await?);
                }
                Ok(changes)
            };
            context.change(decide).await.map(|_| ())
        })
    }
}
