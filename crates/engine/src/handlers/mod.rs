//! The registry: which entity set has behaviour of its own, what each operation of the model does, and who does the jobs.
//!
//! Names are resolved when the server starts. A name that does not exist, an operation without handler, a handler
//! without operation, a job kind without worker or a worker without permission stops the start, and with it every test.

mod behaviour;
mod derived;
mod job;
mod names;
mod operation;
mod parameter;
mod slots;

use std::collections::BTreeMap;
use std::time::Duration;

use odata::edm::{Model, Navigation, NavigationId, OperationId, PermissionId, SetId};
use odata::query::Expression;

use crate::authorize::may_be_updated_with;
use crate::projection::Projection;

pub use behaviour::{Behaviour, Deletion};
pub use derived::{DeriveCollection, DeriveEntity, TellRecord};
pub use job::{ClockEvent, JobFamily, JobKind, JobWorker};
pub use names::{Names, StartError, Vocabulary};
pub use operation::{Invocation, Operate};
pub use parameter::{
    AnyValue, BinaryValue, BooleanValue, IntegerValue, ItemList, NamedParameter, ParameterType, TextList,
    TextValue,
};
#[doc(hidden)]
pub use slots::property_of;

use behaviour::Plain;
use job::RegisteredJob;

/// The registered handlers: of sets and operations by id, of jobs by the number of their kind.
pub struct Handlers {
    sets: Vec<Box<dyn Behaviour>>,
    operations: Vec<Option<Box<dyn Operate>>>,
    derived: BTreeMap<u16, Box<dyn DeriveCollection>>,
    derived_entities: BTreeMap<SetId, Box<dyn DeriveEntity>>,
    recorded: BTreeMap<SetId, Box<dyn TellRecord>>,
    projections: BTreeMap<SetId, Projection>,
    conditions: BTreeMap<SetId, Expression>,
    jobs: BTreeMap<i16, RegisteredJob>,
    /// The first job that a family registered wrongly.
    fault: Option<StartError>,
    /// The first operation that two handlers were registered for.
    operation_with_two: Option<OperationId>,
}

