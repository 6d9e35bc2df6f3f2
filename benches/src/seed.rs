//! Devices like those of a real fleet. A few are created through the API; their rows are then multiplied in the
//! database, with other keys and serial numbers.
//!
//! A million requests would take minutes for each store; copies of rows that Muster itself wrote take seconds and are
//! the same bytes. That Muster takes them for its own is checked: it must count and show them.

use anyhow::{Context, Result};
use uuid::Uuid;

use crate::http_client::HttpClient;
use crate::load::request;
use crate::random::Random;
use crate::rows::{Cell, Identity, SERIAL_LENGTH, Sample, Target};

/// The path of the collection of devices.
pub(crate) const DEVICES: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
/// How many devices are created through the API.
pub(crate) const SAMPLES: usize = 256;
/// How many devices requests name.
const TARGETS: u64 = 4_096;
/// With what every group tag begins.
pub(crate) const TAG_PREFIX: &str = "Site-";
/// All group tags have this length.
pub(crate) const TAG_LENGTH: usize = TAG_PREFIX.len() + 5;

const MODELS: [[&str; 4]; 6] = [
    ["Dell Inc.", "Latitude 5440", "Latitude", "0C1F"],
    ["Dell Inc.", "Precision 3581", "Precision", "0C0E"],
    ["HP", "HP EliteBook 840 14 inch G10 Notebook PC", "103C_5336AN HP EliteBook", "81A23AV"],
    ["LENOVO", "21HES1LX00", "ThinkPad T14 Gen 4", "LENOVO_MT_21HE_BU_Think_FM_ThinkPad T14 Gen 4"],
    ["Microsoft Corporation", "Surface Pro 9", "Surface", "Surface_Pro_9_2038"],
    ["Acer", "TravelMate P614-53", "TravelMate", "0000000000000000"],
];

/// A device to be created.
pub(crate) struct Device {
    pub body: String,
    serial: String,
    others: Vec<Uuid>,
}

/// A random device.
pub(crate) fn device(random: &mut Random) -> Device {
    let [manufacturer, model, family, sku] = MODELS[random.below(MODELS.len())];
    let serial = random.text(SERIAL_LENGTH);
    let others: Vec<Uuid> =
        (0..2).map(|_| uuid::Builder::from_random_bytes(random.bytes()).into_uuid()).collect();
    let (tag, key) = (tag(random), random.text(13));
    let (directory, managed) = (others[0], others[1]);
    let day = 10 + random.below(18);
    let body = format!(
        "{{\"@odata.type\":\"#microsoft.graph.windowsAutopilotDeviceIdentity\",\"groupTag\":\"{tag}\",\
         \"serialNumber\":\"{serial}\",\"productKey\":\"{key}\",\"manufacturer\":\"{manufacturer}\",\
         \"model\":\"{model}\",\"systemFamily\":\"{family}\",\"skuNumber\":\"{sku}\",\
         \"enrollmentState\":\"enrolled\",\"lastContactedDateTime\":\"2026-10-{day}T08:15:42.1234567Z\",\
         \"azureActiveDirectoryDeviceId\":\"{directory}\",\"managedDeviceId\":\"{managed}\"}}"
    );
    Device { body, serial, others }
}

/// A random group tag.
pub(crate) fn tag(random: &mut Random) -> String {
    format!("{TAG_PREFIX}{}", random.text(TAG_LENGTH - TAG_PREFIX.len()))
}

/// Creates the samples through the API.
pub(crate) fn create_samples(client: &mut HttpClient, token: &str) -> Result<Vec<Identity>> {
    let mut random = Random::new(42);
    let mut created = Vec::new();
    for _ in 0..SAMPLES {
        let Device { body, serial, others } = device(&mut random);
        let answer = client.ask(&request("POST", DEVICES, &format!("Bearer {token}"), &body))?;
        let shown: serde_json::Value = serde_json::from_slice(&answer.body)?;
        let id = shown.get("id").and_then(|id| id.as_str()).context("the created device has no id")?;
        created.push(Identity { id: Uuid::parse_str(id)?, serial, others });
    }
    Ok(created)
}

/// Copies of samples; every so-many-th one becomes a target.
pub(crate) struct Copies<'s> {
    samples: &'s [Sample],
    random: Random,
    left: u64,
    every: u64,
    pub targets: Vec<Target>,
}

impl<'s> Copies<'s> {
    pub fn new(samples: &'s [Sample], count: u64) -> Copies<'s> {
        Copies {
            samples,
            random: Random::new(7),
            left: count,
            every: (count / TARGETS).max(1),
            targets: Vec::new(),
        }
    }
}

impl Iterator for Copies<'_> {
    type Item = (Vec<Cell>, Vec<Cell>);

    fn next(&mut self) -> Option<(Vec<Cell>, Vec<Cell>)> {
        self.left = self.left.checked_sub(1)?;
        let sample = self.samples.get(self.random.below(self.samples.len()))?;
        let fresh = sample.renew(&mut self.random);
        if self.left.is_multiple_of(self.every) {
            let entity = fresh.entity.clone();
            self.targets.push(Target { id: fresh.identity.id, serial: fresh.identity.serial, entity });
        }
        Some((fresh.entity, fresh.journal))
    }
}

/// Checks that Muster has so many devices and shows a copied one.
pub(crate) fn check(client: &mut HttpClient, token: &str, devices: u64, target: &Target) -> Result<()> {
    let authorization = format!("Bearer {token}");
    let counted =
        client.ask(&request("GET", &format!("{DEVICES}?$count=true&$top=1"), &authorization, ""))?;
    let counted: serde_json::Value = serde_json::from_slice(&counted.body)?;
    let count = counted.get("@odata.count").and_then(serde_json::Value::as_u64);
    anyhow::ensure!(count == Some(devices), "Muster counts {count:?} devices, not {devices}");
    let shown = client.ask(&request("GET", &format!("{DEVICES}/{}", target.id), &authorization, ""))?;
    let shown: serde_json::Value = serde_json::from_slice(&shown.body)?;
    let serial = shown.get("serialNumber").and_then(serde_json::Value::as_str);
    anyhow::ensure!(serial == Some(&*target.serial), "Muster shows {serial:?}, not {}", target.serial);
    Ok(())
}

/// The name of the devices' table: the last segment of the collection's path.
pub(crate) fn table() -> &'static str {
    DEVICES.rsplit('/').next().unwrap_or_default()
}
