//! A reseller's list: each row has a hash that holds, of a device with a TPM and a board of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use domain::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, synthetic_tpm, to_base64};
use uuid::Uuid;

const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User";

/// Writes a list of so many rows; its size in bytes.
pub(super) fn write(path: &Path, rows: u64) -> Result<u64> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut output = BufWriter::new(file);
    writeln!(output, "{HEADER}")?;
    for number in 0..rows {
        let serial_number = format!("SN{number:08}");
        writeln!(output, "{serial_number},,{},Tag-{},", hash(&serial_number)?, number % 50)?;
    }
    output.flush()?;
    Ok(output.get_ref().metadata()?.len())
}

fn hash(serial_number: &str) -> Result<String> {
    let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
    let mut hash = HardwareHash::new(vec![
        text(TextKind::SerialNumber, serial_number),
        text(TextKind::Manufacturer, "Example Corp"),
        text(TextKind::Model, "Example Model 1"),
        text(TextKind::SkuNumber, "SKU-1"),
        text(TextKind::SystemFamily, "Example Family"),
        HashRecord::SmbiosUuid { uuid: Uuid::new_v4() },
    ]);
    synthetic_tpm(serial_number).into_iter().for_each(|record| hash.put(record));
    let blob = hash.build().map_err(|fault| anyhow::anyhow!("no hash can be so: {fault}"))?;
    Ok(to_base64(&blob))
}