impl Handlers {
    /// Has every family register its handlers, and checks that none is missing.
    pub(crate) fn new(
        names: &Names<'_>,
        register: impl FnOnce(&Names<'_>, &mut Handlers) -> Result<(), StartError>,
    ) -> Result<Handlers, StartError> {
        let model = names.model;
        let mut handlers = Handlers {
            sets: model.sets.iter().map(|_| Box::new(Plain) as Box<dyn Behaviour>).collect(),
            operations: model.operations.iter().map(|_| None).collect(),
            derived: BTreeMap::new(),
            derived_entities: BTreeMap::new(),
            recorded: BTreeMap::new(),
            projections: BTreeMap::new(),
            conditions: BTreeMap::new(),
            jobs: BTreeMap::new(),
            fault: None,
            operation_with_two: None,
        };
        register(names, &mut handlers)?;
        match handlers.fault.take() {
            Some(fault) => Err(fault),
            None => handlers.check(model).map(|()| handlers),
        }
    }

    /// Registers the behaviour of a set. A set without one is treated as the model says, and no other way.
    pub fn set(&mut self, set: SetId, behaviour: impl Behaviour + 'static) {
        self.sets[set.index()] = Box::new(behaviour);
    }

    /// Registers the handler of an operation. Each operation needs one, unless the model marks it as not implemented.
    pub fn operation(&mut self, id: OperationId, operate: impl Operate + 'static) {
        if self.operations[id.index()].replace(Box::new(operate)).is_some() {
            self.operation_with_two.get_or_insert(id);
        }
    }

    /// Registers the handler of a derived navigation property to many. Each that the model declares needs one.
    pub fn derived(&mut self, id: NavigationId, derive: impl DeriveCollection + 'static) {
        self.derived.insert(id.0, Box::new(derive));
    }

    /// Registers the handler of a derived singleton, by the set that would store it. Each that the model declares needs one.
    pub fn derived_entity(&mut self, set: SetId, derive: impl DeriveEntity + 'static) {
        self.derived_entities.insert(set, Box::new(derive));
    }

    /// Registers the handler of a set that shows the records of the audit.
    pub fn recorded(&mut self, set: SetId, tell: impl TellRecord + 'static) {
        self.recorded.insert(set, Box::new(tell));
    }

    /// Registers the condition under which an entity that rests in a set is there for whoever reads or changes it.
    pub fn condition(&mut self, set: SetId, condition: Expression) {
        self.conditions.insert(set, condition);
    }

    /// Registers the entities that a set shows without storing them.
    pub fn projection(&mut self, projection: Projection) {
        self.projections.insert(projection.set, projection);
    }

    /// Declares the kinds of jobs of a family of sets, with the permission by which they are done. Each kind needs a worker.
    pub fn jobs(&mut self, names: &Names<'_>, family: &JobFamily) -> Result<(), StartError> {
        let permission = names.permission(family.permission)?;
        for kind in family.kinds {
            let job = RegisteredJob { kind: *kind, permission, worker: None };
            if self.jobs.insert(kind.number, job).is_some() {
                return Err(StartError(format!("two kinds of jobs have the number {}", kind.number)));
            }
        }
        Ok(())
    }

    /// Registers the worker of a kind of job that [`Handlers::jobs`] declared.
    pub fn job(&mut self, kind: JobKind, worker: impl JobWorker + 'static) {
        let number = kind.number;
        let fault = match self.jobs.get_mut(&number) {
            Some(RegisteredJob { worker: place @ None, .. }) => {
                *place = Some(Box::new(worker));
                return;
            }
            Some(_) => format!("the jobs of kind {number} have two workers"),
            None => format!("no family declares jobs of kind {number}"),
        };
        self.fault.get_or_insert(StartError(fault));
    }

    /// The permission and the worker of a kind of job; none if this Muster does not know it.
    pub(crate) fn worker(&self, kind: i16) -> Option<(PermissionId, &dyn JobWorker)> {
        let job = self.jobs.get(&kind)?;
        Some((job.permission, &**job.worker.as_ref()?))
    }

    /// The name of a kind of job: the event that ends it, or its number.
    pub(crate) fn job_name(&self, kind: i16) -> String {
        let event = self.jobs.get(&kind).and_then(|job| job.kind.event);
        event.map_or_else(|| format!("kind-{kind}"), |event| event.name.to_owned())
    }

    /// The events that the clock can be turned to, each with the kind of job that brings it.
    pub(crate) fn clock_events(&self) -> impl Iterator<Item = (JobKind, ClockEvent)> {
        self.jobs.values().filter_map(|job| Some((job.kind, job.kind.event?)))
    }

    /// The behaviour of a set.
    pub(crate) fn of(&self, set: SetId) -> &dyn Behaviour {
        &*self.sets[set.index()]
    }

    /// The handler of a navigation property; none if what it leads to is stored.
    pub(crate) fn derive(&self, id: NavigationId) -> Option<&dyn DeriveCollection> {
        self.derived.get(&id.0).map(|derive| &**derive)
    }

    /// The handler of a singleton that is worked out; none if it is stored.
    pub(crate) fn derive_entity(&self, set: SetId) -> Option<&dyn DeriveEntity> {
        self.derived_entities.get(&set).map(|derive| &**derive)
    }

    /// What tells the entities of a set by the records of the audit; none if they are stored.
    pub(crate) fn tell_record(&self, set: SetId) -> Option<&dyn TellRecord> {
        self.recorded.get(&set).map(|tell| &**tell)
    }

    /// The entities that a set shows without storing them; none if it stores all that it shows.
    pub(crate) fn projected(&self, set: SetId) -> Option<&Projection> {
        self.projections.get(&set)
    }

    /// The condition under which an entity of a set is there; none if all are.
    pub(crate) fn condition_of(&self, set: SetId) -> Option<&Expression> {
        self.conditions.get(&set)
    }

    /// The handler of an operation; none if the operation is not implemented.
    pub(crate) fn operate(&self, id: OperationId) -> Option<&dyn Operate> {
        self.operations[id.index()].as_deref()
    }

    /// Whether an operation's result takes the query options of a collection.
    pub(crate) fn takes_collection_options(&self, id: OperationId) -> bool {
        self.operate(id).is_some_and(Operate::takes_collection_options)
    }

    /// Whether an operation changes nothing, although it is an action.
    pub(crate) fn only_reads(&self, id: OperationId) -> bool {
        self.operate(id).is_some_and(Operate::only_reads)
    }

    /// The time that an operation may wait for something to happen, beside the time of its own work.
    pub(crate) fn patience(&self, id: OperationId) -> Duration {
        self.operate(id).map_or(Duration::ZERO, Operate::patience)
    }

    /// Whether every operation has a handler, and every kind of job a worker that is allowed what it does.
    fn check(&self, model: &Model) -> Result<(), StartError> {
        if let Some(id) = self.operation_with_two {
            return Err(StartError(format!("the operation '{}' has two handlers", model.operation(id).name)));
        }
        for operation in model.operations.iter().filter(|operation| !operation.not_implemented) {
            if self.operate(operation.id).is_none() {
                return Err(StartError(format!("the operation '{}' has no handler", operation.name)));
            }
        }
        for (number, job) in &self.jobs {
            let Some(worker) = &job.worker else {
                return Err(StartError(format!("the jobs of kind {number} have no worker")));
            };
            if !may_be_updated_with(model, worker.set(), job.permission) {
                let (name, set) = (model.permission(job.permission), &model.set(worker.set()).path);
                return Err(StartError(format!(
                    "the jobs of kind {number} change '{set}', which the application permission '{name}' does not allow"
                )));
            }
        }
        let lacks_handler = |navigation: &&Navigation| {
            let is_worked_out = navigation.set.is_some_and(|set| self.derive_entity(set).is_some());
            navigation.derived != (self.derive(navigation.id).is_some() || is_worked_out)
        };
        if let Some(navigation) = model.navigations.iter().find(lacks_handler) {
            let message =
                format!("the navigation property '{}' and its handler do not agree", navigation.name);
            return Err(StartError(message));
        }
        Ok(())
    }
}
