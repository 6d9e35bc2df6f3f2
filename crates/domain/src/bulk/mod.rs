//! `/_/bulk`: small changes of many devices, each a line of its own: a tag, a name, an end.
//!
//! Each is carried out as the operation on one device that Graph has for it, by the caller, so it is authorized,
//! validated and journaled alike. Those that follow one another are under way together, and the store commits them
//! together; but never two on one device.

mod operation;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use engine::handlers::{Names, StartError};
use engine::{Call, Caller, Engine, Error, ErrorKind};
use futures_util::future::join_all;
use odata::edm::SetId;
use odata::query::{Expression, Path};
use odata::{Key, Value};
use store::Query;
use uuid::Uuid;

use crate::autopilot::sets::{DEVICE, DEVICES};

use operation::{BulkVerb, Operation, Target};

/// How many lines are best given at once.
pub const BULK_LINES: usize = 256;
/// How many devices with the serial numbers of some lines are looked at.
const SAME_SERIALS_MAX: u64 = 2_000;
/// How many ids are told of a serial number that several devices have.
const TOLD_MAX: usize = 5;
/// Where devices are.
const PATH: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";

/// Whose lines they are, and whether they shall take effect.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// The caller of the lines.
    pub caller: Arc<Caller>,
    /// As the client addressed us.
    pub origin: String,
    /// Our name for the request.
    pub request_id: Uuid,
    /// Only see what would become of them.
    pub is_rehearsal: bool,
}

/// What became of a line.
#[derive(Clone, Debug)]
pub struct BulkOutcome {
    /// The id of what is meant, if that is known.
    pub subject: Option<String>,
    /// Of a rehearsal: what would change, as a JSON object.
    pub changes: Option<Vec<u8>>,
    /// Whether it was done, or would be.
    pub result: Result<(), Error>,
}

impl Default for BulkOutcome {
    fn default() -> BulkOutcome {
        BulkOutcome { subject: None, changes: None, result: Ok(()) }
    }
}

/// Where the properties are that lines change.
pub(crate) struct DeviceChanges {
    devices: SetId,
    serial_number: Path,
    serial_number_slot: u16,
    group_tag: u16,
    display_name: u16,
}

impl DeviceChanges {
    pub(crate) fn new(names: &Names<'_>) -> Result<DeviceChanges, StartError> {
        Ok(DeviceChanges {
            devices: names.set(DEVICES)?,
            serial_number: names.path(DEVICE, "serialNumber")?,
            serial_number_slot: names.slot(DEVICE, "serialNumber")?,
            group_tag: names.slot(DEVICE, "groupTag")?,
            display_name: names.slot(DEVICE, "displayName")?,
        })
    }
}

/// The ids of devices, by serial number.
type BySerialNumber = HashMap<Box<str>, Vec<Key>>;

/// A line that is about to be carried out, or why it is not.
type Ready<'o> = Result<(Key, &'o Operation), Error>;

impl DeviceChanges {
    /// Carries out lines as if one came after the other; the outcome of each.
    pub(crate) async fn bulk(&self, engine: &Engine, bulk: &Bulk, lines: &[Bytes]) -> Vec<BulkOutcome> {
        let operations: Vec<Result<Operation, Error>> = lines
            .iter()
            .map(|line| {
                let operation = Operation::read(line)?;
                may(engine, bulk, operation.verb)?;
                Ok(operation)
            })
            .collect();
        let mut outcomes = Vec::with_capacity(lines.len());
        while let Some(rest @ [_, ..]) = operations.get(outcomes.len()..) {
            let wave = match self.by_serial_number(engine, bulk, rest).await {
                Ok(known) => wave(rest, &known),
                Err(error) => rest.iter().map(|_| Err(error.clone())).collect(),
            };
            outcomes
                .extend(join_all(wave.into_iter().map(|ready| self.carry_out(engine, bulk, ready))).await);
        }
        outcomes
    }

    /// The devices with the serial numbers that lines name.
    async fn by_serial_number(
        &self,
        engine: &Engine,
        bulk: &Bulk,
        operations: &[Result<Operation, Error>],
    ) -> Result<BySerialNumber, Error> {
        let wanted: HashSet<&str> = operations
            .iter()
            .flatten()
            .filter_map(|operation| match &operation.target {
                Target::SerialNumber(serial_number) => Some(&**serial_number),
                Target::Id(_) => None,
            })
            .collect();
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let mut known = BySerialNumber::new();
        if self.add_devices(engine, bulk, &wanted, &mut known).await? {
            return Ok(known);
        }
        // One of them has so many that they keep others out.
        let mut known = BySerialNumber::new();
        for serial_number in wanted {
            self.add_devices(engine, bulk, &[serial_number], &mut known).await?;
        }
        Ok(known)
    }

    /// Adds the devices with these serial numbers; whether all.
    async fn add_devices(
        &self,
        engine: &Engine,
        bulk: &Bulk,
        serial_numbers: &[&str],
        known: &mut BySerialNumber,
    ) -> Result<bool, Error> {
        if serial_numbers.is_empty() {
            return Ok(true);
        }
        let DeviceChanges { devices, serial_number, serial_number_slot, .. } = self;
        let values = serial_numbers.iter().map(|serial_number| Value::String((*serial_number).into()));
        let path = Box::new(Expression::Path(serial_number.clone()));
        let filter = Some(Expression::In(path, values.collect()));
        let query = Query { filter, ..Query::all(bulk.caller.tenant, *devices, SAME_SERIALS_MAX) };
        let rows = engine.store().list(&query).await?;
        let count = rows.len() as u64;
        for row in rows {
            let record = engine.store().record(*devices, &row)?;
            let serial_number = record.text(*serial_number_slot).unwrap_or_default();
            known.entry(serial_number.into()).or_default().push(row.key);
        }
        Ok(count < SAME_SERIALS_MAX)
    }

