//! What an import comes to: the checks that a device must pass, and the identity that it gets.
//!
//! All of it is decided from one look at the database and committed only if that is still so; otherwise it is decided
//! again. So two imports of one device, whichever servers do them, end in one identity.

mod slots;
mod together;

use engine::breach::flag;
use engine::generic::insertion;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Collection, Context, Error, Handlers, Permit, Validation, later};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::query::{Expression, Path};
use odata::{Key, Record, Value};
use store::{Change, Job, Query, Row, WriteError};

use super::device_identities::{SET as DEVICES, TYPE as DEVICE};
use super::identification::Device;
use super::import_error::ImportError;
use super::import_record::RecordSlots;
use super::imported_identities::SET;
use super::ownership::{Marks, Standing};
use super::remediation::Remediation;
use crate::Settings;
use crate::autopilot::jobs;
use crate::hardware_hash::{TextKind, is_placeholder};

use slots::DeviceSlots;

/// The content of the job of a record whose hash stands earlier in the same import.
pub(super) const DUPLICATE: &[u8] = b"duplicate";

/// How often a decision is made again before the job is put off.
const DECISIONS_MAX: usize = 8;
/// How many devices with the same serial number are looked at.
const SAME_SERIAL_MAX: u64 = 50;
const SECONDS_PER_DAY: i64 = 86_400;

/// Hooks in what is special.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &Settings,
) -> Result<(), StartError> {
    let register = Register {
        records: names.set(SET)?,
        retention_days: settings.autopilot.import_retention_days,
        record: RecordSlots::new(names, settings)?,
        devices: names.set(DEVICES)?,
        device_type: names.structured(DEVICE)?,
        device: DeviceSlots::new(names)?,
        serial_number: names.path(DEVICE, "serialNumber")?,
        remediation: Remediation::new(names)?,
    };
    handlers.job(jobs::REGISTER, register);
    Ok(())
}

/// Registers the device of an import's record.
struct Register {
    /// The days that a record is kept after its end; 0 is for ever.
    retention_days: u32,
    records: SetId,
    record: RecordSlots,
    devices: SetId,
    device_type: TypeId,
    device: DeviceSlots,
    serial_number: Path,
    remediation: Remediation,
}

impl JobWorker for Register {
    fn set(&self) -> SetId {
        self.records
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            for _ in 0..DECISIONS_MAX {
                let Some((row, record)) = self.record(context, job).await? else {
                    return Ok(context.commit(vec![Change::Finish(job.clone())]).await.map(|_| ())?);
                };
                let changes = match self.decide(context, &record, job).await? {
                    Ok(registration) => registration,
                    Err(error) => self.refusal(context, error),
                };
                match context.commit(self.settled(context, job, &row, record, changes)?).await {
                    Err(WriteError::Changed { .. } | WriteError::Overtaken) => {}
                    other => return Ok(other.map(|_| ())?),
                }
            }
            Err(WriteError::Overtaken.into())
        })
    }

    fn work_together<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        jobs: &'a [Job],
    ) -> BoxFuture<'a, Result<Vec<Job>, Error>> {
        Box::pin(self.together(context, jobs))
    }

    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let Some((row, record)) = self.record(context, job).await? else {
                return Ok(context.commit(vec![Change::Finish(job.clone())]).await.map(|_| ())?);
            };
            let refusal = self.refusal(context, ImportError::Storage);
            let changes = self.settled(context, job, &row, record, refusal)?;
            Ok(context.commit(changes).await.map(|_| ())?)
        })
    }
}

/// The serial number by which identities that were made without a hash are looked for; none if it would tell nothing.
fn telling_serial_number<'d>(standing: &Standing, device: &'d Device) -> Option<&'d str> {
    let serial_number = match device {
        Device::Decoded(hash, _) if standing.same.is_empty() => hash.text(TextKind::SerialNumber)?.trim(),
        _ => return None,
    };
    (!is_placeholder(serial_number)).then_some(serial_number)
}

/// A record's last state, and what is committed with it.
struct Outcome {
    state: Record,
    beside: Vec<Change>,
    /// What was accepted all the same.
    breach: Option<String>,
}

