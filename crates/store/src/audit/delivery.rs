//! The delivery of records to a sink outside: whose turn it is, and what the sink lacks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use odata::date_time::Ticks;
use uuid::Uuid;

/// What a sink lacks, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditLag {
    /// The records that it lacks, counted up to ten thousand.
    pub records: i64,
    /// The time of the first of them.
    pub oldest: Option<Ticks>,
}

/// A turn at delivering a tenant's records: nobody else's until its end, by the system's clock.
#[derive(Clone, Debug)]
pub struct DeliveryClaim {
    /// The name of the sink.
    pub sink: Box<str>,
    /// The tenant whose records are delivered.
    pub tenant: Uuid,
    /// The name of the process that delivers.
    pub(crate) owner: Uuid,
    pub(crate) now_millis: i64,
    pub(crate) until_millis: i64,
}

impl DeliveryClaim {
    pub(crate) fn new(sink: &str, tenant: Uuid, owner: Uuid, lease: Duration) -> DeliveryClaim {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let now_millis = millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        let until_millis = now_millis.saturating_add(millis(lease));
        DeliveryClaim { sink: sink.into(), tenant, owner, now_millis, until_millis }
    }
}
