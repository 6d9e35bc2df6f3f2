//! The look at devices that a change touches: a page of them at a time, and one commit for a page.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use engine::generic::bare_update;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::query::{Cursor, Expression, Function, Path};
use odata::{Key, Record, Value};
use store::{Change, Job, Owners, Query, Row};
use uuid::Uuid;

use super::advance::Steps;
use super::candidates::{Candidates, Sources};
use super::status::Statuses;
use crate::assessment::{ASSESS, Cause, Look, Touched, one_device};
use crate::autopilot::device_identities::{SET, TYPE};
use crate::autopilot::settings::refresh;
use crate::directory::rule::parse;
use crate::directory::{DirectoryDevices, PhysicalId, directory_key};

/// How many devices are looked at in one commit.
const PAGE: u64 = 500;
/// How many tenants are remembered.
const TENANTS_MAX: usize = 100_000;

/// Hooks in what is special.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    statuses: Arc<Statuses>,
) -> Result<(), StartError> {
    let identities = names.set(SET)?;
    let assess = Assess {
        identities,
        id: names.id_of(names.structured(TYPE)?)?,
        model: names.slot(TYPE, "model")?,
        group_tag: names.path(TYPE, "groupTag")?,
        purchase_order: names.path(TYPE, "purchaseOrderIdentifier")?,
        tenants: Mutex::default(),
        directory: DirectoryDevices::new(names)?,
        sources: Sources::new(names)?,
        statuses,
    };
    handlers.job(ASSESS, assess);
    Ok(())
}

struct Assess {
    identities: SetId,
    id: Path,
    model: u16,
    group_tag: Path,
    purchase_order: Path,
    /// Those whose settings are known to be refreshed.
    tenants: Mutex<HashSet<Uuid>>,
    directory: DirectoryDevices,
    sources: Sources,
    statuses: Arc<Statuses>,
}

impl JobWorker for Assess {
    fn set(&self) -> SetId {
        self.identities
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let look = Look::read(&job.content)
                .ok_or_else(|| store::ReadError::Corrupt("a look at devices".to_owned()))?;
            context.change(|| self.page(context, job, &look)).await.map(|_| ())
        })
    }

    fn work_together<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        jobs: &'a [Job],
    ) -> BoxFuture<'a, Result<Vec<Job>, Error>> {
        Box::pin(async move {
            let (mut devices, mut changes, mut rest) = (Vec::new(), Vec::new(), Vec::new());
            for job in jobs {
                match one_device(&job.content).filter(|_| (devices.len() as u64) < PAGE) {
                    Some(device) => {
                        devices.push(device);
                        changes.push(Change::Finish(job.clone()));
                    }
                    None => rest.push(job.clone()),
                }
            }
            if devices.is_empty() {
                return Ok(rest);
            }
            let candidates = self.sources.candidates(context).await?;
            let look = Look { touched: Touched::Devices(devices), cause: Cause::Membership, after: None };
            let (rows, _) = self.touched(context, &look, &candidates).await?;
            changes.extend(self.first_of_tenant(context).then(|| refresh(context)));
            changes.extend(self.assess(context, &rows, &candidates, &look.cause).await?);
            context.commit(changes).await?;
            Ok(rest)
        })
    }
}

impl Assess {
    /// What one page comes to: the devices' next states, and the job's end or its next page.
    async fn page(&self, context: &Context<'_>, job: &Job, look: &Look) -> Result<Vec<Change>, Error> {
        let candidates = self.sources.candidates(context).await?;
        let (rows, last) = self.touched(context, look, &candidates).await?;
        let mut changes = self.assess(context, &rows, &candidates, &look.cause).await?;
        changes.push(Change::Finish(job.clone()));
        changes.extend(self.first_of_tenant(context).then(|| refresh(context)));
        if let Some(last) = last {
            changes.push(Look { after: Some(last), ..look.clone() }.job(context, Key::new()));
        }
        Ok(changes)
    }

    /// Whether this process sees a tenant with devices for the first time.
    fn first_of_tenant(&self, context: &Context<'_>) -> bool {
        let mut seen = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= TENANTS_MAX {
            seen.clear();
        }
        seen.insert(context.tenant())
    }

