//! The devices that the lines of a bulk refer to.

use std::collections::{HashMap, HashSet};

use engine::handlers::{Names, StartError};
use engine::{Engine, Error, ErrorKind};
use odata::edm::SetId;
use odata::query::{Expression, Path};
use odata::{Key, Value};
use store::Query;
use uuid::Uuid;

use super::operation::{BulkOperation, DeviceReference};
use crate::autopilot::sets::{DEVICE, DEVICES};

/// The number of devices with the serial numbers of some lines that are read.
const SAME_SERIAL_NUMBERS_MAX: u64 = 2_000;
/// The number of ids that a message names of devices with the same serial number.
const SHOWN_IDS_MAX: usize = 5;

/// The keys of devices, by their serial numbers.
pub(super) type BySerialNumber = HashMap<Box<str>, Vec<Key>>;

/// The set of devices, and the property by which they are found.
pub(super) struct DeviceLookup {
    pub(super) devices: SetId,
    serial_number: Path,
    serial_number_slot: u16,
}

impl DeviceLookup {
    pub(super) fn new(names: &Names<'_>) -> Result<DeviceLookup, StartError> {
        Ok(DeviceLookup {
            devices: names.set(DEVICES)?,
            serial_number: names.path(DEVICE, "serialNumber")?,
            serial_number_slot: names.slot(DEVICE, "serialNumber")?,
        })
    }

    /// The devices with the serial numbers that lines name.
    pub(super) async fn by_serial_number(
        &self,
        engine: &Engine,
        tenant: Uuid,
        operations: &[Result<BulkOperation, Error>],
    ) -> Result<BySerialNumber, Error> {
        let wanted: HashSet<&str> = operations
            .iter()
            .flatten()
            .filter_map(|operation| match &operation.device {
                DeviceReference::SerialNumber(serial_number) => Some(&**serial_number),
                DeviceReference::Id(_) => None,
            })
            .collect();
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let mut known = BySerialNumber::new();
        if self.add_devices(engine, tenant, &wanted, &mut known).await? {
            return Ok(known);
        }
        // One of them has so many that they keep others out.
        let mut known = BySerialNumber::new();
        for serial_number in wanted {
            self.add_devices(engine, tenant, &[serial_number], &mut known).await?;
        }
        Ok(known)
    }

    /// Adds the devices with these serial numbers; false if there are more.
    async fn add_devices(
        &self,
        engine: &Engine,
        tenant: Uuid,
        serial_numbers: &[&str],
        known: &mut BySerialNumber,
    ) -> Result<bool, Error> {
        if serial_numbers.is_empty() {
            return Ok(true);
        }
        let DeviceLookup { devices, serial_number, serial_number_slot } = self;
        let values = serial_numbers.iter().map(|serial_number| Value::String((*serial_number).into()));
        let path = Box::new(Expression::Path(serial_number.clone()));
        let filter = Some(Expression::In(path, values.collect()));
        let query = Query { filter, ..Query::all(tenant, *devices, SAME_SERIAL_NUMBERS_MAX) };
        let rows = engine.store().list(&query).await?;
        let count = rows.len() as u64;
        for row in rows {
            let record = engine.store().record(*devices, &row)?;
            let serial_number = record.text(*serial_number_slot).unwrap_or("");
            known.entry(serial_number.into()).or_default().push(row.key);
        }
        Ok(count < SAME_SERIAL_NUMBERS_MAX)
    }
}

/// The devices that an operation may be about.
pub(super) fn candidates<'k>(operation: &'k BulkOperation, known: &'k BySerialNumber) -> &'k [Key] {
    match &operation.device {
        DeviceReference::Id(key) => std::slice::from_ref(key),
        DeviceReference::SerialNumber(serial_number) => known.get(serial_number).map_or(&[], Vec::as_slice),
    }
}

/// The device that an operation is about: exactly one of the candidates.
pub(super) fn single_device<'k>(operation: &BulkOperation, candidates: &'k [Key]) -> Result<&'k Key, Error> {
    let serial_number = match &operation.device {
        DeviceReference::SerialNumber(serial_number) => serial_number,
        DeviceReference::Id(_) => "",
    };
    match candidates {
        [key] => Ok(key),
        [] => Err(Error::new(
            ErrorKind::NotFound,
            format!("No device has the serial number '{serial_number}'."),
        )
        .about("serialNumber")),
        several => {
            let ids: Vec<String> = several.iter().take(SHOWN_IDS_MAX).map(Key::to_string).collect();
            let message = format!(
                "{} devices have the serial number '{serial_number}'; name one by its 'id': {}.",
                several.len(),
                ids.join(", ")
            );
            Err(Error::new(ErrorKind::Conflict, message).about("serialNumber"))
        }
    }
}
