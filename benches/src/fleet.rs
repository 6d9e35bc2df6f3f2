//! The devices that are made: device number N has the same serial number and properties wherever it is stored, so that
//! requests can name any of them at random.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, anyhow};
use domain::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, synthetic_tpm, to_base64};
use uuid::Uuid;

use crate::random::Random;

const MANUFACTURERS: [[&str; 3]; 4] = [
    ["Dell Inc.", "Latitude 5440", "0C1F"],
    ["HP", "HP EliteBook 840 14 inch G10", "81A23AV"],
    ["LENOVO", "ThinkPad T14 Gen 4", "LENOVO_MT_21HE"],
    ["Microsoft Corporation", "Surface Pro 9", "Surface_Pro_9_2038"],
];

/// The devices of a store: those whose ids are known, and the number that the next one gets.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub ids: Vec<Uuid>,
    pub next: AtomicU64,
}

impl Fleet {
    /// The numbers of so many devices that nobody has made yet; the first of them.
    pub fn take(&self, count: u64) -> u64 {
        self.next.fetch_add(count, Ordering::Relaxed)
    }

    /// How many numbers are taken.
    pub fn made(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// The number of a device that is there.
    pub fn pick(&self, random: &mut Random) -> usize {
        random.below(self.ids.len())
    }
}

/// The serial number of a device.
pub(crate) fn serial(number: u64) -> String {
    format!("5CG{number:08}Z")
}

/// What of a serial number is searched for: one of 100,000 devices has it.
pub(crate) fn part(number: u64) -> String {
    format!("{:07}", number % 10_000_000)
}

/// The group tag that a device is made with.
fn tag(number: u64) -> String {
    format!("Site-{:04}-Standard", number % 500)
}

/// An id of a device that does not come from Muster, in no order.
pub(crate) fn id(number: u64) -> Uuid {
    uuid::Builder::from_random_bytes(Random::new(number).bytes()).into_uuid()
}

/// A device with most of its properties, as it is created.
pub(crate) fn device(number: u64) -> String {
    let [manufacturer, model, sku] = MANUFACTURERS[(number % 4) as usize];
    let (serial, tag, directory, managed) = (serial(number), tag(number), id(!number), id(number ^ 1 << 60));
    let (day, order) = (10 + number % 18, number / 50);
    format!(
        "{{\"@odata.type\":\"#microsoft.graph.windowsAutopilotDeviceIdentity\",\
         \"deploymentProfileAssignmentStatus\":\"notAssigned\",\"deploymentProfileAssignmentDetailedStatus\":\"none\",\
         \"deploymentProfileAssignedDateTime\":\"2026-09-{day}T07:58:26.244Z\",\"groupTag\":\"{tag}\",\
         \"purchaseOrderIdentifier\":\"Order-{order:08}\",\"serialNumber\":\"{serial}\",\
         \"productKey\":\"ABCDE-FGHIJ-KLMNO-{number:010}\",\"manufacturer\":\"{manufacturer}\",\"model\":\"{model}\",\
         \"enrollmentState\":\"enrolled\",\"lastContactedDateTime\":\"2026-10-{day}T08:15:42.123Z\",\
         \"addressableUserName\":\"User {number}\",\"userPrincipalName\":\"user{number}@fleet.contoso.example\",\
         \"resourceName\":\"Resource {number}\",\"skuNumber\":\"{sku}\",\"systemFamily\":\"{model}\",\
         \"azureActiveDirectoryDeviceId\":\"{directory}\",\"azureAdDeviceId\":\"{directory}\",\
         \"managedDeviceId\":\"{managed}\",\"displayName\":\"DESKTOP-{number:08}\",\
         \"deviceAccountUpn\":\"room{number}@fleet.contoso.example\",\
         \"deviceFriendlyName\":\"Meeting room {number}\",\"remediationState\":\"noRemediationRequired\",\
         \"remediationStateLastModifiedDateTime\":\"2026-10-{day}T08:00:10.730Z\"}}"
    )
}

/// Other values of three properties.
pub(crate) fn patch(number: u64) -> String {
    format!(
        "{{\"groupTag\":\"Moved-{number}\",\"displayName\":\"NEW-{number:08}\",\
         \"userPrincipalName\":\"new{number}@fleet.contoso.example\"}}"
    )
}

/// An identity to be imported, with a hash that holds.
pub(crate) fn identity(number: u64) -> Result<String> {
    let (serial, tag) = (serial(number), tag(number));
    let hash = hardware_hash(&serial)?;
    Ok(format!(
        "{{\"@odata.type\":\"#microsoft.graph.importedWindowsAutopilotDeviceIdentity\",\"groupTag\":\"{tag}\",\
         \"serialNumber\":\"{serial}\",\"productKey\":\"ABCDE-FGHIJ-{number:010}\",\"importId\":\"{}\",\
         \"assignedUserPrincipalName\":\"user{number}@fleet.contoso.example\",\"hardwareIdentifier\":\"{hash}\",\
         \"state\":{{\"deviceImportStatus\":\"pending\",\"deviceRegistrationId\":\"\",\"deviceErrorCode\":0,\
         \"deviceErrorName\":\"\"}}}}",
        id(number)
    ))
}

/// A hash that holds, of a device with a TPM and a board of its own, in base64.
pub(crate) fn hardware_hash(serial_number: &str) -> Result<String> {
    let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
    let mut hash = HardwareHash::new(vec![
        text(TextKind::SerialNumber, serial_number),
        text(TextKind::Manufacturer, "Example Corp"),
        text(TextKind::Model, "Example Model 1"),
        text(TextKind::SkuNumber, "SKU-1"),
        text(TextKind::SystemFamily, "Example Family"),
        HashRecord::SmbiosUuid { uuid: Uuid::new_v4() },
    ]);
    synthetic_tpm(serial_number).into_iter().for_each(|record| hash.put(record));
    let blob = hash.build().map_err(|fault| anyhow!("no hash can be so: {fault}"))?;
    Ok(to_base64(&blob))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_json_of_the_size_that_is_told() {
        let identity = identity(7).unwrap();
        for (text, least, most) in
            [(&device(7), 1_100, 1_400), (&identity, 4_300, 4_600), (&patch(7), 80, 120)]
        {
            serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert!((least..=most).contains(&text.len()), "{}: {text}", text.len());
        }
    }

    #[test]
    fn one_serial_number_in_a_hundred_thousand_has_the_part() {
        let hits = (0..100_000).filter(|number| serial(*number).contains(&part(12_345)));
        assert_eq!(hits.collect::<Vec<_>>(), [12_345]);
    }
}