    /// The next page of the devices that are touched, and after which key there are more.
    async fn touched(
        &self,
        context: &Context<'_>,
        look: &Look,
        candidates: &Candidates,
    ) -> Result<(Vec<Row>, Option<Key>), Error> {
        let mut referring = None;
        let filter = match &look.touched {
            Touched::Devices(keys) => match keys.as_slice() {
                [key] => {
                    let row = context.store.get(context.tenant(), self.identities, None, key).await?;
                    return Ok((row.into_iter().collect(), None));
                }
                keys => Some(self.among(keys)),
            },
            Touched::Objects(objects) => Some(self.among(&self.identities_of(context, objects).await?)),
            Touched::Group(group) if !candidates.concerns(group) && look.cause == Cause::Membership => {
                return Ok((Vec::new(), None));
            }
            Touched::Group(group) => match self.sources.rule(context, group).await? {
                Some(rule) => match rule.physical_ids() {
                    Some(ids) => Some(self.named(&ids)),
                    None => return self.selected(context, self.sources.condition(&rule), look).await,
                },
                None => {
                    let added = self.sources.added(context, group).await?;
                    Some(self.among(&self.identities_of(context, &added).await?))
                }
            },
            Touched::PhysicalIds(ids) => Some(self.named(ids)),
            Touched::Selected(rules) => {
                return self.selected(context, self.either_and_not_both(rules), look).await;
            }
            Touched::Profile(profile) => {
                let [_, intended] = self.statuses.references();
                referring = Some((intended, profile.clone()));
                None
            }
            Touched::All => None,
        };
        let query = Query { filter, referring, ..self.next(context, self.identities, look) };
        let rows = context.store.list(&query).await?;
        let last = last_of(&rows);
        Ok((rows, last))
    }

    /// The next page of a set.
    fn next(&self, context: &Context<'_>, set: SetId, look: &Look) -> Query {
        let after = look.after.clone().map(|key| Cursor { values: Vec::new(), key });
        Query { after, ..Query::all(context.tenant(), set, PAGE) }
    }

    /// The next page of the devices whose objects in the directory are so.
    async fn selected(
        &self,
        context: &Context<'_>,
        condition: Expression,
        look: &Look,
    ) -> Result<(Vec<Row>, Option<Key>), Error> {
        let set = self.directory.set;
        let query = Query { filter: Some(condition), ..self.next(context, set, look) };
        let objects = context.store.list(&query).await?;
        let mut identities = Vec::with_capacity(objects.len());
        for object in &objects {
            identities.extend(self.directory.identity(&context.store.record(set, object)?));
        }
        let all = Query::all(context.tenant(), self.identities, 1);
        let owned = context.store.list_each(&all, &Owners::Keys(identities)).await?;
        Ok((owned.into_iter().map(|owned| owned.row).collect(), last_of(&objects)))
    }

    /// That one of these rules selects a device, and no other does.
    fn either_and_not_both(&self, rules: &[Box<str>]) -> Expression {
        let conditions = rules.iter().filter_map(|rule| Some(self.sources.condition(&parse(rule).ok()?)));
        let and = |one, other| Expression::And(Box::new(one), Box::new(other));
        let not = |inner| Expression::Not(Box::new(inner));
        let differ = |one: Expression, other: Expression| {
            let (left, right) = (and(one.clone(), not(other.clone())), and(not(one), other));
            Expression::Or(Box::new(left), Box::new(right))
        };
        conditions.reduce(differ).unwrap_or(Expression::Literal(Value::Boolean(false)))
    }

    /// The identities of objects of the directory.
    async fn identities_of(&self, context: &Context<'_>, objects: &[Key]) -> Result<Vec<Key>, Error> {
        let set = self.directory.set;
        let query = Query::all(context.tenant(), set, 1);
        let mut identities = Vec::with_capacity(objects.len());
        for owned in context.store.list_each(&query, &Owners::Keys(objects.to_vec())).await? {
            identities.extend(self.directory.identity(&context.store.record(set, &owned.row)?));
        }
        Ok(identities)
    }

    fn among(&self, keys: &[Key]) -> Expression {
        let keys = keys.iter().map(|key| Value::String(key.to_string().into())).collect();
        Expression::In(Box::new(Expression::Path(self.id.clone())), keys)
    }

