//! Records of the audit as lines: as they are, so that they can be verified, or as events of the Open Cybersecurity Schema
//! Framework.

use data_encoding::HEXLOWER;
use odata::date_time::Ticks;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use store::audit::{AuditHead, AuditRecord, Checkpoint};
use uuid::Uuid;

/// How records are written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditFormat {
    /// As they are.
    #[default]
    Jsonl,
    /// As events of the Open Cybersecurity Schema Framework.
    Ocsf,
}

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

/// A checkpoint as a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedCheckpoint {
    /// The tenant that it is of.
    pub tenant: Uuid,
    /// The number of the record that was the last.
    pub checkpoint: i64,
    /// The hash of that record, in hex.
    pub hash: String,
    /// When it was signed.
    pub time: String,
    /// The public key of the signature, in hex.
    pub public_key: String,
    /// The signature, in hex.
    pub signature: String,
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

impl AuditFormat {
    /// The line of a record.
    pub fn line(self, tenant: Uuid, record: &AuditRecord) -> Result<String, String> {
        match self {
            AuditFormat::Jsonl => text(&ExportedRecord::of(tenant, record)?),
            AuditFormat::Ocsf => text(&event(tenant, record)?),
        }
    }

    /// The line of a record for a sink. One that was damaged is told as such: it must not keep back those behind it.
    pub fn sink_line(self, tenant: Uuid, record: &AuditRecord) -> String {
        let line = self.line(tenant, record);
        line.unwrap_or_else(|fault| {
            json!({"tenant": tenant, "sequence": record.sequence, "fault": fault}).to_string()
        })
    }
}

impl<'l> ExportedRecord<'l> {
    /// The line of a record.
    pub fn of(tenant: Uuid, record: &'l AuditRecord) -> Result<ExportedRecord<'l>, String> {
        let damaged = || format!("record {} of {tenant} is damaged", record.sequence);
        let (previous, hash) = record.hashes().ok_or_else(damaged)?;
        let said = serde_json::from_str(&record.record).map_err(|_| damaged())?;
        let (previous, hash) = (HEXLOWER.encode(previous), HEXLOWER.encode(hash));
        Ok(ExportedRecord { tenant, sequence: record.sequence, previous, hash, record: said })
    }

    /// The record of the line; none if its hashes are none.
    pub fn record(&self) -> Option<AuditRecord> {
        let link = [bytes(&self.previous)?, bytes(&self.hash)?].concat().into();
        Some(AuditRecord { sequence: self.sequence, record: self.record.get().into(), link })
    }
}

impl ExportedCheckpoint {
    /// The line of a checkpoint.
    pub fn of(signed: &Checkpoint) -> ExportedCheckpoint {
        ExportedCheckpoint {
            tenant: signed.tenant,
            checkpoint: signed.head.sequence,
            hash: HEXLOWER.encode(&signed.head.hash),
            time: signed.at.to_string(),
            public_key: HEXLOWER.encode(&signed.public_key),
            signature: HEXLOWER.encode(&signed.signature),
        }
    }

    /// The checkpoint of the line; none if it is none.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        Some(Checkpoint {
            tenant: self.tenant,
            head: AuditHead { sequence: self.checkpoint, hash: bytes(&self.hash)?.into() },
            at: Ticks::parse(&self.time)?,
            public_key: bytes(&self.public_key)?.into(),
            signature: bytes(&self.signature)?.into(),
        })
    }
}

impl ExportedEnd {
    /// The line of an end.
    pub fn of(tenant: Uuid, head: &AuditHead) -> ExportedEnd {
        ExportedEnd { tenant, end: head.sequence, hash: HEXLOWER.encode(&head.hash) }
    }

    /// The end of the line; none if it is none.
    pub fn head(&self) -> Option<AuditHead> {
        Some(AuditHead { sequence: self.end, hash: bytes(&self.hash)?.into() })
    }
}

/// What a record says.
pub fn said(record: &AuditRecord) -> Result<Value, String> {
    serde_json::from_str(&record.record).map_err(|_| format!("record {} is damaged", record.sequence))
}

/// A line as it is written.
pub fn text(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(hex.as_bytes()).ok()
}

/// The event of a record: class API Activity (6003) of the Open Cybersecurity Schema Framework.
fn event(tenant: Uuid, record: &AuditRecord) -> Result<Value, String> {
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

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use store::audit::AuditRecord;
    use uuid::Uuid;

    use super::AuditFormat;

    #[test]
    fn a_damaged_record_keeps_nothing_back() {
        let whole = AuditRecord { sequence: 4, record: "{}".into(), link: [0; 64].into() };
        let cases = [
            ("whole", whole.clone()),
            ("no object", AuditRecord { record: "{".into(), ..whole.clone() }),
            ("no link", AuditRecord { link: Box::default(), ..whole }),
        ];
        for (case, record) in cases {
            for format in [AuditFormat::Jsonl, AuditFormat::Ocsf] {
                let line: Value = serde_json::from_str(&format.sink_line(Uuid::nil(), &record)).unwrap();
                let is_told = format.line(Uuid::nil(), &record).is_err();
                assert_eq!(line["fault"].is_string(), is_told, "{case} {format:?}: {line}");
                assert_eq!(is_told, case == "no object" || case == "no link" && format == AuditFormat::Jsonl);
            }
        }
    }
}