impl Register {
    /// The record, if it is still there. That there is the job says that the import is under way.
    async fn record(&self, context: &Context<'_>, job: &Job) -> Result<Option<(Row, Record)>, Error> {
        let row = context.store.get(context.tenant(), self.records, None, &job.subject).await?;
        let Some(row) = row else { return Ok(None) };
        let record = context.store.record(self.records, &row)?;
        Ok(Some((row, record)))
    }

    /// The checks, in their order; at their end the device has an identity.
    async fn decide(
        &self,
        context: &Context<'_>,
        record: &Record,
        job: &Job,
    ) -> Result<Result<Outcome, ImportError>, Error> {
        let (device, marks) = match self.device(context, record) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if *job.content == *DUPLICATE {
            return Ok(Err(ImportError::Duplicated));
        }
        let standing = Standing::look_up_one(context, marks).await?;
        if let Some(outcome) = self.again(context, &standing).await? {
            return Ok(Ok(outcome));
        }
        let by_hand = match telling_serial_number(&standing, &device) {
            Some(serial_number) => self.identities(context, &[serial_number], SAME_SERIAL_MAX).await?,
            None => Vec::new(),
        };
        self.judge(context, record, &device, &standing, &by_hand)
    }

    /// Decides, given what there is.
    fn judge(
        &self,
        context: &Context<'_>,
        record: &Record,
        device: &Device,
        standing: &Standing,
        by_hand: &[(Key, Record)],
    ) -> Result<Result<Outcome, ImportError>, Error> {
        if let Some(error) = self.taken(context, standing, device, by_hand) {
            return Ok(Err(error));
        }
        let is_strict = context.settings.validation == Validation::Strict;
        if !self.record.has_allowed_domain(record).unwrap_or(!is_strict) {
            return Ok(Err(ImportError::UserPrincipalName));
        }
        self.registration(context, record, device, standing)
    }

    /// What the record's hash says, if it says enough.
    fn device(&self, context: &Context<'_>, record: &Record) -> Result<(Device, Marks), ImportError> {
        let serial_number = self.record.serial_number(record);
        // By serial number or product key alone only partners may register devices.
        let base64 = self.record.hash(record).ok_or(ImportError::HardwareHash)?;
        let found = Device::of(context, self.record.hash_validation, base64, serial_number)
            .map_err(|_| ImportError::HardwareHash)?;
        match found {
            // A name that many devices may share tells nothing alone.
            (Device::Opaque, _) if serial_number.is_none() && !self.record.has_product_key(record) => {
                Err(ImportError::NoIdentity)
            }
            found => Ok(found),
        }
    }

    /// What becomes of an import of a device of the tenant that is to be remedied: the device has this hash from now
    /// on. If it is another one by what the hash says, that is what was to be remedied.
    async fn again(&self, context: &Context<'_>, standing: &Standing) -> Result<Option<Outcome>, Error> {
        let Some(device) = standing.own(context.tenant()) else { return Ok(None) };
        let remedied = self.remediation.imported_again(context, device, &standing.marks).await?;
        Ok(remedied.map(|beside| match standing.same.is_empty() {
            true => {
                let state = self.record.completed(context, &device.to_string());
                Outcome { state, beside, breach: None }
            }
            false => Outcome { beside, ..self.refusal(context, ImportError::AlreadyAssigned) },
        }))
    }

    /// Whether somebody has the device.
    fn taken(
        &self,
        context: &Context<'_>,
        standing: &Standing,
        device: &Device,
        by_hand: &[(Key, Record)],
    ) -> Option<ImportError> {
        let by_hand = by_hand.iter().filter(|identity| self.is_same(standing, device, identity)).count();
        match (standing.same.as_slice(), by_hand) {
            ([], 0) => None,
            ([holder], 0) if holder.tenant == context.tenant() => Some(ImportError::AlreadyAssigned),
            ([_], 0) => Some(ImportError::AssignedToOtherTenant),
            ([], 1) => Some(ImportError::AlreadyAssigned),
            _ => Some(ImportError::NotUnique),
        }
    }

