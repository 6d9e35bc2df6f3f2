//! `muster.hash` of an import: the records of its hardware hash, as they follow one another.

use engine::generic::complex_values;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::{Record, Value};

use super::record::ImportSlots;
use crate::MusterSettings;
use crate::autopilot::sets::{IMPORT, IMPORTS};
use crate::hardware_hash::HardwareHash;

const HASH_RECORD: &str = "muster.hashRecord";

/// Registers the function `hash` of imports.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let slot = |property| names.slot(HASH_RECORD, property);
    let hash = HashOfImport {
        records: names.set(IMPORTS)?,
        import: ImportSlots::new(names, settings)?,
        hash_record: names.structured(HASH_RECORD)?,
        offset: slot("offset")?,
        number: slot("number")?,
        name: slot("name")?,
        value: slot("value")?,
    };
    handlers.operation(names.operation("hash", IMPORT)?, hash);
    Ok(())
}

struct HashOfImport {
    records: SetId,
    import: ImportSlots,
    hash_record: TypeId,
    offset: u16,
    number: u16,
    name: u16,
    value: u16,
}

impl Operate for HashOfImport {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let (row, _) = context.load(address).await?;
            let record = context.store.record(self.records, &row)?;
            let hash = self.import.hash(&record).map(HardwareHash::decode).transpose();
            // What was taken in place of a hash has no records.
            let hash = hash.ok().flatten();
            let slots = context.model().structured(self.hash_record).slots;
            let shown = hash.iter().flat_map(HardwareHash::at_offsets).map(|(offset, part)| {
                let mut shown = Record::empty(self.hash_record, slots);
                shown.set(self.offset, Value::Int(offset as i64));
                shown.set(self.number, Value::Int(part.number().into()));
                shown.set(self.name, Value::String(part.name().into()));
                shown.set(self.value, Value::String(part.to_string().into()));
                shown
            });
            complex_values(context, self.hash_record, shown.collect())
        })
    }
}
