//! The commands of whoever runs a server: init, config, doctor, version.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use server::dev::DevFolder;

use crate::{DevServer, muster, run};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// Makes a folder by `muster init`, with a certificate and an issuer; the path of its configuration.
fn initialized(here: &Path) -> String {
    let output = run(here, &["init", "--data", "data"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let dev = DevFolder::at(&here.join("dev"));
    let (chain, key) = dev.server_certificate().unwrap();
    std::fs::write(here.join("chain.pem"), chain).unwrap();
    std::fs::write(here.join("key.pem"), key).unwrap();
    let keys = json!({"keys": [dev.signing_key().unwrap().jwk]});
    std::fs::write(here.join("keys.json"), keys.to_string()).unwrap();
    let file = here.join("data/muster.toml");
    let shown = here.display();
    let added = format!(
        "\n[tls]\ncertificate = '{shown}/chain.pem'\nkey = '{shown}/key.pem'\n[[issuers]]\n\
         issuer = 'https://issuer.test/{{tenantid}}'\ntenants = ['*']\njwks_file = '{shown}/keys.json'\n"
    );
    let configuration = std::fs::read_to_string(&file).unwrap() + &added;
    std::fs::write(&file, configuration).unwrap();
    file.display().to_string()
}

#[test]
fn init_writes_what_a_start_needs_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let output = run(here, &["init", "--data", "data"]);
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    for named in ["muster.toml", "secrets.key", "[tls]", "[[issuers]]", "muster doctor --config"] {
        assert!(printed.contains(named), "{named}: {printed}");
    }
    let read = |name: &str| std::fs::read_to_string(here.join("data").join(name)).unwrap();
    let mode = |name: &str| here.join("data").join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("secrets.key"), mode(".")), (0o600, 0o700));
    let (configuration, key) = (read("muster.toml"), read("secrets.key"));
    let again = text(&run(here, &["init", "--data", "data"]));
    assert_eq!(again.matches("is there already and stays as it is").count(), 2, "{again}");
    assert_eq!((read("muster.toml"), read("secrets.key")), (configuration, key));
    let other = run(here, &["init", "--data", "other"]);
    assert_eq!(other.status.code(), Some(0));
    assert_ne!(std::fs::read_to_string(here.join("other/secrets.key")).unwrap(), read("secrets.key"));

    let output = run(here, &["config", "check", "--config", "data/muster.toml"]);
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("tls.certificate"), "{printed}");
}

#[test]
fn what_init_began_starts_and_the_doctor_is_content() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = initialized(here);
    let checked = run(here, &["config", "check", "--config", &file, "--json"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(checked, json!({"sound": true, "error": null, "warnings": []}));

    let first = run(here, &["doctor", "--config", &file]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first));
    assert!(text(&first).contains("is made at the first start"), "{}", text(&first));

    let mut server = DevServer::start(here, &["--config", &file]);
    let healths = healths(here, &file, 0);
    for check in ["configuration", "keys", "database version", "database integrity", "certificate", "clock"] {
        assert!(healths.iter().any(|(name, health)| name == check && health == "ok"), "{check}: {healths:?}");
    }
    assert!(healths.iter().any(|(name, _)| name.starts_with("issuer https://issuer.test")), "{healths:?}");
    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
}

/// The checks of the doctor and how each is.
fn healths(here: &Path, file: &str, code: i32) -> Vec<(String, String)> {
    let output = run(here, &["doctor", "--config", file, "--json"]);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let word = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    findings.iter().map(|finding| (word(finding, "check"), word(finding, "health"))).collect()
}

