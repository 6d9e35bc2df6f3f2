//! The decision about many imports at once: the ledger and the devices are read for all of them, and each counts for those
//! behind it, as if they had come one after the other.

use std::collections::{HashMap, HashSet};

use engine::breach::flag;
use engine::{Context, Error};
use odata::{Key, Record, Value};
use store::Change;

use super::checks::ImportChecks;
use super::error::ImportError;
use crate::autopilot::devices::DeviceToRemedy;
use crate::autopilot::ledger::{HardwareClaims, HardwareDigests, HashedDevice, IdentifiedDevice, LedgerView};
use crate::hardware_hash::{TextKind, is_placeholder};

/// The number of identities with the serial numbers of all imports that are read at once.
const SAME_SERIAL_NUMBERS_MAX: u64 = 2_000;
/// The number of identities with the same serial number that are compared with a device, if there are more than that.
const SAME_SERIAL_NUMBER_MAX: u64 = 50;

/// What the hash of a record says of its device, or why it is registered for none.
pub(super) type Identification = Result<IdentifiedDevice, ImportError>;

/// The outcome of imports.
pub(super) struct Decision {
    /// The last state of each record, in their order.
    pub(super) states: Vec<Value>,
    /// The changes that are committed with these states.
    pub(super) beside: Vec<Change>,
}

/// What the hashes of records say of their devices. The same hash once more is no device.
pub(super) fn identified(
    checks: &ImportChecks,
    context: &Context<'_>,
    records: &[(Key, Record)],
) -> Vec<Identification> {
    let mut seen = HashSet::new();
    let identified = |(_, record): &(Key, Record)| {
        let identified = checks.device(context, record)?;
        let is_new = identified.whole().is_none_or(|whole| seen.insert(*whole));
        if is_new { Ok(identified) } else { Err(ImportError::Duplicated) }
    };
    records.iter().map(identified).collect()
}

/// Decides what becomes of imports. That holds as long as the ledger and the devices to remedy are as they were read, which
/// the changes check.
pub(super) async fn decide(
    checks: &ImportChecks,
    context: &Context<'_>,
    records: &[(Key, Record)],
    devices: &[Identification],
) -> Result<Decision, Error> {
    let mut decider = Decider::read(checks, context, devices).await?;
    let mut states = Vec::with_capacity(records.len());
    for ((key, record), device) in records.iter().zip(devices) {
        let registered = match device {
            Ok(identified) => decider.register(key, record, identified).await?,
            Err(error) => Err(*error),
        };
        states.push(checks.record.ended(context, registered));
    }
    let Decider { ledger, mut beside, .. } = decider;
    beside.extend(ledger.changes()?);
    Ok(Decision { states, beside: without_repetition(beside) })
}

/// What the decision goes by, with all that was decided so far.
struct Decider<'a> {
    checks: &'a ImportChecks,
    context: &'a Context<'a>,
    ledger: LedgerView,
    to_remedy: HashMap<Key, DeviceToRemedy>,
    /// The tenant's identities with the serial numbers of the devices, by these in lower case.
    identities: HashMap<String, Vec<(Key, Record)>>,
    beside: Vec<Change>,
}

