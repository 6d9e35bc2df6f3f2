//! The container image: an OCI layout in an archive, which `skopeo`, `podman load` and `docker load` take. No daemon makes it.

use anyhow::Result;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::checksums::sha256;
use super::contents::Contents;
use super::file_tree::{FileTree, gzip};

/// The user and the group of the process; nobody's on a usual host.
pub(super) const USER: u64 = 65_532;
/// The folder of the data in the image.
const DATA: &str = "var/lib/muster";
/// Where libraries for TLS look for the authorities of the system.
const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";
/// Nanoseconds in a second, as times of health checks are counted.
const SECOND: u64 = 1_000_000_000;
const PORT: u16 = 8443;

/// The bytes of the archive.
pub(super) fn write(contents: &Contents) -> Result<Vec<u8>> {
    let seconds = contents.source.seconds;
    let layer = files(contents).tar("", seconds)?;
    let compressed = gzip(&layer)?;
    let config = serde_json::to_vec(&config(contents, &sha256(&layer))?)?;
    let manifest = serde_json::to_vec(&manifest(contents, &config, &compressed)?)?;
    let index = index(contents, &manifest)?;
    let mut layout = FileTree::new();
    layout.file("oci-layout", 0o644, &br#"{"imageLayoutVersion":"1.0.0"}"#[..]);
    layout.file("index.json", 0o644, serde_json::to_vec(&index)?);
    for blob in [config, manifest, compressed] {
        layout.file(&format!("blobs/sha256/{}", sha256(&blob)), 0o644, blob);
    }
    layout.tar("", seconds)
}

/// The one layer: a program that needs no others.
fn files(contents: &Contents) -> FileTree<'_> {
    let mut tree = FileTree::new();
    tree.file("usr/bin/muster", 0o755, contents.binary.as_slice());
    tree.file(AUTHORITIES, 0o644, authorities().into_bytes());
    tree.file(
        "etc/passwd",
        0o644,
        format!("root:x:0:0:root:/:/\nmuster:x:{USER}:{USER}:Muster:/{DATA}:/\n").into_bytes(),
    );
    tree.file("etc/group", 0o644, format!("root:x:0:\nmuster:x:{USER}:\n").into_bytes());
    tree.file("usr/share/doc/muster/licences.txt", 0o644, contents.licences.as_bytes());
    tree.file("usr/share/doc/muster/muster.cdx.json", 0o644, contents.sbom.as_bytes());
    tree.folder("etc/muster", 0o755, 0);
    tree.folder("var/lib", 0o755, 0);
    tree.folder(DATA, 0o700, USER);
    // SQLite sorts there what does not fit into memory.
    tree.folder("tmp", 0o1777, 0);
    tree
}

/// The authorities that browsers trust, in PEM: they come with a library, so that they are the same wherever this runs.
fn authorities() -> String {
    let pem = |der: &[u8]| {
        let base64 = BASE64.encode(der);
        let lines = base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n");
        format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
    };
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|certificate| pem(certificate)).collect()
}

/// How a container of the image is run.
fn config(contents: &Contents, layer: &str) -> Result<Value> {
    let created = contents.source.date_time()?;
    Ok(json!({
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "ExposedPorts": {format!("{PORT}/tcp"): {}},
            // A container's own loopback address is of no use, and variables override the file.
            "Env": [
                "PATH=/usr/bin",
                format!("MUSTER_LISTEN=0.0.0.0:{PORT}"),
                format!("MUSTER_DATA=/{DATA}"),
            ],
            "Entrypoint": ["/usr/bin/muster"],
            "Cmd": ["serve", "--config", "/etc/muster/muster.toml"],
            "Volumes": {format!("/{DATA}"): {}},
            "WorkingDir": format!("/{DATA}"),
            "StopSignal": "SIGTERM",
            "Labels": labels(contents)?,
            // Of Docker, which passes it on; a registry keeps it.
            "Healthcheck": {
                "Test": ["CMD", "/usr/bin/muster", "healthcheck", "--config", "/etc/muster/muster.toml"],
                "Interval": 30 * SECOND,
                "Timeout": 5 * SECOND,
                "StartPeriod": 60 * SECOND,
                "Retries": 3,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer}")]},
        "history": [{"created": created, "created_by": "cargo xtask dist"}],
    }))
}

/// What registries show.
fn labels(contents: &Contents) -> Result<Value> {
    let source = &contents.source;
    Ok(json!({
        "org.opencontainers.image.title": "Muster",
        "org.opencontainers.image.description": "A server for the device-management part of Microsoft Graph",
        "org.opencontainers.image.version": source.version,
        "org.opencontainers.image.revision": source.commit,
        "org.opencontainers.image.created": source.date_time()?,
        "org.opencontainers.image.source": env!("CARGO_PKG_REPOSITORY"),
        "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
    }))
}

fn manifest(contents: &Contents, config: &[u8], layer: &[u8]) -> Result<Value> {
    Ok(json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        "annotations": labels(contents)?,
    }))
}

fn index(contents: &Contents, manifest: &[u8]) -> Result<Value> {
    let mut of_manifest = descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
    let version = &contents.source.version;
    of_manifest["platform"] = json!({"architecture": "amd64", "os": "linux"});
    of_manifest["annotations"] = json!({
        "org.opencontainers.image.ref.name": version,
        // By this name `docker load` tags it.
        "io.containerd.image.name": format!("docker.io/library/muster:{version}"),
    });
    Ok(json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [of_manifest],
    }))
}

fn descriptor(media_type: &str, blob: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": format!("sha256:{}", sha256(blob)), "size": blob.len()})
}
