//! `muster hash`: shows what a hardware hash holds, and builds one for a test.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use domain::hardware_hash::{
    Base64Fault, CollectionTime, Facts, HardwareHash, HashRecord, Hexadecimal, Network, SIZE_MAX, Text,
    TextKind, ToolAndOs, WindowsVersion, from_base64, synthetic_tpm, to_base64,
};
use encoding_rs::UTF_8;
use serde_json::{Value, json};
use server::StartupError;

use crate::command_line::{HashBuildArguments, HashDecodeArguments};
use crate::mac_address::MacAddress;

/// The most bytes of a file that is read: a description has a few letters for each byte of a hash.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// The most characters of a value that a table shows.
const VALUE_CHARACTERS_MAX: usize = 80;

/// Runs `muster hash decode`: the text to print.
pub fn decode(arguments: &HashDecodeArguments) -> Result<String, StartupError> {
    let content = given(&arguments.hash)?;
    let (blob, unpadded) = blob(&content, &arguments.hash)?;
    let hash = HardwareHash::decode(&blob).map_err(|fault| StartupError::Failed(fault.to_string()))?;
    let mut warnings: Vec<String> = hash.warnings().iter().map(ToString::to_string).collect();
    warnings.extend(unpadded.map(|fault| format!("{fault}; the service refuses it so")));
    match arguments.json {
        true => as_json(&hash, &blob, &warnings),
        false => Ok(as_table(&hash, &warnings)),
    }
}

/// The content of a file or of standard input; any other argument stands for itself.
fn given(argument: &str) -> Result<Vec<u8>, StartupError> {
    let path = Path::new(argument);
    if argument != "-" && !path.is_file() {
        return Ok(argument.as_bytes().to_vec());
    }
    let mut content = Vec::new();
    let read = match argument {
        "-" => std::io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut content),
        _ => std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut content)),
    };
    read.map_err(|error| StartupError::Misused(format!("cannot read '{argument}': {error}")))?;
    Ok(content)
}

/// The hash from its bytes or its Base64, with a fault of the Base64 that can be overlooked here.
fn blob(content: &[u8], argument: &str) -> Result<(Vec<u8>, Option<Base64Fault>), StartupError> {
    if content.starts_with(b"OA") && content.len() <= SIZE_MAX {
        return Ok((content.to_vec(), None));
    }
    let text: String = text(content).split_whitespace().collect();
    let (decoded, unpadded) = match from_base64(&text) {
        Err(fault @ Base64Fault::Unpadded { padding, .. }) => (from_base64(&(text + padding)), Some(fault)),
        decoded => (decoded, None),
    };
    let what = if argument == "-" { "standard input" } else { argument };
    let what: String = what.chars().take(VALUE_CHARACTERS_MAX).collect();
    let is_file = argument == "-" || Path::new(argument).is_file();
    let is = if is_file { "has no hash" } else { "is neither a file nor a hash" };
    let misused = |fault| StartupError::Misused(format!("'{what}' {is} in Base64: {fault}"));
    decoded.map(|blob| (blob, unpadded)).map_err(misused)
}

/// Decodes a text as editors and shells write it: UTF-8, or UTF-16 with its byte order mark.
fn text(content: &[u8]) -> Cow<'_, str> {
    UTF_8.decode(content).0
}

fn as_json(hash: &HardwareHash, blob: &[u8], warnings: &[String]) -> Result<String, StartupError> {
    let facts = Facts::of(hash, blob);
    let identity = json!({
        "manufacturer": hash.text(TextKind::Manufacturer),
        "model": hash.text(TextKind::Model),
        "serialNumber": hash.text(TextKind::SerialNumber),
        "skuNumber": hash.text(TextKind::SkuNumber),
        "systemFamily": hash.text(TextKind::SystemFamily),
        "productKeyId": hash.text(TextKind::ProductKeyId),
        "smbiosUuid": facts.smbios_uuid,
        "endorsementKeyDigest": facts.endorsement_key_digest.map(|digest| Hexadecimal(digest.to_vec())),
    });
    let mut description = json!({"identity": identity, "warnings": warnings});
    let hash = serde_json::to_value(hash).map_err(failed)?;
    if let (Value::Object(description), Value::Object(hash)) = (&mut description, hash) {
        description.extend(hash);
    }
    serde_json::to_string_pretty(&description).map_err(failed)
}

