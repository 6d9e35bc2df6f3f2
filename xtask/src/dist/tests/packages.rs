//! The packages, read by what reads such archives.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::{PROGRAM, contents};
use crate::dist::checksums::{self, sha256};
use crate::dist::{deb, image, tarball};

/// A file of an archive: mode, user, seconds, bytes.
type Member = (u32, u64, u64, Vec<u8>);

fn members(tar: &[u8]) -> BTreeMap<String, Member> {
    let mut archive = tar::Archive::new(tar);
    let mut members = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        let (mode, owner, seconds) = (header.mode().unwrap(), header.uid().unwrap(), header.mtime().unwrap());
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        members.insert(path, (mode, owner, seconds, bytes));
    }
    members
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

fn deb_parts(deb: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ar::Archive::new(deb);
    let mut parts = BTreeMap::new();
    while let Some(entry) = archive.next_entry() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.mtime(), header.uid(), header.gid()), (1_800_000_000, 0, 0));
        let name = String::from_utf8(header.identifier().to_vec()).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        parts.insert(name, bytes);
    }
    parts
}

#[test]
fn packages_of_the_same_contents_are_the_same_bytes() {
    for (name, write) in
        [("tarball", tarball::write as fn(&_) -> _), ("deb", deb::write), ("image", image::write)]
    {
        assert!(write(&contents()).unwrap() == write(&contents()).unwrap(), "{name}");
    }
}

#[test]
fn the_time_of_all_files_is_that_of_the_commit_and_nothing_is_written_by_others() {
    let contents = contents();
    let deb = deb_parts(&deb::write(&contents).unwrap());
    let archives = [
        gunzip(&tarball::write(&contents).unwrap()),
        gunzip(&deb["control.tar.gz"]),
        gunzip(&deb["data.tar.gz"]),
        image::write(&contents).unwrap(),
    ];
    for (path, (mode, owner, seconds, _)) in archives.iter().flat_map(|tar| members(tar)) {
        assert_eq!((seconds, owner, mode & 0o022), (1_800_000_000, 0, 0), "{path}");
    }
}

#[test]
fn the_tarball_has_one_folder_with_the_program_and_what_goes_with_it() {
    let members = members(&gunzip(&tarball::write(&contents()).unwrap()));
    assert!(members.keys().all(|path| path.starts_with("muster-1.2.3/")), "{:?}", members.keys());
    let (mode, _, _, bytes) = &members["muster-1.2.3/muster"];
    assert_eq!((*mode, bytes.as_slice()), (0o755, PROGRAM));
    for path in ["LICENSE", "licences.txt", "muster.cdx.json", "man/man1/muster.1", "completions/_muster"] {
        assert_eq!(members[&format!("muster-1.2.3/{path}")].0, 0o644, "{path}");
    }
}

#[test]
fn the_deb_tells_its_version_its_configuration_and_sums_of_the_rest() {
    let parts = deb_parts(&deb::write(&contents()).unwrap());
    assert_eq!(parts["debian-binary"], b"2.0\n");
    let (control, data) =
        (members(&gunzip(&parts["control.tar.gz"])), members(&gunzip(&parts["data.tar.gz"])));
    let text = |path: &str| String::from_utf8(control[path].3.clone()).unwrap();
    assert!(text("./control").contains("\nVersion: 1.2.3-1\n"), "{}", text("./control"));
    assert_eq!(text("./conffiles"), "/etc/muster/muster.toml\n");
    for script in ["./postinst", "./prerm", "./postrm"] {
        assert_eq!(control[script].0, 0o755, "{script}");
    }
    let sums = text("./md5sums");
    for (path, (.., bytes)) in data.iter().filter(|(path, _)| !path.ends_with('/')) {
        let path = path.strip_prefix("./").unwrap();
        let line = format!("{}  {path}\n", checksums::md5(bytes));
        assert_eq!(sums.contains(&line), path != "etc/muster/muster.toml", "{path}");
    }
    assert_eq!(data["./usr/bin/muster"].0, 0o755);
    let configuration = String::from_utf8(data["./etc/muster/muster.toml"].3.clone()).unwrap();
    for line in ["data = '/var/lib/muster'\n", "\ncredential = \"muster-key\"\n"] {
        assert_eq!(configuration.matches(line).count(), 1, "{line}: {configuration}");
    }
    let agent = String::from_utf8(data["./lib/systemd/system/muster-agent.service"].3.clone()).unwrap();
    assert!(agent.contains("\nExecStart=/usr/bin/muster agent "), "{agent}");
}

#[test]
fn the_image_is_a_layout_whose_digests_and_sizes_hold() {
    let blobs = members(&image::write(&contents()).unwrap());
    assert_eq!(blobs["oci-layout"].3, br#"{"imageLayoutVersion":"1.0.0"}"#);
    let follow = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let blob = blobs[&format!("blobs/sha256/{digest}")].3.clone();
        assert_eq!(
            (sha256(&blob).as_str(), blob.len() as u64),
            (digest, descriptor["size"].as_u64().unwrap())
        );
        blob
    };
    let index: Value = serde_json::from_slice(&blobs["index.json"].3).unwrap();
    let manifest: Value = serde_json::from_slice(&follow(&index["manifests"][0])).unwrap();
    let config: Value = serde_json::from_slice(&follow(&manifest["config"])).unwrap();
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.revision"], "c0ffee");
    assert!(config["config"]["ExposedPorts"]["8443/tcp"].is_object(), "{config}");
    assert_eq!(config["config"]["Healthcheck"]["Test"][2], "healthcheck");
    let layer = gunzip(&follow(&manifest["layers"][0]));
    assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", sha256(&layer)));

    let files = members(&layer);
    let mode_and_owner = |path: &str| (files[path].0, files[path].1);
    assert_eq!(mode_and_owner("usr/bin/muster"), (0o755, 0));
    assert_eq!(mode_and_owner("var/lib/muster/"), (0o700, 65_532));
    assert_eq!(mode_and_owner("tmp/"), (0o1777, 0));
    let authorities = String::from_utf8(files["etc/ssl/certs/ca-certificates.crt"].3.clone()).unwrap();
    assert!(authorities.matches("-----BEGIN CERTIFICATE-----\n").count() > 100);
}

#[test]
fn checksums_are_lines_that_sha256sum_takes() {
    let files = [("a".to_owned(), b"abc".to_vec())];
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n";
    assert_eq!(checksums::of(&files), expected);
}
