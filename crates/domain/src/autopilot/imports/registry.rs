//! The registration of a device that presents itself: the one that it has, or a new one.

use bytes::Bytes;
use engine::handlers::{Names, StartError};
use engine::{Context, Error, ErrorKind};
use odata::{Key, Record, Value};
use store::Change;

use super::checks::ImportChecks;
use super::error::{ImportError, cause_and_remedy};
use crate::MusterSettings;
use crate::autopilot::ledger::{HardwareClaims, IdentifiedDevice, LedgerView};
use crate::hardware_hash::{TextKind, is_placeholder};

/// The number of identities with one serial number that are looked at.
const SAME_SERIAL_NUMBER_MAX: u64 = 50;

/// The registrations of devices, by what a device says of itself.
pub(crate) struct DeviceRegistry {
    checks: ImportChecks,
}

/// A device that presents itself.
pub(crate) struct PresentedDevice<'a> {
    /// Its hardware hash.
    pub(crate) hash: &'a [u8],
    /// The group tag that it gets if it is registered now.
    pub(crate) group_tag: Option<&'a str>,
}

/// The registration of a device.
pub(crate) enum DeviceRegistration {
    /// It has one.
    Known(Key),
    /// It gets one by these changes.
    New(Key, Vec<Change>),
}

/// What is known of a device: what it says of itself, what the ledger says of that, and its registration.
struct LookUp {
    identified: IdentifiedDevice,
    ledger: LedgerView,
    found: Option<Key>,
}

impl DeviceRegistry {
    pub(crate) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<DeviceRegistry, StartError> {
        Ok(DeviceRegistry { checks: ImportChecks::new(names, settings)? })
    }

    /// Finds the registration of a device; none if it has none.
    pub(crate) async fn find(
        &self,
        context: &Context<'_>,
        presented: &PresentedDevice<'_>,
    ) -> Result<Option<Key>, Error> {
        Ok(self.look_up(context, &self.record(context, presented)).await?.found)
    }

    /// Finds the registration of a device, or registers it. That holds as long as the ledger is as it was read, which the
    /// changes check.
    pub(crate) async fn find_or_register(
        &self,
        context: &Context<'_>,
        presented: &PresentedDevice<'_>,
    ) -> Result<DeviceRegistration, Error> {
        let record = self.record(context, presented);
        let LookUp { identified, mut ledger, found } = self.look_up(context, &record).await?;
        if let Some(key) = found {
            return Ok(DeviceRegistration::Known(key));
        }
        let key = Key::new();
        let inserted = self.checks.insertion(context, &key, &record, &identified.device).await?;
        let mut changes = inserted.ok_or_else(|| refused(ImportError::HardwareHash))?;
        ledger.register(context.tenant(), &key, &identified.digests)?;
        changes.extend(ledger.changes()?);
        Ok(DeviceRegistration::New(key, changes))
    }

    /// Looks a device up, by the ledger and then among the identities that were made without a hash.
    async fn look_up(&self, context: &Context<'_>, record: &Record) -> Result<LookUp, Error> {
        let checks = &self.checks;
        let identified = checks.device(context, record).map_err(refused)?;
        let IdentifiedDevice { device, digests } = &identified;
        if !digests.tell_apart() {
            return Err(refused(ImportError::NoIdentity));
        }
        let ledger = LedgerView::read(context, digests.all()).await?;
        let claims = HardwareClaims::of(digests, &ledger);
        let found = match claims.same_device.as_slice() {
            [] => {
                let serial_number = device.text(TextKind::SerialNumber).map(str::trim);
                let mut same = match serial_number.filter(|text| !is_placeholder(text)) {
                    Some(text) => checks.identities(context, &[text], SAME_SERIAL_NUMBER_MAX).await?,
                    None => Vec::new(),
                };
                same.retain(|identity| checks.is_same(&claims, device, identity));
                match same.as_slice() {
                    [] => None,
                    [(key, _)] => Some(key.clone()),
                    _ => return Err(refused(ImportError::NotUnique)),
                }
            }
            [claim] if claim.tenant == context.tenant() => Some(claim.device.clone()),
            [_] => return Err(refused(ImportError::AssignedToOtherTenant)),
            _ => return Err(refused(ImportError::NotUnique)),
        };
        Ok(LookUp { identified, ledger, found })
    }

    /// The device as the record of an import would have it.
    fn record(&self, context: &Context<'_>, presented: &PresentedDevice<'_>) -> Record {
        let mut record = self.checks.new_record(context);
        let slots = &self.checks.record;
        record.set(slots.hash, Value::Binary(Bytes::copy_from_slice(presented.hash)));
        if let Some(tag) = presented.group_tag {
            record.set(slots.group_tag, Value::String(tag.into()));
        }
        record
    }
}

/// The refusal of a device, in the words of imports.
fn refused(error: ImportError) -> Error {
    let kind = match error {
        ImportError::AssignedToOtherTenant | ImportError::NotUnique => ErrorKind::Conflict,
        _ => ErrorKind::BadRequest,
    };
    let (code, name) = error.code_and_name();
    let cause = cause_and_remedy(code).map_or("", |(cause, _)| cause);
    Error::new(kind, format!("{name}: {cause}"))
}
