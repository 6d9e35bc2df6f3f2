//! The checks that an imported device must pass, in their order, and the identity that it gets.

use engine::generic::insertion;
use engine::handlers::{Names, StartError};
use engine::{Collection, Context, Error, ErrorKind, Validation};
use odata::edm::{SetId, TypeId};
use odata::query::{Expression, Path};
use odata::{Key, Record, Value};
use store::{Change, Query, Row};

use super::error::ImportError;
use super::identity_slots::IdentitySlots;
use super::record::ImportSlots;
use crate::MusterSettings;
use crate::autopilot::devices::Remediation;
use crate::autopilot::ledger::{HardwareClaims, HashedDevice, IdentifiedDevice};
use crate::autopilot::sets::{DEVICE, DEVICES, IMPORT, IMPORTS};

/// The checks of imports, and where what they compare is.
pub(super) struct ImportChecks {
    pub(super) records: SetId,
    pub(super) record: ImportSlots,
    devices: SetId,
    device_type: TypeId,
    record_type: TypeId,
    pub(super) identity: IdentitySlots,
    serial_number: Path,
    pub(super) remediation: Remediation,
}

impl ImportChecks {
    pub(super) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<ImportChecks, StartError> {
        Ok(ImportChecks {
            records: names.set(IMPORTS)?,
            record: ImportSlots::new(names, settings)?,
            devices: names.set(DEVICES)?,
            device_type: names.structured(DEVICE)?,
            record_type: names.structured(IMPORT)?,
            identity: IdentitySlots::new(names)?,
            serial_number: names.path(DEVICE, "serialNumber")?,
            remediation: Remediation::new(names)?,
        })
    }

    /// A record with nothing in it, for a device that comes without one.
    pub(super) fn new_record(&self, context: &Context<'_>) -> Record {
        Record::empty(self.record_type, context.model().structured(self.record_type).slots)
    }

    /// The device of a record as its hash describes it, if that identifies one.
    pub(super) fn device(
        &self,
        context: &Context<'_>,
        record: &Record,
    ) -> Result<IdentifiedDevice, ImportError> {
        let serial_number = self.record.serial_number(record);
        // By serial number or product key alone only partners may register devices.
        let hash = self.record.hash(record).ok_or(ImportError::HardwareHash)?;
        let identified = IdentifiedDevice::of(context, self.record.hash_validation, hash, serial_number)
            .map_err(|_| ImportError::HardwareHash)?;
        match identified.device {
            // Many devices may share an opaque text.
            HashedDevice::Opaque if serial_number.is_none() && !self.record.has_product_key(record) => {
                Err(ImportError::NoIdentity)
            }
            _ => Ok(identified),
        }
    }

    /// Refuses a device that is registered already, or whose user is not allowed, given the claims on it and the identities
    /// with its serial number.
    pub(super) fn admit(
        &self,
        context: &Context<'_>,
        record: &Record,
        device: &HashedDevice,
        claims: &HardwareClaims,
        identities: &[(Key, Record)],
    ) -> Result<(), ImportError> {
        if let Some(error) = self.conflict(context, claims, device, identities) {
            return Err(error);
        }
        let is_strict = context.settings.validation == Validation::Strict;
        let is_allowed = self.record.has_verified_domain(context, record).unwrap_or(!is_strict);
        if is_allowed { Ok(()) } else { Err(ImportError::UserPrincipalName) }
    }

    /// The changes that make the identity of a device; none if it is not within the bounds of one. The record's own texts
    /// are: what is too long comes from the hash.
    pub(super) async fn insertion(
        &self,
        context: &Context<'_>,
        key: &Key,
        record: &Record,
        device: &HashedDevice,
    ) -> Result<Option<Vec<Change>>, Error> {
        let identity = self.identity.identity(context, self.device_type, record, &self.record, device);
        match insertion(context, &Collection::of(self.devices), key, identity).await {
            Err(error) if error.kind == ErrorKind::BadRequest => Ok(None),
            inserted => inserted.map(Some),
        }
    }

    /// The error of a device that is registered already, or that may be one of several.
    fn conflict(
        &self,
        context: &Context<'_>,
        claims: &HardwareClaims,
        device: &HashedDevice,
        identities: &[(Key, Record)],
    ) -> Option<ImportError> {
        let same = identities.iter().filter(|identity| self.is_same(claims, device, identity)).count();
        match (claims.same_device.as_slice(), same) {
            ([], 0) => None,
            ([claim], 0) if claim.tenant == context.tenant() => Some(ImportError::AlreadyAssigned),
            ([_], 0) => Some(ImportError::AssignedToOtherTenant),
            ([], 1) => Some(ImportError::AlreadyAssigned),
            _ => Some(ImportError::NotUnique),
        }
    }

    /// Whether an identity of the tenant that was made without a hash is of the same device, by maker and model.
    pub(super) fn is_same(
        &self,
        claims: &HardwareClaims,
        device: &HashedDevice,
        (key, identity): &(Key, Record),
    ) -> bool {
        let HashedDevice::Decoded(_, facts) = device else { return false };
        let says = |slot, text: &str| identity.text(slot).unwrap_or("").trim().eq_ignore_ascii_case(text);
        !claims.same_serial_number.iter().any(|claim| claim.device == *key)
            && says(self.identity.manufacturer, &facts.manufacturer)
            && says(self.identity.model, &facts.model)
    }

    /// The tenant's identities with these serial numbers, spelled so, or all in upper or all in lower case. Three lookups
    /// in the index of serial numbers cost less than another index, to which each new identity would be added.
    pub(super) async fn identities(
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
        let rows = context.list(&query).await?;
        let record = |row: Row| Ok((row.key.clone(), context.store.record(self.devices, &row)?));
        rows.into_iter().map(record).collect()
    }
}
