//! `/_/bulk`: small changes of many devices, each in a line of its own: a new tag, a new name, another user, a deletion.
//!
//! A line is carried out as the caller's own call of the operation that Graph has for it, so it is authorized, validated
//! and journaled alike. Lines that follow one another are under way together, and the store commits them together; but
//! never two on one device.

mod lookup;
mod operation;

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use engine::handlers::{Names, StartError};
use engine::{Call, Caller, Circumstances, Engine, Error, WorkLine};
use futures_util::future::join_all;
use odata::Key;
use uuid::Uuid;

use crate::autopilot::sets::DEVICE;

use lookup::{BySerialNumber, DeviceLookup, candidates, single_device};
use operation::{BulkOperation, BulkVerb};

/// The number of lines that are best given at once.
pub const BULK_LINES: usize = 256;
/// The path of the set of devices.
const PATH: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";

/// The request whose lines are carried out.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// The caller of the lines.
    pub caller: Arc<Caller>,
    /// The origin by which the client addressed the server.
    pub origin: String,
    /// The circumstances of the request.
    pub circumstances: Circumstances,
    /// The server's id of the request.
    pub request_id: Uuid,
    /// Whether the lines take no effect, and only show what would become of them.
    pub is_rehearsal: bool,
}

/// The outcome of a line.
#[derive(Clone, Debug)]
pub struct BulkOutcome {
    /// The id of the device, if it is known.
    pub subject: Option<String>,
    /// The changes it would make, as a JSON object; only of a rehearsal.
    pub changes: Option<Vec<u8>>,
    /// Success, or why the line was refused, or would be.
    pub result: Result<(), Error>,
}

impl Default for BulkOutcome {
    fn default() -> BulkOutcome {
        BulkOutcome { subject: None, changes: None, result: Ok(()) }
    }
}

/// The devices that lines change, and the slots of the properties.
pub(crate) struct DeviceChanges {
    lookup: DeviceLookup,
    group_tag: u16,
    display_name: u16,
    user_principal_name: u16,
}

impl DeviceChanges {
    pub(crate) fn new(names: &Names<'_>) -> Result<DeviceChanges, StartError> {
        Ok(DeviceChanges {
            lookup: DeviceLookup::new(names)?,
            group_tag: names.slot(DEVICE, "groupTag")?,
            display_name: names.slot(DEVICE, "displayName")?,
            user_principal_name: names.slot(DEVICE, "userPrincipalName")?,
        })
    }
}

/// A line with its device, or why it is not carried out.
type ReadyLine<'o> = Result<(Key, &'o BulkOperation), Error>;

impl DeviceChanges {
    /// Carries out lines as if one came after the other; the outcome of each.
    pub(crate) async fn bulk(&self, engine: &Engine, bulk: &Bulk, lines: &[Bytes]) -> Vec<BulkOutcome> {
        let operations: Vec<Result<BulkOperation, Error>> = lines
            .iter()
            .map(|line| {
                let operation = BulkOperation::read(line)?;
                check_permission(engine, bulk, operation.verb)?;
                Ok(operation)
            })
            .collect();
        let mut outcomes = Vec::with_capacity(lines.len());
        while let Some(rest @ [_, ..]) = operations.get(outcomes.len()..) {
            let wave = match self.lookup.by_serial_number(engine, bulk.caller.tenant, rest).await {
                Ok(known) => wave(rest, &known),
                Err(error) => rest.iter().map(|_| Err(error.clone())).collect(),
            };
            outcomes
                .extend(join_all(wave.into_iter().map(|ready| self.carry_out(engine, bulk, ready))).await);
        }
        outcomes
    }

    async fn carry_out(&self, engine: &Engine, bulk: &Bulk, ready: ReadyLine<'_>) -> BulkOutcome {
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

    /// The changes that an operation would make, as a JSON object.
    async fn changes(
        &self,
        engine: &Engine,
        bulk: &Bulk,
        key: &Key,
        operation: &BulkOperation,
    ) -> Result<Vec<u8>, Error> {
        let (slot, name) = match operation.verb {
            BulkVerb::Tag => (self.group_tag, "groupTag"),
            BulkVerb::Name => (self.display_name, "displayName"),
            BulkVerb::User => (self.user_principal_name, "userPrincipalName"),
            BulkVerb::Delete => return Ok(b"{\"deleted\":true}".to_vec()),
        };
        let devices = self.lookup.devices;
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

/// Checks whether the caller may do this to any device. Each call is checked again; but a caller who may not does not learn
/// which devices there are.
fn check_permission(engine: &Engine, bulk: &Bulk, verb: BulkVerb) -> Result<(), Error> {
    engine.check_permission(&bulk.call(verb, &Key::from(Uuid::nil()), Bytes::new()))
}

/// The lines that can be under way at once, at least the first: each is about another device.
fn wave<'o>(operations: &'o [Result<BulkOperation, Error>], known: &BySerialNumber) -> Vec<ReadyLine<'o>> {
    let mut taken: HashSet<Key> = HashSet::new();
    let mut wave = Vec::with_capacity(operations.len());
    for operation in operations {
        let meant = match operation {
            Err(error) => Err(error.clone()),
            Ok(operation) => {
                let candidates = candidates(operation, known);
                if candidates.iter().any(|key| taken.contains(key)) {
                    break;
                }
                single_device(operation, candidates).map(|key| (key.clone(), operation))
            }
        };
        taken.extend(meant.iter().map(|(key, _)| key.clone()));
        wave.push(meant);
    }
    wave
}

impl Bulk {
    /// The call that does an operation.
    fn call(&self, verb: BulkVerb, key: &Key, body: Bytes) -> Call {
        let escaped: String = key.to_string().bytes().map(escape).collect();
        let (verb, operation) = match verb {
            BulkVerb::Tag | BulkVerb::Name => (engine::Verb::Post, "/updateDeviceProperties"),
            BulkVerb::User if body.is_empty() => (engine::Verb::Post, "/unassignUserFromDevice"),
            BulkVerb::User => (engine::Verb::Post, "/assignUserToDevice"),
            BulkVerb::Delete => (engine::Verb::Delete, ""),
        };
        self.call_of(verb, &format!("{PATH}/{escaped}{operation}"), body)
    }

    /// A call of the caller's, to a path with its query.
    pub(crate) fn call_of(&self, verb: engine::Verb, path: &str, body: Bytes) -> Call {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Call {
            verb,
            path: path.to_owned(),
            query: query.to_owned(),
            origin: self.origin.clone(),
            body,
            accept: None,
            if_match: None,
            if_none_match: None,
            idempotency_key: None,
            consistency_level: None,
            prefer: None,
            request_id: self.request_id,
            caller: Arc::clone(&self.caller),
            circumstances: self.circumstances.clone(),
            line: WorkLine::default(),
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