    async fn carry_out(&self, engine: &Engine, bulk: &Bulk, ready: Ready<'_>) -> BulkOutcome {
        let (key, operation) = match ready {
            Ok(ready) => ready,
            Err(error) => return BulkOutcome { result: Err(error), ..BulkOutcome::default() },
        };
        let call = bulk.call(operation.verb, &key, operation.body.clone());
        let (changes, result) = match bulk.is_rehearsal {
            false => (None, engine.call(call).await.map(|_| ())),
            true => match engine.rehearse(&call).await {
                Ok(()) => match self.changes(engine, bulk, &key, operation).await {
                    Ok(changes) => (Some(changes), Ok(())),
                    Err(error) => (None, Err(error)),
                },
                Err(error) => (None, Err(error)),
            },
        };
        BulkOutcome { subject: Some(key.to_string()), changes, result }
    }

    /// What an operation would change, as a JSON object.
    async fn changes(
        &self,
        engine: &Engine,
        bulk: &Bulk,
        key: &Key,
        operation: &Operation,
    ) -> Result<Vec<u8>, Error> {
        let (slot, name) = match operation.verb {
            BulkVerb::Tag => (self.group_tag, "groupTag"),
            BulkVerb::Name => (self.display_name, "displayName"),
            BulkVerb::Delete => return Ok(b"{\"deleted\":true}".to_vec()),
        };
        let devices = self.devices;
        let row = engine.store().get(bulk.caller.tenant, devices, None, key).await?;
        let row = row.ok_or_else(|| Error::not_found(&key.to_string()))?;
        let record = engine.store().record(devices, &row)?;
        let (before, after) = (record.text(slot), operation.text.as_deref());
        if before == after {
            return Ok(b"{}".to_vec());
        }
        let mut out = format!("{{\"{name}\":{{\"from\":").into_bytes();
        operation::write_text(&mut out, before);
        out.extend_from_slice(b",\"to\":");
        operation::write_text(&mut out, after);
        out.extend_from_slice(b"}}");
        Ok(out)
    }
}

/// Whether the caller may do such a thing to any device. It is asked again for each; but a caller who may not is not told
/// which devices there are.
fn may(engine: &Engine, bulk: &Bulk, verb: BulkVerb) -> Result<(), Error> {
    engine.check_permission(&bulk.call(verb, &Key::from(Uuid::nil()), Bytes::new()))
}

/// As many lines as can be under way at once, at least the first: each about a device of its own.
fn wave<'o>(operations: &'o [Result<Operation, Error>], known: &BySerialNumber) -> Vec<Ready<'o>> {
    let mut taken: HashSet<Key> = HashSet::new();
    let mut wave = Vec::with_capacity(operations.len());
    for operation in operations {
        let meant = match operation {
            Err(error) => Err(error.clone()),
            Ok(operation) => {
                let candidates = operation.candidates(known);
                if candidates.iter().any(|key| taken.contains(key)) {
                    break;
                }
                one_of(operation, candidates).map(|key| (key.clone(), operation))
            }
        };
        taken.extend(meant.iter().map(|(key, _)| key.clone()));
        wave.push(meant);
    }
    wave
}

/// The device that an operation means: there must be one, and only one.
fn one_of<'k>(operation: &Operation, candidates: &'k [Key]) -> Result<&'k Key, Error> {
    let serial_number = match &operation.target {
        Target::SerialNumber(serial_number) => serial_number,
        Target::Id(_) => "",
    };
    match candidates {
        [key] => Ok(key),
        [] => Err(Error::new(
            ErrorKind::NotFound,
            format!("No device has the serial number '{serial_number}'."),
        )
        .about("serialNumber")),
        several => {
            let ids: Vec<String> = several.iter().take(TOLD_MAX).map(Key::to_string).collect();
            let message = format!(
                "{} devices have the serial number '{serial_number}'; name one by its 'id': {}.",
                several.len(),
                ids.join(", ")
            );
            Err(Error::new(ErrorKind::Conflict, message).about("serialNumber"))
        }
    }
}

impl Bulk {
    /// The call that does it.
    fn call(&self, verb: BulkVerb, key: &Key, body: Bytes) -> Call {
        let escaped: String = key.to_string().bytes().map(escape).collect();
        let (verb, operation) = match verb {
            BulkVerb::Tag | BulkVerb::Name => (engine::Verb::Post, "/updateDeviceProperties"),
            BulkVerb::Delete => (engine::Verb::Delete, ""),
        };
        Call {
            verb,
            path: format!("{PATH}/{escaped}{operation}"),
            query: String::new(),
            origin: self.origin.clone(),
            body,
            accept: None,
            if_match: None,
            if_none_match: None,
            idempotency_key: None,
            prefer: None,
            request_id: self.request_id,
            caller: Arc::clone(&self.caller),
        }
    }
}

/// A byte of a key as it stands in a path.
fn escape(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    }
}
