//! What commands have said of a tenant.

use odata::date_time::Ticks;
use uuid::Uuid;

use crate::error::ReadError;

/// The number of rows that one transaction ends.
pub(crate) const FORGOTTEN_TOGETHER_MAX: u32 = 2_000;

/// A tenant of which a command has said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRecord {
    /// The id by which tokens name it.
    pub id: Uuid,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What was last said of it.
    pub mark: TenantMark,
    /// The time at which that was said.
    pub marked_at: Ticks,
}

/// What a command has said of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantMark {
    /// It is served.
    Open,
    /// It is not served.
    Closed,
    /// Its data is being removed.
    Removing,
    /// Its data has been removed.
    Removed,
}

impl TenantMark {
    const ALL: [TenantMark; 4] =
        [TenantMark::Open, TenantMark::Closed, TenantMark::Removing, TenantMark::Removed];

    /// The number that it has in the database.
    pub(crate) fn number(self) -> i16 {
        self as i16
    }

    /// The mark of a number.
    pub(crate) fn from_number(number: i16) -> Result<TenantMark, ReadError> {
        let mark = TenantMark::ALL.into_iter().find(|mark| mark.number() == number);
        mark.ok_or_else(|| ReadError::Corrupt(format!("the mark {number} of a tenant")))
    }
}
