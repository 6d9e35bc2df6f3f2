//! `muster audit export` and `list`: records as lines, with the checkpoints of the chains.

use std::process::ExitCode;

use odata::date_time::Ticks;
use server::StartupError;
use server::audit_sink::lines::{AuditFormat, ExportedCheckpoint, ExportedEnd, said, text};
use store::audit::AuditRecord;
use uuid::Uuid;

use super::records::{follow, source, tenants};
use crate::command_line::AuditArguments;
use crate::output::print;

/// Writes the records that are meant.
pub async fn run(format: AuditFormat, of: &AuditArguments) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    for tenant in tenants(&source, of).await? {
        // The end as of now: what is written meanwhile comes with the next export.
        let head = source.head(tenant).await.map_err(StartupError::Failed)?;
        let Some(head) = head else { continue };
        let mut checkpoints =
            source.checkpoints(tenant).await.map_err(StartupError::Failed)?.into_iter().peekable();
        follow(&source, tenant, |record| {
            if record.sequence > head.sequence {
                return Ok(());
            }
            let is_meant = is_since(record, of.since)?;
            if is_meant {
                print(&format.line(tenant, record).map_err(StartupError::Failed)?)?;
            }
            // Each stands behind its record, so that a file is verified as it is read.
            while let Some(signed) = checkpoints.next_if(|signed| signed.head.sequence <= record.sequence) {
                if is_meant && format == AuditFormat::Jsonl {
                    print(&line_of(&ExportedCheckpoint::of(&signed))?)?;
                }
            }
            Ok(())
        })
        .await?;
        if format == AuditFormat::Jsonl {
            print(&line_of(&ExportedEnd::of(tenant, &head))?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A value as a line.
pub fn line_of(value: &impl serde::Serialize) -> Result<String, StartupError> {
    text(value).map_err(StartupError::Failed)
}

/// Whether a record is from a time or later.
pub fn is_since(record: &AuditRecord, since: Option<Ticks>) -> Result<bool, StartupError> {
    let Some(since) = since else { return Ok(true) };
    let at = said(record).map_err(StartupError::Failed)?["time"].as_str().and_then(Ticks::parse);
    Ok(at.is_none_or(|at| at >= since))
}

/// The line of a list.
pub fn line(tenant: Uuid, record: &AuditRecord) -> Result<String, StartupError> {
    let said = said(record).map_err(StartupError::Failed)?;
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
