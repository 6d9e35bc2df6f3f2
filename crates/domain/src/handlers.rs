//! The registry: which entity set has behaviour of its own, and what each operation of the model does.
//!
//! Names are resolved here, when the server starts. A name that does not exist, an operation without handler or a
//! handler without operation stops the start, and with it every test.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use odata::edm::{Kind, Model, OperationId, Property, SetId, TypeId};
use odata::payload::Valid;
use odata::query::{Path, QueryOptions, Step};
use odata::uri::{ResourcePath, Segment};
use odata::{Key, Record, Value};
use store::Change;

use crate::authorize::Permit;
use crate::context::Context;
use crate::jobs::{JobKind, Work};
use crate::operations::body_parameters;
use crate::resolve::{Place, Resolved, Spot};
use crate::{Answer, Error, Verb, autopilot, code, delta, directory, firmware, scope_tags};

/// What is special about the entities of a set. Each step has a default that does nothing.
pub(crate) trait Behaviour: Send + Sync {
    /// The key of a new entity.
    fn key(&self, _place: &Place, _sent: &Record) -> Key {
        Key::new()
    }

    /// Checks a new entity against those that are there.
    fn admit<'a>(&'a self, _: &'a Context<'a>, _: &'a Place, _sent: &'a Record) -> Admitting<'a> {
        Box::pin(async { Ok(()) })
    }

    /// Checks and completes an entity before it is created.
    fn before_create(&self, _context: &Context<'_>, _record: &mut Record) -> Result<(), Error> {
        Ok(())
    }

    /// What the creator is shown, given what was sent and what was stored.
    fn answer_to_create(&self, _sent: Record, entity: &Valid) -> Record {
        entity.record().clone()
    }

    /// What is committed together with a new entity.
    fn beside_create(
        &self,
        _context: &Context<'_>,
        _key: &Key,
        _entity: &Valid,
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// What is committed together with an entity's next state.
    fn beside_update(
        &self,
        _context: &Context<'_>,
        _key: &Key,
        _before: &Record,
        _after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// Where the entities rest that an owner seems to contain, if that is elsewhere.
    fn elsewhere<'a>(&'a self, _context: &'a Context<'a>, _owner: &'a Key) -> Finding<'a> {
        Box::pin(async { Ok(None) })
    }

    /// What lets an entity enter an owner's collection.
    fn link<'a>(&'a self, context: &'a Context<'a>, _owner: &'a Key, _target: &'a Key) -> Linking<'a> {
        Box::pin(async { Err(Error::method_not_allowed(context.call.verb, vec![Verb::Get])) })
    }

    /// What lets it leave.
    fn unlink<'a>(&'a self, context: &'a Context<'a>, _owner: &'a Key, _target: &'a Key) -> Linking<'a> {
        Box::pin(async { Err(Error::method_not_allowed(context.call.verb, vec![Verb::Get])) })
    }

    /// What the deletion of an entity comes to.
    fn delete<'a>(&'a self, _context: &'a Context<'a>, _key: &'a Key) -> Deleting<'a> {
        Box::pin(async { Ok(Deletion::Now(Vec::new())) })
    }

    /// Checks and completes an entity's next state.
    fn before_update(
        &self,
        _context: &Context<'_>,
        _before: &Record,
        _after: &mut Record,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// What the deletion of an entity comes to.
pub(crate) enum Deletion {
    /// It ends, together with these changes.
    Now(Vec<Change>),
    /// It will end; for now these changes are all.
    Later(Vec<Change>),
}

/// Whether an entity may come to be, some time later.
pub(crate) type Admitting<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Where entities are, some time later.
pub(crate) type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<Place>, Error>> + Send + 'a>>;

/// The changes that a reference comes to, some time later.
pub(crate) type Linking<'a> = Pin<Box<dyn Future<Output = Result<Vec<Change>, Error>> + Send + 'a>>;

/// What a deletion comes to, some time later.
pub(crate) type Deleting<'a> = Pin<Box<dyn Future<Output = Result<Deletion, Error>> + Send + 'a>>;

/// The behaviour of a set that has none of its own.
struct Plain;

impl Behaviour for Plain {}

/// A call of an operation, its parameters read and checked.
pub(crate) struct Invocation<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) permit: Permit,
    pub(crate) operation: OperationId,
    pub(crate) at: Resolved,
    /// In declared order; None where the caller gave none.
    pub(crate) parameters: Vec<Option<Value>>,
    pub(crate) options: &'a QueryOptions,
}

