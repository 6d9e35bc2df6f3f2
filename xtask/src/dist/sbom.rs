//! The bill of materials: CycloneDX 1.6 in JSON, of what is linked into the binary and of the console in it.

use anyhow::{Context, Result};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use uuid::Uuid;

use super::inventory::{Inventory, Library, Registry};
use super::source::Source;

/// The text of the document. Its serial number and time are the commit's, so that it is the same each time.
pub(super) fn text(source: &Source, inventory: &Inventory) -> Result<String> {
    let serial = Uuid::new_v5(&Uuid::NAMESPACE_URL, source.commit.as_bytes());
    let components = inventory.libraries.iter().map(component).collect::<Result<Vec<_>>>()?;
    let references: Vec<_> = components.iter().map(|component| component["bom-ref"].clone()).collect();
    let own = format!("pkg:github/muster/muster@{}", source.version);
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{serial}"),
        "version": 1,
        "metadata": {
            "timestamp": source.date_time()?,
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "muster",
                "version": source.version,
                "purl": own,
                "licenses": [{"license": {"id": env!("CARGO_PKG_LICENSE")}}],
                "properties": [{"name": "muster:commit", "value": source.commit}],
            },
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": references}],
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(library: &Library) -> Result<Value> {
    let Library { registry, name, version, licence, checksum, .. } = library;
    let kind = match registry {
        Registry::Crates => "cargo",
        Registry::Npm => "npm",
    };
    let url = format!("pkg:{kind}/{}@{version}", name.replace('@', "%40"));
    let (group, short_name) = match name.split_once('/') {
        Some((group, short_name)) => (Some(group), short_name),
        None => (None, name.as_str()),
    };
    let mut component = json!({
        "type": "library",
        "bom-ref": url,
        "name": short_name,
        "version": version,
        "scope": "required",
        "purl": url,
    });
    if let Some(group) = group {
        component["group"] = json!(group);
    }
    if let Some(licence) = licence {
        component["licenses"] = json!([{"expression": licence}]);
    }
    if let Some(checksum) = checksum {
        component["hashes"] = json!([hash(*registry, checksum)?]);
    }
    Ok(component)
}

fn hash(registry: Registry, checksum: &str) -> Result<Value> {
    if registry == Registry::Crates {
        return Ok(json!({"alg": "SHA-256", "content": checksum}));
    }
    let sha512 = checksum.strip_prefix("sha512-").with_context(|| format!("'{checksum}' is no SHA-512"))?;
    Ok(json!({"alg": "SHA-512", "content": HEXLOWER.encode(&BASE64.decode(sha512.as_bytes())?)}))
}
