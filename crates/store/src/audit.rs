//! The chain of records that an audit is made of: each entry of the journal that is no change has a record, and a hash
//! that ties it to the record before it in its tenant. So none can be changed, taken out or moved unseen.

use aws_lc_rs::digest::{Context, SHA256};
use odata::Key;
use odata::payload::write::write_string;
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::ReadError;
use crate::journal::ChangeKind;
use crate::store::Store;
use crate::unit::Unit;

/// The hash of a record.
pub type AuditHash = [u8; 32];

/// The hash that the first record of a tenant is tied to.
pub const CHAIN_BEGIN: AuditHash = [0; 32];
/// The beginning of what is hashed, which keeps it apart from other hashes.
const LABEL: &[u8] = b"muster audit record";

/// What a record says of a caller beside its ids, and of its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditDetail {
    /// The user's sign-in name.
    pub name: Option<Box<str>>,
    /// The name of the application.
    pub application_name: Option<Box<str>>,
    /// The address that the request came from.
    pub address: Option<Box<str>>,
    /// The reason that the caller gave.
    pub reason: Option<Box<str>>,
    /// The ticket that the caller gave.
    pub ticket: Option<Box<str>>,
}

/// A record as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number in the tenant's journal.
    pub sequence: i64,
    /// What it says: a JSON object.
    pub record: Box<str>,
    /// Its link to the record before it: the hash of that one, and its own.
    pub link: Box<[u8]>,
}

impl AuditRecord {
    /// The hash of the record before it, and its own; none of bytes that never were a link.
    pub fn hashes(&self) -> Option<(&[u8], &[u8])> {
        self.link.split_at_checked(CHAIN_BEGIN.len()).filter(|(_, own)| own.len() == CHAIN_BEGIN.len())
    }
}

/// The end of a tenant's chain, as it is kept apart from the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last record.
    pub sequence: i64,
    /// The hash of the last record.
    pub hash: Box<[u8]>,
}

/// The hash of a record that follows another.
pub fn chained(before: &[u8], sequence: i64, record: &str) -> AuditHash {
    let mut context = Context::new(&SHA256);
    for part in [LABEL, before, &sequence.to_be_bytes(), record.as_bytes()] {
        context.update(part);
    }
    let mut hash = CHAIN_BEGIN;
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The record of a note about entities of a set.
pub(crate) fn record(unit: &Unit, kind: ChangeKind, set: &str, keys: &[Key]) -> Box<str> {
    let mut out = b"{".to_vec();
    let mut member = |name: &str, value: Option<&str>| {
        let Some(value) = value else { return };
        if out.len() > 1 {
            out.push(b',');
        }
        write_string(&mut out, name);
        out.push(b':');
        write_string(&mut out, value);
    };
    let Unit { tenant, actor, request_id, at, detail, .. } = unit;
    let id = |id: &Uuid| id.to_string();
    member("activity", Some(kind.name()));
    member("time", Some(&at.to_string()));
    member("tenant", Some(&id(tenant)));
    member("entitySet", Some(set));
    member("actor", Some(&id(&actor.id)));
    member("actorName", detail.name.as_deref());
    member("application", Some(&id(&actor.application)));
    member("applicationName", detail.application_name.as_deref());
    member("address", detail.address.as_deref());
    member("requestId", Some(&id(request_id)));
    member("reason", detail.reason.as_deref());
    member("ticket", detail.ticket.as_deref());
    out.extend_from_slice(b",\"keys\":[");
    for (at, key) in keys.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(&mut out, &key.to_string());
    }
    out.extend_from_slice(b"]}");
    String::from_utf8_lossy(&out).into()
}

impl Store {
    /// A tenant's records after a sequence number, in order, at most `limit`.
    pub async fn audit_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_since(tenant, after, limit),
            Backend::Postgres(postgres) => postgres.audit_since(tenant, after, limit).await,
        }
    }

    /// The end of a tenant's chain; none if it has no record.
    pub async fn audit_head(&self, tenant: Uuid) -> Result<Option<AuditHead>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_head(tenant),
            Backend::Postgres(postgres) => postgres.audit_head(tenant).await,
        }
    }

    /// The tenants that have records, in the order of their ids.
    pub async fn audited_tenants(&self) -> Result<Vec<Uuid>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audited_tenants(),
            Backend::Postgres(postgres) => postgres.audited_tenants().await,
        }
    }
}
