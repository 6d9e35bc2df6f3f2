//! `muster.why` of an import: its result, the cause, the remedy, and what it waits for.

use engine::generic::complex_value;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::{Key, Record, Value};
use store::Row;

use super::call_keys::CallKeys;
use super::error::{ImportError, cause_and_remedy};
use super::record::ImportSlots;
use crate::MusterSettings;
use crate::autopilot::jobs;
use crate::autopilot::ledger::{HardwareClaims, IdentifiedDevice};
use crate::autopilot::sets::{IMPORT, IMPORTS};

const EXPLANATION: &str = "muster.importExplanation";

/// Registers the function `why` of imports.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let slot = |property| names.slot(EXPLANATION, property);
    let why = WhyImport {
        records: names.set(IMPORTS)?,
        record: ImportSlots::new(names, settings)?,
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
    handlers.operation(names.operation("why", IMPORT)?, why);
    Ok(())
}

struct WhyImport {
    records: SetId,
    record: ImportSlots,
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
            let serial_number = self.record.serial_number(&record);
            IdentifiedDevice::of(context, self.record.hash_validation, hash, serial_number)
        });
        let fault = device.as_ref().and_then(|device| device.as_ref().err()).map(ToString::to_string);
        if let Some((cause, remedy)) = cause_and_remedy(code) {
            let is_about_hash = code == ImportError::HardwareHash.code_and_name().0;
            shown.set(self.cause, text(fault.as_deref().filter(|_| is_about_hash).unwrap_or(cause)));
            shown.set(self.remedy, text(remedy));
        }
        let (mut devices, mut breaches) = (Vec::new(), Vec::new());
        if let Some(Ok(IdentifiedDevice { device, digests })) = device {
            let claims = HardwareClaims::read(context, &digests).await?;
            let odd = self.record.breaches(context, &record, &device, &claims);
            breaches.extend(odd.into_iter().map(|breach| text(&format!("{breach}."))));
            let own = claims.same_device.iter().filter(|claim| claim.tenant == context.tenant());
            devices.extend(own.map(|claim| text(&claim.device.to_string())));
        }
        shown.set(self.devices, Value::Collection(devices));
        shown.set(self.breaches, Value::Collection(breaches));
        self.wait(context, &row.key, row.version, &mut shown).await?;
        Ok(shown)
    }

    /// Adds what an import waits for, since when and until when, if it is under way.
    async fn wait(
        &self,
        context: &Context<'_>,
        key: &Key,
        version: i64,
        shown: &mut Record,
    ) -> Result<(), Error> {
        let Some(due) = self.due(context, key).await? else { return Ok(()) };
        shown.set(self.waits_for, text("the registration of its device"));
        shown.set(self.until, Value::DateTimeOffset(due));
        let entry = context.store.journal_since(context.tenant(), version - 1, 1).await?;
        // What was written long ago, the journal may have forgotten.
        if let Some(entry) = entry.first().filter(|entry| entry.sequence == version) {
            shown.set(self.since, Value::DateTimeOffset(entry.at));
        }
        Ok(())
    }

    /// The time at which the job that registers a record's device is due: one for the record, or for its call.
    async fn due(&self, context: &Context<'_>, key: &Key) -> Result<Option<Ticks>, Error> {
        let (tenant, kind) = (context.tenant(), jobs::REGISTER.number);
        match context.store.job_due(tenant, kind, key).await? {
            None => Ok(context.store.job_due(tenant, kind, &CallKeys::first_of(key)).await?),
            due => Ok(due),
        }
    }
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}