    /// Those of which the directory says one of these. Each way there has an index.
    fn named(&self, ids: &BTreeSet<Box<str>>) -> Expression {
        let said = |wanted| {
            let said = ids.iter().filter_map(|id| PhysicalId::of(id));
            said.filter(|(kind, _)| *kind == wanted).map(|(_, said)| said).collect::<Vec<_>>()
        };
        let one_of = |path: &Path, said: Vec<&str>| {
            let lower = Expression::Call(Function::ToLower, vec![Expression::Path(path.clone())]);
            let said = said.into_iter().map(|text| Value::String(text.into())).collect();
            Expression::In(Box::new(lower), said)
        };
        let mut ways = Vec::new();
        for (path, kind) in
            [(&self.group_tag, PhysicalId::GroupTag), (&self.purchase_order, PhysicalId::PurchaseOrder)]
        {
            ways.extend(Some(said(kind)).filter(|said| !said.is_empty()).map(|said| one_of(path, said)));
        }
        let registrations: Vec<Key> = said(PhysicalId::Registration).into_iter().map(Key::parse).collect();
        if ways.is_empty() || !registrations.is_empty() {
            ways.push(self.among(&registrations));
        }
        let either = |one, other| Expression::Or(Box::new(one), Box::new(other));
        ways.into_iter().reduce(either).unwrap_or(Expression::Literal(Value::Boolean(false)))
    }

    async fn devices(
        &self,
        context: &Context<'_>,
        rows: &[Row],
    ) -> Result<HashMap<Key, (Row, Record)>, Error> {
        let set = self.directory.set;
        let keys = rows.iter().map(|row| directory_key(&row.key)).collect();
        let query = Query::all(context.tenant(), set, 1);
        let mut devices = HashMap::new();
        for owned in context.store.list_each(&query, &Owners::Keys(keys)).await? {
            let record = context.store.record(set, &owned.row)?;
            devices.insert(owned.row.key.clone(), (owned.row, record));
        }
        Ok(devices)
    }

    async fn assess(
        &self,
        context: &Context<'_>,
        rows: &[Row],
        candidates: &Candidates,
        cause: &Cause,
    ) -> Result<Vec<Change>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut devices = self.devices(context, rows).await?;
        let keys: Vec<Key> = devices.keys().cloned().collect();
        let added = candidates.added(context, &self.sources, &keys).await?;
        let (mut changes, mut steps) = (Vec::new(), Steps::default());
        let mut newer = None;
        for row in rows {
            let identity = context.store.record(self.identities, row)?;
            let device = devices.get_mut(&directory_key(&row.key));
            let mut at_hand = None;
            if let Some((device_row, record)) = device {
                if let Some(agreeing) = self.directory.agreeing(&row.key, &identity, record) {
                    let set = self.directory.set;
                    changes.push(bare_update(context, set, device_row, record, agreeing.clone())?);
                    *record = agreeing;
                }
                at_hand = Some((&device_row.key, &*record));
            }
            let released = match cause {
                Cause::Released(profile) => Some(profile),
                _ => None,
            };
            let had = self.statuses.had(&identity);
            if newer.is_none() && had.as_ref().is_some_and(|profile| !candidates.know(profile)) {
                // It may have been made, and given to the device directly, after the candidates were read.
                newer = Some(self.sources.candidates(context).await?);
            }
            let candidates = newer.as_ref().unwrap_or(candidates);
            let decision = candidates.decide(at_hand, &added, had.as_ref(), released);
            let model = identity.text(self.model).unwrap_or_default();
            let fits = had.is_none_or(|profile| candidates.misfit(&profile, model).is_none());
            if let Some(next) = self.statuses.decided(&identity, &decision, cause, fits, context.now) {
                // One device whose next state is refused keeps its state, and no other from getting its own.
                match bare_update(context, self.identities, row, &identity, next) {
                    Ok(change) => {
                        if let Change::Update { entity, .. } = &change {
                            steps.take(&self.statuses, &row.key, entity.record());
                        }
                        changes.push(change);
                    }
                    Err(error) => tracing::warn!(tenant = %context.tenant(), device = %row.key, %error,
                        "a device keeps its profile, because its next state is refused"),
                }
            }
        }
        changes.extend(steps.jobs(context, &self.statuses));
        Ok(changes)
    }
}

/// After which key there are more, if there may be.
fn last_of(rows: &[Row]) -> Option<Key> {
    rows.last().filter(|_| rows.len() as u64 == PAGE).map(|row| row.key.clone())
}