fn failed(error: serde_json::Error) -> StartupError {
    StartupError::Failed(format!("cannot write JSON: {error}"))
}

fn as_table(hash: &HardwareHash, warnings: &[String]) -> String {
    let mut table = format!("{:>6}  {:>4}  {:<24}  {}", "offset", "type", "record", "value");
    for (offset, record) in hash.at_offsets() {
        let value = record.to_string();
        let shown: String = value.chars().take(VALUE_CHARACTERS_MAX).collect();
        let more = if shown.len() < value.len() { "…" } else { "" };
        // A String takes whatever is written to it.
        let _ = write!(table, "\n{offset:>6}  {:>4}  {:<24}  {shown}{more}", record.number(), record.name());
    }
    for warning in warnings {
        let _ = write!(table, "\nwarning: {warning}");
    }
    table
}

/// Runs `muster hash build`: the Base64 to print.
pub fn build(arguments: &HashBuildArguments) -> Result<String, StartupError> {
    let mut hash = match &arguments.from {
        Some(from) => described(from)?,
        None => HardwareHash::new(Vec::new()),
    };
    let texts = [
        (TextKind::SerialNumber, &arguments.serial),
        (TextKind::Manufacturer, &arguments.manufacturer),
        (TextKind::Model, &arguments.model),
        (TextKind::SkuNumber, &arguments.sku),
        (TextKind::SystemFamily, &arguments.family),
        (TextKind::ProductKeyId, &arguments.product_key_id),
        (TextKind::DiskId, &arguments.disk),
    ];
    if let Some(collected) = arguments.collected {
        hash.put(HashRecord::ToolAndOs(tool(collected)));
    }
    if let Some(uuid) = arguments.uuid {
        hash.put(HashRecord::SmbiosUuid { uuid });
    }
    for (kind, text) in texts {
        if let Some(text) = text {
            hash.put(HashRecord::Text(Text::new(kind, text)));
        }
    }
    if let Some(seed) = &arguments.tpm {
        synthetic_tpm(seed).into_iter().for_each(|record| hash.put(record));
    }
    if let Some(MacAddress(mac)) = arguments.mac {
        hash.put(HashRecord::Network(Network { medium: 14, spare: 0, mac, bus: "PCI".to_owned() }));
    }
    let blob = hash.build().map_err(|fault| StartupError::Misused(format!("no hash can be so: {fault}")))?;
    Ok(to_base64(&blob))
}

/// The record of a tool and a Windows that collected the hash.
fn tool(collected: CollectionTime) -> ToolAndOs {
    let version = WindowsVersion([10, 0, 26_100, 1]);
    ToolAndOs {
        tool_version: version,
        os_version: version,
        collected,
        time_zone_quarter_hours: 0,
        os_type: 2,
        architecture: 9,
        tool_schema: 8,
    }
}

/// Reads a description as `muster hash decode --json` prints it. The members beside the records follow from them.
fn described(from: &str) -> Result<HardwareHash, StartupError> {
    if from != "-" && !Path::new(from).is_file() {
        return Err(StartupError::Misused(format!("there is no file '{from}'")));
    }
    let content = given(from)?;
    let description = serde_json::from_str(&text(&content)).and_then(|mut description: Value| {
        if let Value::Object(object) = &mut description {
            object.remove("identity");
            object.remove("warnings");
        }
        serde_json::from_value(description)
    });
    description.map_err(|error| {
        StartupError::Misused(format!("'{from}' is not what muster hash decode --json prints: {error}"))
    })
}
