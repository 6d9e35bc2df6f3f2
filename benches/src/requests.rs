//! Requests as they go over the wire, each about a device of its own.

use std::fmt::Write;
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::fleet::{self, Fleet};
use crate::random::Random;
use crate::workloads::{IMPORT_ROWS, Operation};

/// The path of the collection of devices.
pub(crate) const DEVICES: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
const IMPORT: &str = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities/import";

/// An endless sequence of requests for one operation.
#[derive(Clone)]
pub(crate) struct Requests {
    pub operation: Operation,
    pub fleet: Arc<Fleet>,
    pub authorization: String,
}

impl Requests {
    /// The bytes of the next one.
    pub fn next(&self, random: &mut Random) -> Result<Vec<u8>> {
        let fleet = &*self.fleet;
        let picked = fleet.pick(random);
        let id = || fleet.ids.get(picked).context("no device to ask for");
        let number = picked as u64;
        let get = |path: String| Ok(self.request("GET", &path, ""));
        match self.operation {
            Operation::Create => Ok(self.request("POST", DEVICES, &fleet::device(fleet.take(1)))),
            Operation::Import => Ok(self.request("POST", IMPORT, &identities(fleet.take(IMPORT_ROWS))?)),
            Operation::Patch => {
                let body = fleet::patch(random.next() % 100_000_000);
                Ok(self.request("PATCH", &format!("{DEVICES}/{}", id()?), &body))
            }
            Operation::Get => get(format!("{DEVICES}/{}", id()?)),
            Operation::List(count) => get(format!("{DEVICES}?$top={count}")),
            Operation::Equal => {
                get(format!("{DEVICES}?$filter=serialNumber%20eq%20'{}'", fleet::serial(number)))
            }
            Operation::Contains => {
                get(format!("{DEVICES}?$filter=contains(serialNumber,'{}')", fleet::part(number)))
            }
        }
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        request(method, path, &self.authorization, body)
    }
}

fn identities(first: u64) -> Result<String> {
    let all = (first..first + IMPORT_ROWS).map(fleet::identity).collect::<Result<Vec<_>>>()?;
    Ok(format!("{{\"importedWindowsAutopilotDeviceIdentities\":[{}]}}", all.join(",")))
}

/// A request's bytes.
pub(crate) fn request(method: &str, path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {authorization}\r\naccept: application/json\r\n"
    );
    if !body.is_empty() {
        let length = body.len();
        // Writing to a string does not fail.
        let _ = write!(text, "content-type: application/json\r\ncontent-length: {length}\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}
