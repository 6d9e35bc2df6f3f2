//! A restore from a backup, as the restored database tells of it.
//!
//! What was written after the backup is lost, but clients have numbers from then: entity tags, and the tokens of delta. So
//! the journal goes on behind a number that was never reached before, whichever backups were restored how often: the
//! microseconds since 1970. No database makes a million changes a second.

use odata::date_time::Ticks;
use uuid::Uuid;

use crate::audit;
use crate::journal::ChangeKind;
use crate::note_kind::NoteKind;
use crate::unit::{Actor, AuditDetail, Unit};

/// The kind of the entries that tell of restores.
pub(crate) const KIND: ChangeKind = ChangeKind::Noted(NoteKind::DatabaseRestored);
/// The number of the entity set of these entries: that of none.
pub(crate) const NO_SET: i32 = -1;
/// The ticks between the years 1 and 1970, from which the numbers count.
const TICKS_UNTIL_1970: i64 = 621_355_968_000_000_000;

/// A restore from a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restoration {
    /// The number behind which the journal goes on.
    pub sequence: i64,
    /// When it was done.
    pub at: Ticks,
    /// When the backup was taken.
    pub taken_at: Ticks,
    /// The digest of the backup.
    pub digest: String,
}

impl Restoration {
    /// A restore that is done now. A clock that is behind the backup would give numbers again: that is an error.
    pub fn new(at: Ticks, taken_at: Ticks, digest: &str) -> Result<Restoration, String> {
        if at <= taken_at {
            return Err(format!(
                "this machine's clock says {at}, but the backup was taken at {taken_at}; set the clock"
            ));
        }
        let sequence = (at.0 - TICKS_UNTIL_1970) / 10;
        Ok(Restoration { sequence, at, taken_at, digest: digest.to_owned() })
    }

    /// The entry that tells a tenant of it, without entities.
    pub fn unit(&self, tenant: Uuid) -> Unit {
        let reason =
            format!("restored from the backup of {} with the SHA-256 {}", self.taken_at, self.digest);
        Unit {
            tenant,
            actor: Actor { id: Uuid::nil(), application: Uuid::nil() },
            detail: AuditDetail {
                name: Some("muster restore".into()),
                reason: Some(reason.into()),
                ..AuditDetail::default()
            },
            request_id: Uuid::nil(),
            at: self.at,
            changes: Vec::new(),
            remembered: Vec::new(),
        }
    }

    /// What the entry says to an audit.
    pub fn record(&self, tenant: Uuid) -> Box<str> {
        audit::record(&self.unit(tenant), KIND, None, &[])
    }
}
