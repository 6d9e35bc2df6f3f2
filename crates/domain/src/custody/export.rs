//! All records of the vault with their passwords, a page at a time, for a copy outside. Each look is on record first.

use std::collections::HashMap;

use engine::handlers::{Names, StartError};
use engine::{CommandOperator, Engine, Error, OpenedRow};
use odata::date_time::Ticks;
use odata::query::{Expression, Path};
use odata::{Key, Record, Value};
use store::Query;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::sets::STORED;
use super::vault::{RecordSlots, instant};
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::password_copies::{CopiedDevice, CopiedRecord};

/// The records of a page, and so of one record of the look at them.
const PAGE_ROWS_MAX: u64 = 500;
/// The device identities that are told of with a page at most; serial numbers seldom stand twice.
const PAGE_DEVICES_MAX: u64 = 2_000;

engine::slots! {
    /// Where a device identity says what helps to use its password.
    struct DeviceSlots of DEVICE { manufacturer, model, serial_number, group_tag, display_name }
}

/// The export of the records of a vault.
pub struct PasswordsExport<'e> {
    engine: &'e Engine,
    vault: odata::edm::SetId,
    slots: RecordSlots,
    devices: odata::edm::SetId,
    device_slots: DeviceSlots,
    device_serial_number: Path,
}

/// A page of records as lines of JSON, wiped from memory when dropped.
pub struct ExportedPage {
    /// The lines, without their ends.
    pub lines: Vec<Zeroizing<String>>,
    /// The key after which the next page begins.
    pub last: Key,
}

impl<'e> PasswordsExport<'e> {
    /// Looks up the names that it needs. The error is one line.
    pub fn new(engine: &'e Engine) -> Result<PasswordsExport<'e>, String> {
        PasswordsExport::named(engine, &engine.names()).map_err(|error| error.to_string())
    }

    fn named(engine: &'e Engine, names: &Names<'_>) -> Result<PasswordsExport<'e>, StartError> {
        Ok(PasswordsExport {
            engine,
            vault: names.set(STORED.0)?,
            slots: RecordSlots::new(names)?,
            devices: names.set(DEVICES)?,
            device_slots: DeviceSlots::new(names)?,
            device_serial_number: names.path(DEVICE, "serialNumber")?,
        })
    }

    /// The next page of a tenant's records after a key; none if there are no more. Deleted ones that are still kept are
    /// among them.
    pub async fn page(
        &self,
        tenant: Uuid,
        after: Option<Key>,
        operator: &CommandOperator,
    ) -> Result<Option<ExportedPage>, Error> {
        let opened = self.engine.opened_rows((tenant, self.vault), after, PAGE_ROWS_MAX, operator).await?;
        let Some(last) = opened.last().map(|opened| opened.row.key.clone()) else { return Ok(None) };
        let mut records = Vec::with_capacity(opened.len());
        for opened in &opened {
            records.push(self.copied(tenant, opened)?);
        }
        self.add_devices(tenant, &mut records).await?;
        let line = |record: &CopiedRecord| {
            let text = serde_json::to_string(record).map(Zeroizing::new);
            text.map_err(|_| Error::defect("a record of passwords is no JSON"))
        };
        Ok(Some(ExportedPage { lines: records.iter().map(line).collect::<Result<_, _>>()?, last }))
    }

    fn copied(&self, tenant: Uuid, OpenedRow { row, secrets }: &OpenedRow) -> Result<CopiedRecord, Error> {
        let (slots, store) = (&self.slots, self.engine.store());
        let record = store.record(self.vault, row)?;
        let at = |slot| instant(&record, slot).map(|at: Ticks| at.to_string());
        let mut copied = CopiedRecord {
            tenant,
            id: row.key.to_string(),
            serial_number: text(&record, slots.serial_number),
            current_password: None,
            previous_passwords: Vec::new(),
            other_passwords: Default::default(),
            current_password_date_time: at(slots.current_password_date_time),
            deleted_date_time: at(slots.deleted_date_time),
            devices: Vec::new(),
        };
        for (slot, value) in secrets {
            match value {
                Value::String(password) if *slot == slots.current_password => {
                    copied.current_password = Some(password.to_string());
                }
                value if *slot == slots.previous_passwords => copied.previous_passwords = passwords(value),
                value => {
                    copied.other_passwords.insert(self.property_in(*slot), passwords(value));
                }
            }
        }
        Ok(copied)
    }

    /// The name of the property of a record in a slot.
    fn property_in(&self, slot: u16) -> String {
        let model = self.engine.model();
        let properties = &model.structured(model.set(self.vault).entity_type).properties;
        let mut named = properties.iter().map(|id| model.property(*id));
        named.find(|property| property.slot == slot).map_or_else(String::new, |found| found.name.to_string())
    }

    /// Adds to each record the devices with its serial number.
    async fn add_devices(&self, tenant: Uuid, records: &mut [CopiedRecord]) -> Result<(), Error> {
        let serial_numbers = records.iter().filter_map(|record| record.serial_number.as_deref());
        let wanted: Vec<Value> = serial_numbers
            .filter(|serial_number| !serial_number.is_empty())
            .map(|serial_number| Value::String(serial_number.into()))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let path = Box::new(Expression::Path(self.device_serial_number.clone()));
        let filter = Some(Expression::In(path, wanted));
        let query = Query { filter, ..Query::all(tenant, self.devices, PAGE_DEVICES_MAX) };
        let store = self.engine.store();
        let mut found: HashMap<String, Vec<CopiedDevice>> = HashMap::new();
        for row in store.list(&query).await? {
            let device = store.record(self.devices, &row)?;
            let slots = &self.device_slots;
            let Some(serial_number) = text(&device, slots.serial_number) else { continue };
            found.entry(serial_number).or_default().push(CopiedDevice {
                id: row.key.to_string(),
                manufacturer: text(&device, slots.manufacturer),
                model: text(&device, slots.model),
                group_tag: text(&device, slots.group_tag),
                display_name: text(&device, slots.display_name),
            });
        }
        for record in records {
            let devices = record.serial_number.as_ref().and_then(|serial_number| found.get(serial_number));
            record.devices = devices.cloned().unwrap_or_default();
        }
        Ok(())
    }
}

fn text(record: &Record, slot: u16) -> Option<String> {
    record.text(slot).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The passwords that a value holds: one, or those of a list.
fn passwords(value: &Value) -> Vec<String> {
    let items = match value {
        Value::Collection(items) => items.as_slice(),
        single => std::slice::from_ref(single),
    };
    items.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}
