//! Keys from files, the environment and systemd credentials: used at the start, and taken by a rotation

use data_encoding::{BASE64, HEXLOWER};
use testkit::{ServerOptions, TestDatabase, TestServer};

use super::{all_are_readable, keys, made};
use crate::MUSTER;

#[test]
fn a_key_comes_from_a_file_the_environment_or_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("muster.key"), HEXLOWER.encode(&[3; 32]) + "\n").unwrap();
    let environment = vec![
        ("TEST_KEY_OF_MUSTER".to_owned(), BASE64.encode(&[2; 32])),
        ("CREDENTIALS_DIRECTORY".to_owned(), folder.path().display().to_string()),
    ];
    let file = super::key_file(folder.path(), "first.key");
    let configs = [
        (format!("file:{file}"), format!("[secrets]\nkey_file = \"{file}\"\n")),
        ("env:TEST_KEY_OF_MUSTER".to_owned(), "[secrets]\nkey_env = \"TEST_KEY_OF_MUSTER\"\n".to_owned()),
        ("credential:muster.key".to_owned(), "[secrets]\ncredential = \"muster.key\"\n".to_owned()),
    ];
    let options =
        ServerOptions { config: Some(configs[0].1.clone()), environment, ..ServerOptions::default() };
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
    let caller = server.caller();
    let (tenant, paths) = (caller.tenant_id(), made(&caller, 2));
    // From each to the next, and in the end back to the first.
    for at in 0..configs.len() {
        let (source, config) = &configs[(at + 1) % configs.len()];
        let printed = keys(&server, &["rotate", "--kek", source]);
        assert!(
            printed.contains(&format!("version {} of the key-encryption key is {source}", at + 2)),
            "{printed}"
        );
        server.stop();
        let refused = server.fails_to_start(&configs[at].1);
        assert!(refused.contains(source.as_str()) && refused.lines().count() == 1, "{refused}");
        server.start_with(config);
        all_are_readable(&server.caller().tenant(tenant), &paths);
    }
}

#[test]
fn a_key_that_is_not_there_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (short, none) = (folder.path().join("short"), folder.path().join("none"));
    std::fs::write(&short, "c2hvcnQ=").unwrap();
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    for (setting, says) in [
        (
            format!("key_file = \"{}\"", none.display()),
            "secrets.key_file does not lead to a key: cannot read",
        ),
        (format!("key_file = \"{}\"", short.display()), "32 bytes"),
        ("key_env = \"TEST_NO_KEY\"".to_owned(), "the variable TEST_NO_KEY is not set"),
        ("credential = \"muster.key\"".to_owned(), "CREDENTIALS_DIRECTORY"),
        ("credential = \"../key\"".to_owned(), "secrets.credential"),
        ("vault_key = \"muster\"".to_owned(), "secrets.vault"),
    ] {
        let refused = server.fails_to_start(&format!("[secrets]\n{setting}\n"));
        assert!(refused.contains(says) && refused.lines().count() == 1, "{setting}: {refused}");
    }
}
