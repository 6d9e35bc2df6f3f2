//! `muster.why` of an import: what came of it, by which cause, what to do about it, and what it waits for.

use engine::generic::complex_value;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::{Key, Record, Value};
use store::Row;

use super::identification::Device;
use super::import_error::{ImportError, cause_and_remedy};
use super::import_record::RecordSlots;
use super::imported_identities::TYPE;
use super::ownership::Standing;
use crate::Settings;
use crate::autopilot::jobs;

const EXPLANATION: &str = "muster.importExplanation";

/// Hooks in what is special.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &Settings,
) -> Result<(), StartError> {
    let slot = |property| names.slot(EXPLANATION, property);
    let why = WhyImport {
        records: names.set(super::imported_identities::SET)?,
        record: RecordSlots::new(names, settings)?,
        explanation: names.structured(EXPLANATION)?,
        status: slot("status")?,
        code: slot("deviceErrorCode")?,
        cause: slot("cause")?,
        remedy: slot("remedy")?,
        devices: slot("deviceIds")?,
        breaches: slot("breaches")?,
        waits_for: slot("waitsFor")?,
        since: slot("since")?,
        until: slot("until")?,
    };
    handlers.operation(names.operation("why", TYPE)?, why);
    Ok(())
}

struct WhyImport {
    records: SetId,
    record: RecordSlots,
    explanation: TypeId,
    status: u16,
    code: u16,
    cause: u16,
    remedy: u16,
    devices: u16,
    breaches: u16,
    waits_for: u16,
    since: u16,
    until: u16,
}

impl Operate for WhyImport {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let (row, _) = context.load(address).await?;
            complex_value(context, self.explanation, self.explain(context, &row).await?)
        })
    }
}

impl WhyImport {
    async fn explain(&self, context: &Context<'_>, row: &Row) -> Result<Record, Error> {
        let record = context.store.record(self.records, row)?;
        let (status, code) = self.record.status_and_code(&record);
        let mut shown = Record::empty(self.explanation, context.model().structured(self.explanation).slots);
        shown.set(self.status, text(status));
        shown.set(self.code, Value::Int(code));
        let device = self.record.hash(&record).map(|hash| {
            Device::of(context, self.record.hash_validation, hash, self.record.serial_number(&record))
        });
        let fault = device.as_ref().and_then(|device| device.as_ref().err()).map(ToString::to_string);
        if let Some((cause, remedy)) = cause_and_remedy(code) {
            let is_about_hash = code == ImportError::HardwareHash.code_and_name().0;
            shown.set(self.cause, text(fault.as_deref().filter(|_| is_about_hash).unwrap_or(cause)));
            shown.set(self.remedy, text(remedy));
        }
        let (mut devices, mut breaches) = (Vec::new(), Vec::new());
        if let Some(Ok((device, marks))) = device {
            let standing = Standing::look_up_one(context, marks).await?;
            let odd = self.record.breaches(context, &record, &device, &standing);
            breaches.extend(odd.into_iter().map(|breach| text(&format!("{breach}."))));
            let own = standing.same.iter().filter(|holder| holder.tenant == context.tenant());
            devices.extend(own.map(|holder| text(&holder.device.to_string())));
        }
        shown.set(self.devices, Value::Collection(devices));
        shown.set(self.breaches, Value::Collection(breaches));
        self.wait(context, &row.key, row.version, &mut shown).await?;
        Ok(shown)
    }

    /// What an import waits for that is under way, since when, and until when.
    async fn wait(
        &self,
        context: &Context<'_>,
        key: &Key,
        version: i64,
        shown: &mut Record,
    ) -> Result<(), Error> {
        let due = context.store.job_due(context.tenant(), jobs::REGISTER.number, key).await?;
        let Some(due) = due else { return Ok(()) };
        shown.set(self.waits_for, text("the registration of its device"));
        shown.set(self.until, Value::DateTimeOffset(due));
        let entry = context.store.journal_since(context.tenant(), version - 1, 1).await?;
        if let Some(entry) = entry.first() {
            shown.set(self.since, Value::DateTimeOffset(entry.at));
        }
        Ok(())
    }
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}