#[test]
fn the_doctor_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = initialized(here);
    let mut server = DevServer::start(here, &["--config", &file]);
    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
    let failed = |expected: &[&str]| {
        let healths = healths(here, &file, 1);
        let failed: Vec<&str> =
            healths.iter().filter(|(_, health)| health == "failed").map(|(name, _)| name.as_str()).collect();
        // Where the damage is in the file decides whether its version can still be read.
        let failed = failed.join(", ").replace("database integrity", "database");
        assert_eq!(failed, expected.join(", "), "{healths:?}");
    };
    let replaced = |path: &Path, content: &[u8], expected: &[&str]| {
        let before = std::fs::read(path).unwrap();
        std::fs::write(path, content).unwrap();
        failed(expected);
        std::fs::write(path, before).unwrap();
    };
    run(here, &["init", "--data", "other"]);
    let other_key = std::fs::read(here.join("other/secrets.key")).unwrap();
    replaced(&here.join("data/secrets.key"), &other_key, &["keys"]);
    replaced(&here.join("data/secrets.key"), b"", &["configuration", "keys"]);
    replaced(&here.join("key.pem"), b"", &["configuration", "certificate"]);
    replaced(&here.join("keys.json"), b"{\"keys\":[]}", &["issuer https://issuer.test/{tenantid}"]);
    let database = here.join("data/muster.db");
    let mut damaged = std::fs::read(&database).unwrap();
    let begin = damaged.len() / 2 / 4096 * 4096;
    damaged[begin..begin + 4096].fill(0xff);
    replaced(&database, &damaged, &["database"]);
    replaced(&database, b"not a database, but a text that is somewhat longer than nothing", &["database"]);
    assert!(healths(here, &file, 0).iter().all(|(_, health)| health != "failed"));
}

#[test]
fn the_configuration_is_shown_with_who_set_what() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(
        here.join("muster.toml"),
        "database = 'postgres://muster:hidden@db/muster'\nlog = 'warn'\n",
    )
    .unwrap();
    let show = |arguments: &[&str]| {
        let mut command = muster(here);
        command.args(["config", "show", "--config", "muster.toml", "--data", "here"]).args(arguments);
        let output =
            command.env("MUSTER_LIMITS__PAGE_SIZE", "7").env("MUSTER_PORT", "tcp://10.0.0.1:80").output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(!text(&output).contains("hidden"), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let table = show(&[]);
    let line = |key: &str| {
        let line = table.lines().find(|line| line.split(' ').next() == Some(key));
        line.unwrap_or_else(|| panic!("no {key}: {table}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("database"), "database file postgres://muster:********@db/muster");
    assert_eq!(line("log"), "log file warn");
    assert_eq!(line("data"), "data option --data here");
    assert_eq!(line("limits.page_size"), "limits.page_size environment MUSTER_LIMITS__PAGE_SIZE 7");
    assert_eq!(line("tls.key"), "tls.key default –");
    let settings: Vec<Value> = serde_json::from_str(&show(&["--json"])).unwrap();
    let expected = json!({"key": "log", "value": "warn", "origin": "file"});
    assert!(settings.contains(&expected), "{settings:?}");
}

#[test]
fn a_server_starts_beside_kubernetes_services_and_says_what_it_passes_over() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let output = muster(here)
        .args(["config", "check", "--json"])
        .env("MUSTER_PORT", "tcp://10.0.0.1:443")
        .env("MUSTER_LISTEN", "tcp://10.0.0.1:443")
        .env("MUSTER_SERVICE_HOST", "10.0.0.1")
        .env("MUSTER_SERVICE_PORT_HTTPS", "443")
        .output()
        .unwrap();
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(checked["error"].as_str().unwrap().contains("tls.certificate"), "not the environment: {checked}");
    let mut command = muster(here);
    command.args(["tenant", "list", "--data", "none"]).env("MUSTER_LISTN", "x");
    let output = command.output().unwrap();
    let error = text(&output);
    assert!(error.contains("MUSTER_LISTN is no setting") && error.contains("'MUSTER_LISTEN'"), "{error}");
    assert!(error.contains("there is no database at none/muster.db"), "{error}");
}

#[test]
fn the_version_tells_build_schema_and_model() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["version", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let version: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        version["schema"].as_i64().unwrap() >= 6 && version["layout"].as_i64().unwrap() >= 3,
        "{version}"
    );
    assert_eq!(version["model"], domain::model_digest());
    let printed = text(&run(folder.path(), &["version"]));
    for word in ["build", "schema", "model"] {
        assert!(printed.lines().any(|line| line.starts_with(word)), "{word}: {printed}");
    }
}
