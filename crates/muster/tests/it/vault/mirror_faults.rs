//! Mirrors that cannot sign in, are not shown everything, or should not trust

use std::path::Path;

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use testkit::{ServerOptions, TestDatabase, TestServer};
use uuid::{Uuid, uuid};

use super::mirror::mirrored;
use super::{fill, prints, record, refused, server, vault};
use crate::MUSTER;

const TENANT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
const READER: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const STRANGER: &str = "aaaaaaaa-0000-4000-8000-000000000002";

/// A server that knows an application by its certificate, which may read passwords, and one that may read nothing of them.
fn seeded(here: &Path) -> TestServer {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = CertificateParams::default().self_signed(&key).unwrap();
    let file = here.join("application.pem");
    std::fs::write(&file, format!("{}{}", certificate.pem(), key.serialize_pem())).unwrap();
    let seed = format!(
        "[[tenants]]\nid = \"{TENANT}\"\n\
         [[applications]]\nid = \"{READER}\"\ncertificates = [\"{}\"]\n\
         application_permissions = [\"DeviceManagementConfiguration.Read.All\"]\n\
         [[applications]]\nid = \"{STRANGER}\"\nsecrets = [\"stranger\"]\n\
         application_permissions = [\"DeviceManagementRBAC.Read.All\"]\n",
        file.display()
    );
    let options = ServerOptions { seed: Some(seed), ..ServerOptions::default() };
    TestServer::start(MUSTER, TestDatabase::Sqlite, options)
}

/// The options with another value for one, or without it.
fn changed(options: &[String], name: &str, value: Option<&str>) -> Vec<String> {
    let at = options.iter().position(|option| option == name).unwrap();
    let mut changed = options.to_vec();
    changed.splice(at..at + 2, value.map(|value| [name.to_owned(), value.to_owned()]).into_iter().flatten());
    changed
}

fn strings(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

#[test]
fn an_application_signs_in_with_a_certificate_and_is_told_what_it_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (source, target) = (seeded(here), server(TestDatabase::Sqlite, None));
    let (there, caller) = (source.caller().tenant(TENANT), target.caller());
    fill(&there, vec![record(1, 0)]);
    let options = mirrored(&there, &caller);
    let options = changed(&changed(&options, "--secret-file", None), "--client-id", Some(READER));
    let certificate = here.join("application.pem").display().to_string();
    let with_certificate = [strings(&options), vec!["--certificate", &certificate]].concat();
    // It may read passwords, but not registrations.
    let output = vault(here, &with_certificate);
    let printed = prints(&output, 1);
    assert!(printed.contains("new: 1,") && printed.contains("not shown there: /beta/"), "{printed}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("DeviceManagementServiceConfig.Read.All"));
    prints(&vault(here, &[with_certificate, vec!["--passwords-only"]].concat()), 0);

    let secret = here.join("secret");
    std::fs::write(&secret, "stranger\n").unwrap();
    let secret = secret.display().to_string();
    let stranger = changed(&options, "--client-id", Some(STRANGER));
    let output =
        vault(here, &[strings(&stranger), vec!["--secret-file", &secret, "--state", "other"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("shows no passwords to this application"), "{said}");
    std::fs::write(&secret, "wrong\n").unwrap();
    let wrong =
        vault(here, &[strings(&stranger), vec!["--secret-file", &secret, "--state", "other"]].concat());
    assert!(refused(&wrong, 1).contains("grants no token: 401"));
}

#[test]
fn a_mirror_trusts_whom_it_should_and_says_what_it_lacks() {
    let (source, target) = (server(TestDatabase::Sqlite, None), server(TestDatabase::Sqlite, None));
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let options = mirrored(&source.caller(), &target.caller());
    let untrusted = changed(&options, "--from-ca", None);
    assert!(refused(&vault(here, &strings(&untrusted)), 1).contains("certificate"));
    let open = changed(&options, "--from", Some("http://graph.example"));
    assert!(refused(&vault(here, &strings(&open)), 2).contains("not https"));
    let nameless = changed(&options, "--secret-file", None);
    assert!(refused(&vault(here, &strings(&nameless)), 2).contains("--secret-file"));
    prints(&vault(here, &strings(&options)), 0);
    let other = source.caller().tenant_id().to_string();
    let of_other = changed(&options, "--from-tenant", Some(&other));
    let said = refused(&vault(here, &strings(&of_other)), 2);
    assert!(said.contains("known.jsonl") && said.contains("--state"), "{said}");
}

#[test]
fn a_record_whose_password_is_not_shown_counts_as_lost() {
    let source = server(TestDatabase::Sqlite, Some("[secrets]\nreveal = \"explicit\"\n"));
    let target = server(TestDatabase::Sqlite, None);
    let folder = tempfile::tempdir().unwrap();
    let (there, caller) = (source.caller(), target.caller());
    fill(&there, vec![record(1, 0)]);
    let printed = prints(&vault(folder.path(), &strings(&mirrored(&there, &caller))), 1);
    assert!(printed.contains("hidden ") && printed.contains("not shown there: 1"), "{printed}");
    assert!(printed.contains("lost if that tenant ended now: 1"), "{printed}");
    assert!(caller.list(super::DETAILS).is_empty(), "a record without its password is no copy");
}

#[test]
fn a_link_that_has_ended_has_its_list_read_anew() {
    let (source, target) = (server(TestDatabase::Sqlite, None), server(TestDatabase::Sqlite, None));
    let folder = tempfile::tempdir().unwrap();
    let (there, caller) = (source.caller(), target.caller());
    let options = mirrored(&there, &caller);
    prints(&vault(folder.path(), &strings(&options)), 0);
    fill(&there, (0..3).map(|number| record(number, 0)).collect());
    // As a round leaves it that was killed days ago.
    let state = folder.path().join("muster-mirror");
    let known = std::fs::read_to_string(state.join("known.jsonl")).unwrap();
    let head = known.lines().next().unwrap();
    let next = there.url("hardwarePasswordDetails?$skiptoken=long-ago");
    let page = serde_json::json!({"list": 0, "next": next, "seen": [[super::record_id(0), "SN-0"]]});
    std::fs::write(state.join("round.jsonl"), format!("{head}\n{page}\n")).unwrap();
    let printed = prints(&vault(folder.path(), &strings(&options)), 0);
    assert!(printed.contains("new: 2,"), "what the round has seen before is not taken again: {printed}");
    let again = prints(&vault(folder.path(), &strings(&options)), 0);
    assert!(again.contains("new: 1, updated: 0, completed: 0, same: 2"), "{again}");
}
