//! Where a secret could come to rest or to light past the answer that shows it. A further place is a line in [`SURFACES`].

#![allow(clippy::unwrap_used, reason = "a look that fails is a test that fails")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD};
use testkit::{TestServer, encoded};
use uuid::Uuid;

use crate::at_rest;
use crate::audit::audit;
use crate::backup::{back_up, place};

/// What was found at places, by their names.
pub type Places = Vec<(String, Vec<u8>)>;

/// A kind of places: its name, and what is found there.
pub type Surface = (&'static str, fn(&TestServer) -> Places);

/// All places at which no secret may be found. What a place needs that is not there, it passes over: a server that does not run
/// has no answers.
pub const SURFACES: &[Surface] = &[
    ("the log", |server| vec![("the log".to_owned(), server.log().into_bytes())]),
    ("the files of the server", |server| files(&server.data())),
    ("files that the process has open", open_files),
    ("rows of the database", at_rest::rows_of_postgres),
    ("files of the database", files_of_postgres),
    ("what the commands of the audit print", audit_exports),
    ("what is said of the service itself", resources),
    ("a backup", backups),
];

/// The most bytes of a file, and of a region of memory, that are looked at.
const BYTES_MAX: u64 = 256 << 20;

/// All that is found at all places.
pub fn everything(server: &TestServer) -> Places {
    SURFACES.iter().flat_map(|(_, look)| look(server)).collect()
}

/// The ways in which a text could have come to rest.
pub fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let json = serde_json::to_string(text).unwrap_or_default();
    let escaped: String = text
        .encode_utf16()
        .map(|unit| match unit {
            0x20..=0x7e => String::from_utf16_lossy(&[unit]),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let html = text.replace('&', "&amp;").replace('"', "&quot;");
    let mut forms = vec![
        ("as it is", text.as_bytes().to_vec()),
        ("backwards", text.bytes().rev().collect()),
        ("backwards by letters", text.chars().rev().collect::<String>().into_bytes()),
        ("as JSON", json.trim_matches('"').as_bytes().to_vec()),
        ("as JSON in ASCII", escaped.replace('"', "\\\"").into_bytes()),
        ("as HTML", html.into_bytes()),
        ("in hex", hex(text.as_bytes()).into_bytes()),
        ("in HEX", hex(text.as_bytes()).to_uppercase().into_bytes()),
        ("as in a URL", encoded(text).into_bytes()),
        ("as in a form", encoded(text).replace("%20", "+").into_bytes()),
        ("in UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("in UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("as numbers", format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).as_bytes().to_vec()),
    ];
    // Where a text starts in what is encoded, base64 and base32 depend on; on its middle they do not.
    for skip in 0..5 {
        let bytes = text.as_bytes().get(skip..).unwrap_or_default();
        let whole = |of: usize| &bytes[..bytes.len() / of * of];
        if skip < 3 {
            forms.push(("in base64", BASE64.encode(whole(3)).into_bytes()));
            forms.push(("in base64url", BASE64URL_NOPAD.encode(whole(3)).into_bytes()));
        }
        forms.push(("in base32", BASE32.encode(whole(5)).into_bytes()));
    }
    forms
}

/// The first place that holds a text in one of its forms, and which; none if none does.
pub fn found(places: &[(String, Vec<u8>)], text: &str) -> Option<String> {
    forms(text).into_iter().find_map(|(form, needle)| {
        let (name, _) = places.iter().find(|(_, bytes)| contains(bytes, &needle))?;
        Some(format!("{form} in {name}"))
    })
}

/// Whether bytes hold others.
pub fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

/// The memory of the running process that it can write, region by region.
pub fn memory(server: &TestServer) -> Places {
    let process = server.process_id();
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    let Ok(memory) = File::open(format!("/proc/{process}/mem")) else { return Vec::new() };
    let regions = maps.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let (begin, end) = fields.next()?.split_once('-')?;
        fields.next().filter(|rights| rights.starts_with("rw"))?;
        let [begin, end] = [begin, end].map(|address| u64::from_str_radix(address, 16).ok());
        let mut bytes = vec![0; (end? - begin?).min(BYTES_MAX).try_into().ok()?];
        let read = memory.read_at(&mut bytes, begin?).ok()?;
        bytes.truncate(read);
        Some((line.to_owned(), bytes))
    });
    regions.collect()
}

fn files(folder: &Path) -> Places {
    let mut places = Vec::new();
    at_rest::files(folder, &mut |path| {
        let bytes = fs::read(path).unwrap_or_default();
        places.push((path.display().to_string(), bytes));
    });
    places
}

/// Deleted ones, too: they are there as long as somebody has them open.
fn open_files(server: &TestServer) -> Places {
    let mut places = Vec::new();
    at_rest::files(Path::new(&format!("/proc/{}/fd", server.process_id())), &mut |path| {
        if fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= BYTES_MAX) {
            places.push((path.display().to_string(), fs::read(path).unwrap_or_default()));
        }
    });
    places
}

/// PostgreSQL's own files: its tables, its log of writes, what it has set aside.
fn files_of_postgres(server: &TestServer) -> Places {
    let Some(url) = server.database_url() else { return Vec::new() };
    let folder = at_rest::setting_of_postgres(url, "data_directory");
    let oid = at_rest::oid_of_database(url);
    // Those of other tests' databases are nobody's concern here.
    [format!("{folder}/base/{oid}"), format!("{folder}/pg_wal"), format!("{folder}/base/pgsql_tmp")]
        .iter()
        .flat_map(|folder| files(Path::new(folder)))
        .collect()
}

fn audit_exports(server: &TestServer) -> Places {
    let commands: [(&str, &[&str]); 4] =
        [("list", &[]), ("export", &[]), ("export", &["--format", "ocsf"]), ("verify", &[])];
    let printed = commands.map(|(command, more)| {
        let (code, text) = audit(server, command, more);
        assert_eq!(code, Some(0), "{command} {more:?}: {text}");
        (format!("audit {command} {more:?}"), text.into_bytes())
    });
    printed.into()
}

fn backups(server: &TestServer) -> Places {
    let to = place(server, &format!("backup-{}", Uuid::now_v7()));
    back_up(server, &to);
    files(&to)
}

/// What a running server says of itself.
fn resources(server: &TestServer) -> Places {
    if server.process_id() == 0 {
        return Vec::new();
    }
    let caller = server.caller();
    let paths = [
        "/healthz",
        "/readyz",
        "/_/backlog",
        "/_/clock",
        "/_/permissions-used",
        "/metrics",
        "/_/openapi.json",
        "/beta/$metadata",
        "/beta/deviceManagement/auditEvents",
    ];
    paths.map(|path| (path.to_owned(), caller.get(path).send().text().into_bytes())).into()
}