    /// The tenant's identities with these serial numbers, spelled so, or all in upper or all in lower case. So many
    /// looks at the index of serial numbers cost less than another index, which each new identity would be entered in.
    async fn identities(
        &self,
        context: &Context<'_>,
        serial_numbers: &[&str],
        limit: u64,
    ) -> Result<Vec<(Key, Record)>, Error> {
        let path = Box::new(Expression::Path(self.serial_number.clone()));
        let mut spellings: Vec<String> = serial_numbers
            .iter()
            .flat_map(|text| [(*text).to_owned(), text.to_ascii_uppercase(), text.to_ascii_lowercase()])
            .collect();
        spellings.sort_unstable();
        spellings.dedup();
        let values = spellings.into_iter().map(|spelling| Value::String(spelling.into()));
        let filter = Some(Expression::In(path, values.collect()));
        let query = Query { filter, ..Query::all(context.tenant(), self.devices, limit) };
        let rows = context.store.list(&query).await?;
        let record = |row: Row| Ok((row.key.clone(), context.store.record(self.devices, &row)?));
        rows.into_iter().map(record).collect()
    }

    /// Whether an identity of the tenant that was made without a hash is the same device by what it says.
    fn is_same(&self, standing: &Standing, device: &Device, (key, identity): &(Key, Record)) -> bool {
        let Device::Decoded(_, facts) = device else { return false };
        let says =
            |slot: u16, text: &str| identity.text(slot).unwrap_or_default().trim().eq_ignore_ascii_case(text);
        !standing.namesakes.iter().any(|holder| holder.device == *key)
            && says(self.device.manufacturer, &facts.manufacturer)
            && says(self.device.model, &facts.model)
    }

    /// The device's identity, and its place in the ledger.
    fn registration(
        &self,
        context: &Context<'_>,
        record: &Record,
        device: &Device,
        standing: &Standing,
    ) -> Result<Result<Outcome, ImportError>, Error> {
        let (set, key, slots) = (self.devices, Key::new(), &self.device);
        let mut identity =
            Record::empty(self.device_type, context.model().structured(self.device_type).slots);
        let sent = |slot| record.text(slot).filter(|text| !text.trim().is_empty());
        let values = [
            (
                slots.serial_number,
                device
                    .serial_number()
                    .or(sent(self.record.serial_number))
                    .or(device.text(TextKind::SerialNumber)),
            ),
            (slots.manufacturer, device.text(TextKind::Manufacturer)),
            (slots.model, device.text(TextKind::Model)),
            (slots.sku_number, device.text(TextKind::SkuNumber)),
            (slots.system_family, device.text(TextKind::SystemFamily)),
            (slots.product_key, record.text(self.record.product_key)),
            (slots.group_tag, sent(self.record.group_tag).or(sent(self.record.order_identifier))),
            (slots.user, sent(self.record.user)),
        ];
        for (slot, value) in values {
            if let Some(text) = value {
                identity.set(slot, Value::String(text.into()));
            }
        }
        // The record's own texts are within the identity's bounds: what is too long comes from the hash.
        let Ok(mut beside) = insertion(context, &Collection::of(set), key.clone(), identity) else {
            return Ok(Err(ImportError::HardwareHash));
        };
        beside.extend(standing.enter(context.tenant(), &key).into_iter().map(Change::Ledger));
        let state = self.record.completed(context, &key.to_string());
        let breaches = self.record.breaches(context, record, device, standing);
        let breach = (!breaches.is_empty()).then(|| breaches.join("; "));
        Ok(Ok(Outcome { state, beside, breach }))
    }

    fn refusal(&self, context: &Context<'_>, error: ImportError) -> Outcome {
        let state = self.record.failed(context, error);
        Outcome { state, beside: Vec::new(), breach: None }
    }

    /// The record's last state, the end of its job, and the record's own end some day.
    fn settled(
        &self,
        context: &Context<'_>,
        job: &Job,
        row: &Row,
        mut record: Record,
        outcome: Outcome,
    ) -> Result<Vec<Change>, Error> {
        record.set(self.record.state, Value::Complex(Box::new(outcome.state)));
        let entity = Draft(record).complete(context.model())?;
        let (set, key, expected) = (self.records, row.key.clone(), row.version);
        let mut changes = vec![Change::Update { set, parent: None, key, expected, entity }];
        changes.extend(flag(context, set, &row.key, outcome.breach));
        changes.extend(outcome.beside);
        changes.push(Change::Finish(job.clone()));
        let days = i64::from(self.retention_days);
        if days > 0 {
            let run_at = later(context.now, days * SECONDS_PER_DAY);
            changes.push(jobs::RETIRE.job(row.key.clone(), b"", run_at));
        }
        Ok(changes)
    }
}
