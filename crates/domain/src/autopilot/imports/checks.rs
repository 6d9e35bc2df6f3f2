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
use crate::autopilot::ledger::{HardwareClaims, HardwareDigests, HashedDevice};
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::hardware_hash::{TextKind, is_placeholder};

/// The number of identities with the same serial number that are compared with a device.
const SAME_SERIAL_NUMBER_MAX: u64 = 50;

/// The outcome of a registration: the last state of the import's record, and the changes that are committed with it.
pub(super) struct RegistrationOutcome {
    pub(super) state: Record,
    pub(super) beside: Vec<Change>,
    /// The oddities that were accepted.
    pub(super) breach: Option<String>,
}

/// The checks of imports, and where what they compare is.
pub(super) struct ImportChecks {
    pub(super) record: ImportSlots,
    devices: SetId,
    device_type: TypeId,
    pub(super) identity: IdentitySlots,
    serial_number: Path,
    pub(super) remediation: Remediation,
}

/// The serial number by which identities that were made without a hash are compared with a device; none if the ledger
/// has the device, or if its serial number distinguishes nothing.
pub(super) fn distinctive_serial_number<'d>(
    claims: &HardwareClaims,
    device: &'d HashedDevice,
) -> Option<&'d str> {
    let serial_number = match device {
        HashedDevice::Decoded(hash, _) if claims.same_device.is_empty() => {
            hash.text(TextKind::SerialNumber)?.trim()
        }
        _ => return None,
    };
    (!is_placeholder(serial_number)).then_some(serial_number)
}

impl ImportChecks {
    pub(super) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<ImportChecks, StartError> {
        Ok(ImportChecks {
            record: ImportSlots::new(names, settings)?,
            devices: names.set(DEVICES)?,
            device_type: names.structured(DEVICE)?,
            identity: IdentitySlots::new(names)?,
            serial_number: names.path(DEVICE, "serialNumber")?,
            remediation: Remediation::new(names)?,
        })
    }

    /// The device of a record as its hash describes it, if that identifies one.
    pub(super) fn device(
        &self,
        context: &Context<'_>,
        record: &Record,
    ) -> Result<(HashedDevice, HardwareDigests), ImportError> {
        let serial_number = self.record.serial_number(record);
        // By serial number or product key alone only partners may register devices.
        let base64 = self.record.hash(record).ok_or(ImportError::HardwareHash)?;
        let hashed = HashedDevice::of(context, self.record.hash_validation, base64, serial_number)
            .map_err(|_| ImportError::HardwareHash)?;
        match hashed {
            // Many devices may share an opaque text.
            (HashedDevice::Opaque, _) if serial_number.is_none() && !self.record.has_product_key(record) => {
                Err(ImportError::NoIdentity)
            }
            hashed => Ok(hashed),
        }
    }

    /// The result of one import, given what its hash says.
    pub(super) async fn check(
        &self,
        context: &Context<'_>,
        record: &Record,
        device: &HashedDevice,
        digests: HardwareDigests,
    ) -> Result<Result<RegistrationOutcome, ImportError>, Error> {
        let claims = HardwareClaims::read_one(context, digests).await?;
        if let Some(outcome) = self.remedy(context, &claims).await? {
            return Ok(Ok(outcome));
        }
        let unhashed = match distinctive_serial_number(&claims, device) {
            Some(serial_number) => self.identities(context, &[serial_number], SAME_SERIAL_NUMBER_MAX).await?,
            None => Vec::new(),
        };
        self.register(context, record, device, &claims, &unhashed).await
    }

    /// The result of importing again a device of the tenant that requires a remediation: the device has this hash from
    /// now on. If the hash says that it is another device, that is what was to be remedied.
    async fn remedy(
        &self,
        context: &Context<'_>,
        claims: &HardwareClaims,
    ) -> Result<Option<RegistrationOutcome>, Error> {
        let Some(device) = claims.own_device(context.tenant()) else { return Ok(None) };
        let changes = self.remediation.by_import(context, device, &claims.digests).await?;
        Ok(changes.map(|beside| match claims.same_device.is_empty() {
            true => {
                let state = self.record.completed(context, &device.to_string());
                RegistrationOutcome { state, beside, breach: None }
            }
            false => RegistrationOutcome { beside, ..self.refusal(context, ImportError::AlreadyAssigned) },
        }))
    }

    /// The registration of a device, or why it is refused, given the claims on it and the identities with its serial
    /// number.
    pub(super) async fn register(
        &self,
        context: &Context<'_>,
        record: &Record,
        device: &HashedDevice,
        claims: &HardwareClaims,
        identities: &[(Key, Record)],
    ) -> Result<Result<RegistrationOutcome, ImportError>, Error> {
        if let Some(error) = self.conflict(context, claims, device, identities) {
            return Ok(Err(error));
        }
        let is_strict = context.settings.validation == Validation::Strict;
        if !self.record.has_allowed_domain(record).unwrap_or(!is_strict) {
            return Ok(Err(ImportError::UserPrincipalName));
        }
        let key = Key::new();
        let identity = self.identity.identity(context, self.device_type, record, &self.record, device);
        // The record's own texts are within the identity's bounds: what is too long comes from the hash.
        let mut beside = match insertion(context, &Collection::of(self.devices), &key, identity).await {
            Err(error) if error.kind == ErrorKind::BadRequest => return Ok(Err(ImportError::HardwareHash)),
            inserted => inserted?,
        };
        beside.extend(claims.registration(context.tenant(), &key)?.into_iter().map(Change::Ledger));
        let state = self.record.completed(context, &key.to_string());
        let breaches = self.record.breaches(context, record, device, claims);
        let breach = (!breaches.is_empty()).then(|| breaches.join("; "));
        Ok(Ok(RegistrationOutcome { state, beside, breach }))
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
    fn is_same(
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

    /// The outcome of an import that is refused.
    pub(super) fn refusal(&self, context: &Context<'_>, error: ImportError) -> RegistrationOutcome {
        let state = self.record.failed(context, error);
        RegistrationOutcome { state, beside: Vec::new(), breach: None }
    }
}
