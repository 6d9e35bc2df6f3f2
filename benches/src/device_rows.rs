//! The rows that the bare databases hold.

use std::sync::Arc;

use anyhow::Result;
use uuid::Uuid;

use crate::fleet::{self, Fleet};
use crate::workloads::{IMPORT_ROWS, Operation};

/// A row of the table.
pub(crate) struct DeviceRow {
    pub id: Uuid,
    pub serial: String,
    pub body: String,
}

/// Where rows come from.
#[derive(Clone)]
pub(crate) struct Source {
    fleet: Arc<Fleet>,
    /// Made once: a hash takes longer to make than to store.
    identities: Arc<Vec<String>>,
}

impl Source {
    /// No rows yet.
    pub fn new() -> Result<Source> {
        let identities = (0..IMPORT_ROWS).map(fleet::identity).collect::<Result<Vec<_>>>()?;
        Ok(Source { fleet: Arc::default(), identities: Arc::new(identities) })
    }

    /// So many rows that are not there yet.
    pub fn rows(&self, operation: Operation, count: u64) -> Vec<DeviceRow> {
        let first = self.fleet.take(count);
        let row = |number| {
            let identity = self.identities.get((number % IMPORT_ROWS) as usize);
            let body = identity.filter(|_| operation == Operation::Import);
            let body = body.cloned().unwrap_or_else(|| fleet::device(number));
            DeviceRow { id: fleet::id(number), serial: fleet::serial(number), body }
        };
        (first..first + count).map(row).collect()
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.fleet.made()
    }
}
