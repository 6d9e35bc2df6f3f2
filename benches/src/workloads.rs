//! The workloads: what is asked, by how many connections, and what share of its limit Muster must reach.

use crate::load::Requests;
use crate::random::Random;
use crate::rows::{SERIAL_LENGTH, Target};
use crate::seed::{self, DEVICES};

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// One new device.
    Create,
    /// Another group tag for one device.
    Patch,
    /// One device by its id.
    Get,
    /// So many devices, the first by id.
    List(u32),
    /// The device of a serial number.
    Equal,
    /// The device whose serial number has these characters somewhere: all have to be looked at.
    Contains,
}

/// An operation as so many connections ask for it, each the next when it has the answer.
#[derive(Debug)]
pub(crate) struct Workload {
    pub name: &'static str,
    pub operation: Operation,
    pub connections: usize,
    /// The share of the limit's rate that Muster must reach.
    pub must: f64,
}

/// In the order in which they run: those that add devices come last.
pub(crate) const WORKLOADS: [Workload; 10] = [
    Workload { name: "get", operation: Operation::Get, connections: 32, must: 0.4 },
    Workload { name: "list-100", operation: Operation::List(100), connections: 8, must: 0.35 },
    Workload { name: "list-1000", operation: Operation::List(1000), connections: 8, must: 0.35 },
    Workload { name: "filter-eq", operation: Operation::Equal, connections: 32, must: 0.4 },
    Workload { name: "filter-contains", operation: Operation::Contains, connections: 2, must: 0.7 },
    Workload { name: "patch-1", operation: Operation::Patch, connections: 1, must: 0.3 },
    Workload { name: "patch-32", operation: Operation::Patch, connections: 32, must: 0.3 },
    Workload { name: "create-1", operation: Operation::Create, connections: 1, must: 0.45 },
    Workload { name: "create-32", operation: Operation::Create, connections: 32, must: 0.3 },
    Workload { name: "create-128", operation: Operation::Create, connections: 128, must: 0.3 },
];

/// What of a serial number is searched for: long enough that no other has it.
const PART: std::ops::Range<usize> = 1..9;

impl Operation {
    /// What of a serial number [`Operation::Contains`] searches for.
    pub fn part(serial: &str) -> &str {
        serial.get(PART).unwrap_or(serial)
    }

    /// Prebuilt requests on these devices.
    pub fn requests(self, targets: &[Target], token: &str) -> Requests {
        let mut requests = Requests::new(token);
        let mut random = Random::new(1);
        match self {
            Operation::Create => (0..seed::SAMPLES).for_each(|_| {
                let body = seed::device(&mut random).body;
                requests.add_with_hole("POST", DEVICES, &body, "\"serialNumber\":\"", SERIAL_LENGTH);
            }),
            Operation::Patch => targets.iter().for_each(|target| {
                let body = format!("{{\"groupTag\":\"{}\"}}", seed::tag(&mut random));
                let path = format!("{DEVICES}/{}", target.id);
                requests.add_with_hole("PATCH", &path, &body, "\"groupTag\":\"", seed::TAG_LENGTH);
            }),
            Operation::Get => {
                targets
                    .iter()
                    .for_each(|target| requests.add("GET", &format!("{DEVICES}/{}", target.id), ""));
            }
            Operation::List(count) => requests.add("GET", &format!("{DEVICES}?$top={count}"), ""),
            Operation::Equal => targets.iter().for_each(|target| {
                let filter = format!("serialNumber%20eq%20'{}'", target.serial);
                requests.add("GET", &format!("{DEVICES}?$filter={filter}"), "");
            }),
            Operation::Contains => targets.iter().for_each(|target| {
                let filter = format!("contains(serialNumber,'{}')", Operation::part(&target.serial));
                requests.add("GET", &format!("{DEVICES}?$filter={filter}"), "");
            }),
        }
        requests
    }
}
