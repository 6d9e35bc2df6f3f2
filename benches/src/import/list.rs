//! A reseller's list: each row has a hash that holds, of a device with a TPM and a board of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::fleet::hardware_hash;

const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User";

/// Writes a list of so many rows; its size in bytes.
pub(super) fn write(path: &Path, rows: u64) -> Result<u64> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut output = BufWriter::new(file);
    writeln!(output, "{HEADER}")?;
    for number in 0..rows {
        let serial_number = format!("SN{number:08}");
        writeln!(output, "{serial_number},,{},Tag-{},", hardware_hash(&serial_number)?, number % 50)?;
    }
    output.flush()?;
    Ok(output.get_ref().metadata()?.len())
}
