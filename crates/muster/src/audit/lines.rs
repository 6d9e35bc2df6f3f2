//! The lines of a file that was exported: each a record, a checkpoint or an end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use server::StartupError;
use server::audit_sink::lines::{ExportedCheckpoint, ExportedEnd, ExportedRecord};
use store::audit::{AuditHead, AuditRecord, Checkpoint};
use uuid::Uuid;

/// The bytes of a line at most: a record names a page of keys.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// What a line says.
pub enum AuditLine {
    /// A record of a tenant.
    Record(Uuid, AuditRecord),
    /// A signed end of a tenant's records.
    Checkpoint(Checkpoint),
    /// The end of a tenant's records.
    End(Uuid, AuditHead),
}

/// Does something with each line of a file, or of standard input.
pub fn each(path: &Path, mut with: impl FnMut(AuditLine)) -> Result<(), StartupError> {
    let failed =
        |error: std::io::Error| StartupError::Failed(format!("cannot read {}: {error}", path.display()));
    let input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(path).map_err(failed)?),
    };
    let mut input = BufReader::new(input);
    for number in 1.. {
        let mut line = Vec::new();
        if input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        with(read(&line).ok_or_else(|| {
            let name = path.display();
            StartupError::Failed(format!(
                "line {number} of {name} is no record, no checkpoint and no end of records"
            ))
        })?);
    }
    Ok(())
}

fn read(line: &[u8]) -> Option<AuditLine> {
    if let Ok(exported) = serde_json::from_slice::<ExportedRecord<'_>>(line) {
        return Some(AuditLine::Record(exported.tenant, exported.record()?));
    }
    if let Ok(exported) = serde_json::from_slice::<ExportedCheckpoint>(line) {
        return Some(AuditLine::Checkpoint(exported.checkpoint()?));
    }
    let exported: ExportedEnd = serde_json::from_slice(line).ok()?;
    Some(AuditLine::End(exported.tenant, exported.head()?))
}
