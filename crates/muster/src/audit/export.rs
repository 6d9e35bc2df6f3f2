//! `muster audit export`: the records as lines, each a JSON object.

use std::process::ExitCode;

use data_encoding::HEXLOWER;
use odata::date_time::Ticks;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use server::StartupError;
use store::audit::{AuditHead, AuditRecord};
use uuid::Uuid;

use super::records::{follow, source, tenants};
use crate::command_line::{AuditArguments, AuditFormat};
use crate::output::print;

/// A record as a line.
#[derive(Serialize, Deserialize)]
pub struct ExportedRecord<'l> {
    /// The tenant that it is of.
    pub tenant: Uuid,
    /// Its number in the tenant.
    pub sequence: i64,
    /// The hash of the record before it, in hex.
    pub previous: String,
    /// Its own hash, in hex.
    pub hash: String,
    /// What it says, byte for byte.
    #[serde(borrow)]
    pub record: &'l RawValue,
}

/// The end of a tenant's records, as a line: without it, nobody would know that some were cut off.
#[derive(Serialize, Deserialize)]
pub struct ExportedEnd {
    /// The tenant that it is of.
    pub tenant: Uuid,
    /// The number of the last record.
    pub end: i64,
    /// The hash of the last record, in hex.
    pub hash: String,
}

impl<'l> ExportedRecord<'l> {
    /// The line of a record.
    pub fn of(tenant: Uuid, record: &'l AuditRecord) -> Result<ExportedRecord<'l>, StartupError> {
        let damaged = || StartupError::Failed(format!("record {} of {tenant} is damaged", record.sequence));
        let (previous, hash) = record.hashes().ok_or_else(damaged)?;
        let said = serde_json::from_str(&record.record).map_err(|_| damaged())?;
        let (previous, hash) = (HEXLOWER.encode(previous), HEXLOWER.encode(hash));
        Ok(ExportedRecord { tenant, sequence: record.sequence, previous, hash, record: said })
    }
}

impl ExportedEnd {
    fn of(tenant: Uuid, head: &AuditHead) -> ExportedEnd {
        ExportedEnd { tenant, end: head.sequence, hash: HEXLOWER.encode(&head.hash) }
    }
}

/// Writes the records that are meant.
pub async fn run(format: AuditFormat, of: &AuditArguments) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    for tenant in tenants(&source, of).await? {
        // The end as of now: what is written meanwhile comes with the next export.
        let head = source.head(tenant).await.map_err(StartupError::Failed)?;
        let Some(head) = head else { continue };
        follow(&source, tenant, |record| {
            match record.sequence <= head.sequence && is_since(record, of.since)? {
                false => Ok(()),
                true => print(&match format {
                    AuditFormat::Jsonl => text(&ExportedRecord::of(tenant, record)?)?,
                    AuditFormat::Ocsf => text(&event(tenant, record)?)?,
                }),
            }
        })
        .await?;
        if format == AuditFormat::Jsonl {
            print(&text(&ExportedEnd::of(tenant, &head))?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a record is from a time or later.
pub fn is_since(record: &AuditRecord, since: Option<Ticks>) -> Result<bool, StartupError> {
    let Some(since) = since else { return Ok(true) };
    let at = said(record)?["time"].as_str().and_then(Ticks::parse);
    Ok(at.is_none_or(|at| at >= since))
}

/// The line of a list.
pub fn line(tenant: Uuid, record: &AuditRecord) -> Result<String, StartupError> {
    let said = said(record)?;
    let text = |name: &str| said[name].as_str().unwrap_or("-").to_owned();
    let who = if said["actorName"].is_string() { text("actorName") } else { text("actor") };
    let keys = said["keys"].as_array().map_or(0, Vec::len);
    let what = match said["keys"][0].as_str() {
        Some(key) if keys == 1 => key.to_owned(),
        _ => format!("{keys} entities"),
    };
    let (time, activity, reason) = (text("time"), text("activity"), text("reason"));
    Ok(format!("{tenant} {} {time} {activity} {who} {what} {reason}", record.sequence))
}

fn said(record: &AuditRecord) -> Result<Value, StartupError> {
    serde_json::from_str(&record.record)
        .map_err(|_| StartupError::Failed(format!("record {} is damaged", record.sequence)))
}

fn text(value: &impl Serialize) -> Result<String, StartupError> {
    serde_json::to_string(value).map_err(|error| StartupError::Failed(error.to_string()))
}

/// The event of a record: class API Activity (6003) of the Open Cybersecurity Schema Framework.
fn event(tenant: Uuid, record: &AuditRecord) -> Result<Value, StartupError> {
    const CLASS: u64 = 6_003;
    let said = said(record)?;
    let activity = said["activity"].as_str().unwrap_or_default();
    let (activity_id, severity_id) = match activity {
        "revealed" => (2, 1),
        "alarmed" | "refused" => (2, 5),
        "purged" | "discarded" => (4, 1),
        _ => (3, 1),
    };
    let keys = said["keys"].as_array().cloned().unwrap_or_default();
    let resources: Vec<Value> =
        keys.iter().map(|key| json!({"uid": key, "type": said["entitySet"]})).collect();
    Ok(json!({
        "class_uid": CLASS,
        "category_uid": CLASS / 1_000,
        "activity_id": activity_id,
        "type_uid": CLASS * 100 + activity_id,
        "severity_id": severity_id,
        "time_dt": said["time"],
        "actor": {
            "user": {"uid": said["actor"], "name": said["actorName"]},
            "app_uid": said["application"],
            "app_name": said["applicationName"],
        },
        "src_endpoint": {"ip": said["address"]},
        "api": {"operation": activity, "request": {"uid": said["requestId"]}},
        "resources": resources,
        "metadata": {
            "version": "1.3.0",
            "product": {"name": "Muster"},
            "tenant_uid": tenant,
            "sequence": record.sequence,
        },
        "unmapped": {"reason": said["reason"], "ticket": said["ticket"]},
    }))
}