impl<'a> Decider<'a> {
    async fn read(
        checks: &'a ImportChecks,
        context: &'a Context<'a>,
        devices: &[Identification],
    ) -> Result<Decider<'a>, Error> {
        let devices = || devices.iter().filter_map(|device| device.as_ref().ok());
        let digests = devices().flat_map(|device| device.digests.all());
        let ledger = LedgerView::read(context, digests).await?;
        let own = ledger.devices_of(context.tenant());
        let to_remedy = checks.remediation.required_among(context, own).await?;
        let is_unknown =
            |digests: &HardwareDigests| HardwareClaims::of(digests, &ledger).same_device.is_empty();
        let unknown = devices().filter(|device| is_unknown(&device.digests));
        let serial_numbers = unknown.filter_map(|device| distinctive_serial_number(&device.device)).collect();
        let identities = by_serial_number(checks, context, serial_numbers).await?;
        Ok(Decider { checks, context, ledger, to_remedy, identities, beside: Vec::new() })
    }

    /// Registers the device of a record, and gives its key, or says why it is refused.
    async fn register(
        &mut self,
        record_key: &Key,
        record: &Record,
        IdentifiedDevice { device, digests }: &IdentifiedDevice,
    ) -> Result<Result<Key, ImportError>, Error> {
        let (checks, context) = (self.checks, self.context);
        let claims = HardwareClaims::of(digests, &self.ledger);
        let own = claims.own_device(context.tenant());
        if let Some((key, to_remedy)) = own.and_then(|own| self.to_remedy.remove_entry(own)) {
            let remedied =
                checks.remediation.by_import(context, to_remedy, digests, &mut self.ledger).await?;
            self.beside.extend(remedied);
            // If the hash says that it is another device, that is what was to be remedied.
            let is_other = claims.same_device.is_empty();
            return Ok(if is_other { Ok(key) } else { Err(ImportError::AlreadyAssigned) });
        }
        let same_serial_number = distinctive_serial_number(device)
            .filter(|_| claims.same_device.is_empty())
            .and_then(|text| self.identities.get(&folded(text)));
        let same_serial_number = same_serial_number.map_or(&[][..], Vec::as_slice);
        if let Err(error) = checks.admit(context, record, device, &claims, same_serial_number) {
            return Ok(Err(error));
        }
        let key = Key::new();
        let Some(insertion) = checks.insertion(context, &key, record, device).await? else {
            return Ok(Err(ImportError::HardwareHash));
        };
        self.beside.extend(insertion);
        self.ledger.register(context.tenant(), &key, digests)?;
        let breaches = checks.record.breaches(context, record, device, &claims);
        let breach = (!breaches.is_empty()).then(|| breaches.join("; "));
        self.beside.extend(flag(context, checks.records, record_key, breach));
        Ok(Ok(key))
    }
}

/// The serial number by which identities that were made without a hash are compared with a device; none if it
/// distinguishes nothing.
fn distinctive_serial_number(device: &HashedDevice) -> Option<&str> {
    let HashedDevice::Decoded(hash, _) = device else { return None };
    hash.text(TextKind::SerialNumber).map(str::trim).filter(|text| !is_placeholder(text))
}

/// The tenant's identities with these serial numbers, by these in lower case.
async fn by_serial_number(
    checks: &ImportChecks,
    context: &Context<'_>,
    serial_numbers: HashSet<&str>,
) -> Result<HashMap<String, Vec<(Key, Record)>>, Error> {
    let mut found: HashMap<String, Vec<(Key, Record)>> = HashMap::new();
    if serial_numbers.is_empty() {
        return Ok(found);
    }
    let all: Vec<&str> = serial_numbers.into_iter().collect();
    let mut identities = checks.identities(context, &all, SAME_SERIAL_NUMBERS_MAX).await?;
    if identities.len() as u64 == SAME_SERIAL_NUMBERS_MAX {
        identities.clear();
        for serial_number in all {
            identities.extend(checks.identities(context, &[serial_number], SAME_SERIAL_NUMBER_MAX).await?);
        }
    }
    for (key, identity) in identities {
        let serial_number = folded(identity.text(checks.identity.serial_number).unwrap_or(""));
        found.entry(serial_number).or_default().push((key, identity));
    }
    Ok(found)
}

/// The changes with each condition once: most identities are decided under the same.
fn without_repetition(mut changes: Vec<Change>) -> Vec<Change> {
    let mut seen = HashSet::new();
    changes.retain(|change| match change {
        Change::Unchanged { set, since } => seen.insert((*set, *since)),
        _ => true,
    });
    changes
}

fn folded(serial_number: &str) -> String {
    serial_number.to_ascii_lowercase()
}