impl Invocation<'_> {
    /// The entity the operation is bound to.
    pub(crate) fn spot(&self) -> Result<&Spot, Error> {
        match &self.at {
            Resolved::Spot(spot) => Ok(spot),
            _ => Err(Error::not_found(&self.context.call.path)),
        }
    }

    /// The name of a parameter.
    pub(crate) fn parameter(&self, at: usize) -> &str {
        let parameters = &self.context.model().operation(self.operation).parameters;
        parameters.get(at).map_or("", |parameter| &*parameter.name)
    }

    /// The items of a collection parameter that must be given.
    pub(crate) fn items(&self, at: usize) -> Result<&[Value], Error> {
        match self.parameters.get(at) {
            Some(Some(Value::Collection(items))) => Ok(items),
            _ => {
                let (operation, name) =
                    (&self.context.model().operation(self.operation).name, self.parameter(at));
                Err(Error::bad_request(format!("The parameter '{name}' of '{operation}' is required."))
                    .coded(code::PROPERTY_REQUIRED)
                    .about(name))
            }
        }
    }

    /// The texts of a collection parameter that must be given.
    pub(crate) fn texts(&self, at: usize) -> Result<Vec<&str>, Error> {
        Ok(self.items(at)?.iter().filter_map(Value::as_text).collect())
    }
}

/// What an operation answers, some time later.
pub(crate) type Operating<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// What an operation does.
pub(crate) trait Operate: Send + Sync {
    /// Does it.
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a>;

    /// Whether the body may be relaxed JSON.
    fn takes_relaxed_json(&self) -> bool {
        false
    }

    /// Whether its result is a collection that takes the query options of one.
    fn takes_collection_options(&self) -> bool {
        false
    }

    /// Whether all it changes is in one commit: then it may be part of a change set.
    fn is_one_commit(&self) -> bool {
        true
    }
}

/// Code and model disagree about a name.
#[derive(Debug, thiserror::Error)]
#[error("code and model disagree: {0}")]
pub(crate) struct StartError(pub(crate) String);

/// All behaviour, by id.
pub(crate) struct Handlers {
    sets: Vec<Box<dyn Behaviour>>,
    operations: Vec<Option<Box<dyn Operate>>>,
    work: HashMap<i16, Box<dyn Work>>,
}

impl Handlers {
    /// Resolves every name that the code uses.
    pub(crate) fn new(model: &Model) -> Result<Handlers, StartError> {
        let mut handlers = Handlers {
            sets: model.sets.iter().map(|_| Box::new(Plain) as Box<dyn Behaviour>).collect(),
            operations: model.operations.iter().map(|_| None).collect(),
            work: HashMap::new(),
        };
        let names = Names { model };
        autopilot::register(&names, &mut handlers)?;
        directory::register(&names, &mut handlers)?;
        firmware::register(&names, &mut handlers)?;
        scope_tags::register(&names, &mut handlers)?;
        delta::register(&names, &mut handlers)?;
        for operation in model.operations.iter().filter(|operation| !operation.not_implemented) {
            if handlers.operations[operation.id.index()].is_none() {
                return Err(StartError(format!("the operation '{}' has no handler", operation.name)));
            }
        }
        Ok(handlers)
    }

    /// Gives a set a behaviour.
    pub(crate) fn set(&mut self, set: SetId, behaviour: impl Behaviour + 'static) {
        self.sets[set.index()] = Box::new(behaviour);
    }

    /// Gives an operation its handler.
    pub(crate) fn operation(&mut self, id: OperationId, operate: impl Operate + 'static) {
        self.operations[id.index()] = Some(Box::new(operate));
    }

    /// Says who does the jobs of a kind.
    pub(crate) fn job(&mut self, kind: JobKind, work: impl Work + 'static) {
        self.work.insert(kind as i16, Box::new(work));
    }

    /// Who does the jobs of a kind.
    pub(crate) fn work(&self, kind: i16) -> Option<&dyn Work> {
        self.work.get(&kind).map(|work| &**work)
    }

    /// The behaviour of a set.
    pub(crate) fn of(&self, set: SetId) -> &dyn Behaviour {
        &*self.sets[set.index()]
    }

    /// Whether an operation's result takes the query options of a collection.
    pub(crate) fn takes_collection_options(&self, id: OperationId) -> bool {
        self.operations[id.index()].as_ref().is_some_and(|operate| operate.takes_collection_options())
    }

    /// Calls the operation that a path ends in.
    pub(crate) async fn operate(
        &self,
        context: &Context<'_>,
        permit: Permit,
        path: &ResourcePath,
        at: Resolved,
        options: &QueryOptions,
    ) -> Result<Answer, Error> {
        let Some(Segment::Operation(id, arguments)) = path.segments.last() else {
            return Err(Error::not_found(&context.call.path));
        };
        let Some(operate) = &self.operations[id.index()] else {
            let name = &context.model().operation(*id).name;
            return Err(Error::not_implemented(&format!("The operation '{name}'")));
        };
        if context.seat.is_some() && !operate.is_one_commit() {
            let name = &context.model().operation(*id).name;
            let message =
                format!("'{name}' changes entity by entity, so it cannot be in an atomicity group.");
            return Err(Error::bad_request(message));
        }
        let parameters = match arguments.is_empty() {
            true => body_parameters(context, *id, operate.takes_relaxed_json())?,
            false => arguments.clone(),
        };
        operate.operate(Invocation { context, permit, operation: *id, at, parameters, options }).await
    }
}

