//! The workloads: what is asked, on which store, by how many connections.

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// One new device.
    Create,
    /// Many identities, of which devices are made later.
    Import,
    /// Other values of three properties of one device.
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    pub name: &'static str,
    pub operation: Operation,
    pub connections: usize,
}

const fn workload(name: &'static str, operation: Operation, connections: usize) -> Workload {
    Workload { name, operation, connections }
}

/// Begun on an empty store.
pub(crate) const CREATES: [Workload; 4] = [
    workload("create-1", Operation::Create, 1),
    CREATE_32,
    workload("create-128", Operation::Create, 128),
    workload("import", Operation::Import, 4),
];

/// Right after the load, and at rest.
pub(crate) const READS: [Workload; 5] = [
    GET,
    workload("filter-eq", Operation::Equal, 32),
    workload("list-100", Operation::List(100), 32),
    workload("list-1000", Operation::List(1000), 8),
    CONTAINS,
];

/// When the collection is at rest.
pub(crate) const PATCHES: [Workload; 2] =
    [workload("patch-1", Operation::Patch, 1), workload("patch-32", Operation::Patch, 32)];

/// While [`CREATE_32`] goes on.
pub(crate) const BESIDE_WRITERS: [Workload; 2] = [GET, CONTAINS];

pub(crate) const CREATE_32: Workload = workload("create-32", Operation::Create, 32);
const GET: Workload = workload("get", Operation::Get, 32);
const CONTAINS: Workload = workload("contains", Operation::Contains, 4);
/// How the collection is loaded.
pub(crate) const LOAD: Workload = workload("load", Operation::Create, 128);

/// The identities of a call of the import.
pub(crate) const IMPORT_ROWS: u64 = 500;

impl Operation {
    /// Devices that one request makes or asks for.
    pub fn devices(self) -> u64 {
        if self == Operation::Import { IMPORT_ROWS } else { 1 }
    }
}
