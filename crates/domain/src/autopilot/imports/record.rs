//! The record of an import: what it says of its device, and the states it ends in.

use engine::handlers::{Names, StartError};
use engine::{Context, Validation};
use odata::edm::TypeId;
use odata::{Key, Record, Value};

use super::error::ImportError;
use crate::autopilot::ledger::{HardwareClaims, HashedDevice};
use crate::autopilot::sets::{IMPORT, IMPORT_STATE};
use crate::hardware_hash::TextKind;
use crate::{HashValidation, MusterSettings};

/// The slots of an import's record, and the settings by which it is judged.
pub(super) struct ImportSlots {
    /// The kinds of hashes that are taken.
    pub(super) hash_validation: HashValidation,
    pub(super) hash: u16,
    pub(super) serial_number: u16,
    pub(super) product_key: u16,
    pub(super) group_tag: u16,
    pub(super) order_identifier: u16,
    pub(super) user: u16,
    pub(super) import_id: u16,
    pub(super) state: u16,
    state_type: TypeId,
    status: u16,
    complete: Value,
    error: Value,
    registration_id: u16,
    error_code: u16,
    error_name: u16,
}

impl ImportSlots {
    pub(super) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<ImportSlots, StartError> {
        const STATUS: &str = "importedWindowsAutopilotDeviceIdentityImportStatus";
        Ok(ImportSlots {
            hash_validation: settings.hash_validation(),
            hash: names.slot(IMPORT, "hardwareIdentifier")?,
            serial_number: names.slot(IMPORT, "serialNumber")?,
            product_key: names.slot(IMPORT, "productKey")?,
            group_tag: names.slot(IMPORT, "groupTag")?,
            order_identifier: names.slot(IMPORT, "orderIdentifier")?,
            user: names.slot(IMPORT, "assignedUserPrincipalName")?,
            import_id: names.slot(IMPORT, "importId")?,
            state: names.slot(IMPORT, "state")?,
            state_type: names.structured(IMPORT_STATE)?,
            status: names.slot(IMPORT_STATE, "deviceImportStatus")?,
            complete: names.member(STATUS, "complete")?,
            error: names.member(STATUS, "error")?,
            registration_id: names.slot(IMPORT_STATE, "deviceRegistrationId")?,
            error_code: names.slot(IMPORT_STATE, "deviceErrorCode")?,
            error_name: names.slot(IMPORT_STATE, "deviceErrorName")?,
        })
    }

    /// The hash, if the record carries one.
    pub(super) fn hash<'r>(&self, record: &'r Record) -> Option<&'r [u8]> {
        match record.get(self.hash) {
            Some(Value::Binary(hash)) if !hash.is_empty() => Some(hash),
            _ => None,
        }
    }

    /// The serial number that the record gives.
    pub(super) fn serial_number<'r>(&self, record: &'r Record) -> Option<&'r str> {
        record.text(self.serial_number).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whether the record has a product key.
    pub(super) fn has_product_key(&self, record: &Record) -> bool {
        record.text(self.product_key).is_some_and(|key| !key.trim().is_empty())
    }

    /// Whether the domain of the assigned user is one of the tenant's verified ones; only the domain counts. None if the
    /// user has no domain.
    pub(super) fn has_verified_domain(&self, context: &Context<'_>, record: &Record) -> Option<bool> {
        let domains = context.settings.tenants.domains(context.tenant());
        let user = record.text(self.user).unwrap_or("").trim();
        if domains.is_empty() || user.is_empty() {
            return Some(true);
        }
        let (_, domain) = user.rsplit_once('@')?;
        Some(domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
    }

    /// The oddities of a device that are no reason not to register it.
    pub(super) fn breaches(
        &self,
        context: &Context<'_>,
        record: &Record,
        device: &HashedDevice,
        claims: &HardwareClaims,
    ) -> Vec<&'static str> {
        let is_lenient = context.settings.validation != Validation::Strict;
        let odd = [
            (self.has_other_serial_number(record, device), "the serial number is not the hash's"),
            (
                is_lenient && self.has_verified_domain(context, record).is_none(),
                "the assigned user has no domain, so it is none of the tenant's",
            ),
            (claims.has_shared_uuid(), "another device without a TPM has the same SMBIOS UUID"),
        ];
        odd.into_iter().filter(|(is_so, _)| *is_so).map(|(_, breach)| breach).collect()
    }

    /// Whether the record gives another serial number than its hash, which counts.
    fn has_other_serial_number(&self, record: &Record, device: &HashedDevice) -> bool {
        match (self.serial_number(record), device.text(TextKind::SerialNumber)) {
            (Some(sent), Some(in_hash)) => !sent.eq_ignore_ascii_case(in_hash.trim()),
            _ => false,
        }
    }

    /// The status of the import, and the code of its error.
    pub(super) fn status_and_code(&self, record: &Record) -> (&'static str, i64) {
        let Some(Value::Complex(state)) = record.get(self.state) else { return ("unknown", 0) };
        let status = match state.get(self.status) {
            Some(status) if *status == self.complete => "complete",
            Some(status) if *status == self.error => "error",
            _ => "unknown",
        };
        let code = match state.get(self.error_code) {
            Some(Value::Int(code)) => *code,
            _ => 0,
        };
        (status, code)
    }

    /// The last state of a record: its device is registered under a key, or is not.
    pub(super) fn ended(&self, context: &Context<'_>, registered: Result<Key, ImportError>) -> Value {
        match registered {
            Ok(device) => self.state(context, &self.complete, &device.to_string(), (0, "")),
            Err(error) => self.state(context, &self.error, "", error.code_and_name()),
        }
    }

    fn state(
        &self,
        context: &Context<'_>,
        status: &Value,
        registration_id: &str,
        (code, name): (i64, &str),
    ) -> Value {
        let state_type = self.state_type;
        let mut state = Record::empty(state_type, context.model().structured(state_type).slots);
        state.set(self.status, status.clone());
        state.set(self.registration_id, Value::String(registration_id.into()));
        state.set(self.error_code, Value::Int(code));
        state.set(self.error_name, Value::String(name.into()));
        Value::Complex(Box::new(state))
    }
}