/// Looks up the names that code uses; each failure names the missing one.
pub(crate) struct Names<'m> {
    pub(crate) model: &'m Model,
}

impl Names<'_> {
    /// A set by its path below `deviceManagement`.
    pub(crate) fn set(&self, path: &str) -> Result<SetId, StartError> {
        self.whole_path(&format!("deviceManagement/{path}"))
    }

    /// A set by its whole path.
    pub(crate) fn whole_path(&self, path: &str) -> Result<SetId, StartError> {
        let set = self.model.find_set(path);
        set.map(|set| set.id).ok_or_else(|| StartError(format!("the model has no set '{path}'")))
    }

    /// The slot of a property of a type.
    pub(crate) fn slot(&self, type_name: &str, property: &str) -> Result<u16, StartError> {
        Ok(self.property(type_name, property)?.slot)
    }

    /// The path of a property of a type, for filters of ours.
    pub(crate) fn path(&self, type_name: &str, property: &str) -> Result<Path, StartError> {
        let property = self.property(type_name, property)?;
        let step = Step { property: property.id, slot: property.slot };
        Ok(Path { scope: 0, steps: vec![step], type_ref: property.type_ref })
    }

    /// The path of an entity type's `id`.
    pub(crate) fn id_of(&self, entity_type: TypeId) -> Result<Path, StartError> {
        let structured = self.model.structured(entity_type);
        let mut properties = structured.properties.iter().map(|id| self.model.property(*id));
        let id = properties.find(|property| property.slot == 0);
        let id = id.ok_or_else(|| StartError(format!("the type '{}' has no id", structured.name)))?;
        Ok(Path { scope: 0, steps: vec![Step { property: id.id, slot: id.slot }], type_ref: id.type_ref })
    }

    fn property(&self, type_name: &str, property: &str) -> Result<&Property, StartError> {
        let id = self.structured(type_name)?;
        let mut properties = self.model.structured(id).properties.iter().map(|id| self.model.property(*id));
        properties
            .find(|known| &*known.name == property)
            .ok_or_else(|| StartError(format!("the type '{type_name}' has no property '{property}'")))
    }

    /// The slot of a single-valued reference of a type.
    pub(crate) fn reference(&self, type_name: &str, navigation: &str) -> Result<u16, StartError> {
        let id = self.structured(type_name)?;
        let mut ids = self.model.structured(id).navigations.iter();
        ids.find(|id| &*self.model.navigation(**id).name == navigation)
            .and_then(|id| self.model.navigation(*id).slot)
            .ok_or_else(|| StartError(format!("the type '{type_name}' has no reference '{navigation}'")))
    }

    /// The number of an enumeration's member.
    pub(crate) fn member(&self, enum_name: &str, member: &str) -> Result<Value, StartError> {
        let value = match self.model.find_type(&format!("microsoft.graph.{enum_name}")) {
            Some(Kind::Enum(id)) => self.model.enum_type(id).parse(member),
            _ => None,
        };
        value
            .map(Value::Enum)
            .ok_or_else(|| StartError(format!("there is no '{enum_name}' called '{member}'")))
    }

    /// An operation by its name and the type it is bound to.
    pub(crate) fn operation(&self, name: &str, bound_to: &str) -> Result<OperationId, StartError> {
        let bound_to_id = self.structured(bound_to)?;
        let mut operations = self.model.operations.iter();
        operations
            .find(|operation| &*operation.name == name && operation.binding.kind == Kind::Entity(bound_to_id))
            .map(|operation| operation.id)
            .ok_or_else(|| StartError(format!("no operation '{name}' is bound to '{bound_to}'")))
    }

    /// A structured type.
    pub(crate) fn structured(&self, name: &str) -> Result<TypeId, StartError> {
        let graph = format!("microsoft.graph.{name}");
        match self.model.find_type(if name.contains('.') { name } else { &graph }) {
            Some(Kind::Entity(id) | Kind::Complex(id)) => Ok(id),
            _ => Err(StartError(format!("the model has no type '{name}'"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Handlers;
    use crate::{Settings, model};

    #[test]
    fn code_and_model_agree_on_every_name() {
        let model = model::load(&Settings::default()).unwrap();
        Handlers::new(&model).unwrap();
    }
}
