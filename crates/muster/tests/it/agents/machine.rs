//! A machine whose BIOS is a tree of files, for the agent as a real process; and configurations for it

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use agent::{SimulatedFirmware, Vendor, write_tree};
use domain::hardware_hash::to_base64;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{TestCaller, TestServer};
use uuid::Uuid;

use crate::MUSTER;
use crate::samples::{configuration, id};

const CONFIGURATIONS: &str = "hardwareConfigurations";
/// Nobody's, for whom modes of files hold.
const ORDINARY_USER: u32 = 65_534;

/// A machine whose BIOS is a tree of files, and the user that its agent runs as.
pub(super) struct Machine {
    pub(super) folder: TempDir,
    server: String,
    authority: PathBuf,
}

impl Machine {
    pub(super) fn new(server: &TestServer, seed: u64) -> Machine {
        let folder = tempfile::tempdir().expect("a folder");
        write_tree(&folder.path().join("tree"), &SimulatedFirmware::new(Vendor::Dell, seed)).expect("a tree");
        // Each test has a machine of its own, whatever the seed.
        let uuid = folder.path().join("tree/dmi/product_uuid");
        let serial = folder.path().join("tree/dmi/product_serial");
        for (file, text) in [(uuid, Uuid::new_v4().to_string()), (serial, crate::samples::unique("S"))] {
            fs::remove_file(&file).expect("a file");
            fs::write(&file, text).expect("a file");
        }
        let authority = folder.path().join("ca.pem");
        fs::copy(server.authority_file(), &authority).expect("a file");
        let machine = Machine { folder, server: server.origin().to_owned(), authority };
        if is_root() {
            give_away(machine.folder.path());
        }
        machine
    }

    pub(super) fn command(&self, more: &[&str]) -> Command {
        self.command_to(&self.server, more)
    }

    pub(super) fn command_to(&self, server: &str, more: &[&str]) -> Command {
        let mut command = Command::new(MUSTER);
        command.env_clear().current_dir(self.folder.path()).arg("agent");
        command.args(["--server", server, "--once", "--state", "state"]);
        command.args(["--fwattr-root", "tree/firmware-attributes", "--dmi-root", "tree/dmi"]);
        command.arg("--ca").arg(&self.authority).args(more);
        // What the firmware remembers, so that its password behaves as one.
        command.env("MUSTER_AGENT_FIRMWARE_MEMORY", "memory");
        if is_root() {
            command.uid(ORDINARY_USER).gid(ORDINARY_USER);
        }
        command
    }

    pub(super) fn run(&self, more: &[&str]) -> Output {
        self.command(more).output().expect("a process")
    }

    #[track_caller]
    pub(super) fn goes_well(&self, more: &[&str]) -> String {
        let output = self.run(more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{more:?}: {said}");
        said
    }

    /// The administrator password of the firmware; empty if there is none.
    pub(super) fn password(&self) -> String {
        let memory = fs::read_to_string(self.folder.path().join("memory")).unwrap_or_default();
        memory.lines().next().unwrap_or_default().to_owned()
    }

    /// All that the agent keeps.
    pub(super) fn kept(&self) -> String {
        let files = fs::read_dir(self.folder.path().join("state")).expect("a folder");
        let texts = files.map(|file| fs::read(file.expect("a file").path()).expect("a file"));
        texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
    }

    /// From now on the machine's agent asks this server.
    pub(super) fn talks_to(&mut self, server: &TestServer) {
        server.origin().clone_into(&mut self.server);
    }

    /// Somebody sets another password in BIOS Setup.
    pub(super) fn set_password(&self, password: &str) {
        let memory = self.folder.path().join("memory");
        fs::write(&memory, format!("{password}\n\n")).expect("a file");
        if is_root() {
            give_away(&memory);
        }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .join("tree/firmware-attributes/dell-wmi-sysman/attributes")
            .join(name)
            .join("current_value")
    }

    pub(super) fn value(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).expect("a value").trim().to_owned()
    }

    /// Somebody changes a setting in BIOS Setup.
    pub(super) fn change(&self, name: &str, value: &str) {
        fs::write(self.file(name), value).expect("a value");
    }

    pub(super) fn values(&self, names: &[(&str, &str)]) -> Vec<String> {
        names.iter().map(|(name, _)| self.value(name)).collect()
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

fn give_away(path: &Path) {
    chown(path, Some(ORDINARY_USER), Some(ORDINARY_USER)).expect("an owner");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            give_away(&entry.expect("an entry").path());
        }
    }
}

/// A file with these settings, in Base64.
pub(super) fn file(settings: &[(&str, &str)]) -> String {
    let lines: String = settings.iter().map(|(name, value)| format!("{name}={value}\r\n")).collect();
    to_base64(format!("[cctk]\r\n{lines}").as_bytes())
}

/// A configuration with these settings, and without a password, that is meant for all devices; its path.
#[track_caller]
pub(super) fn configured(caller: &TestCaller<'_>, settings: &[(&str, &str)]) -> String {
    configured_with(caller, settings, true)
}

/// A configuration with these settings that is meant for all devices; its path.
#[track_caller]
pub(super) fn configured_with(
    caller: &TestCaller<'_>,
    settings: &[(&str, &str)],
    is_password_disabled: bool,
) -> String {
    let mut body = configuration("Lock down");
    body["perDevicePasswordDisabled"] = json!(is_password_disabled);
    body["configurationFileContent"] = json!(file(settings));
    let path = format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &body)));
    let target = json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"});
    let assignments = json!({"hardwareConfigurationAssignments": [{"target": target}]});
    caller.act(&format!("{path}/assign"), &assignments).is(200);
    path
}

/// The state of the one device under a configuration, and the counters, which always agree with it.
#[track_caller]
pub(super) fn state(caller: &TestCaller<'_>, configuration: &str) -> Value {
    let states = caller.list(&format!("{configuration}/deviceRunStates"));
    assert_eq!(states.len(), 1, "{states:?}");
    let summary = caller.read(&format!("{configuration}/runSummary"));
    let state = states[0]["configurationState"].as_str().unwrap_or_default();
    for (counter, name) in [
        ("successfulDeviceCount", "success"),
        ("failedDeviceCount", "fail"),
        ("errorDeviceCount", "scriptError"),
        ("pendingDeviceCount", "pending"),
        ("unknownDeviceCount", "unknown"),
        ("notApplicableDeviceCount", "notApplicable"),
    ] {
        assert_eq!(summary[counter], u64::from(state == name), "{counter} of {summary} for {state}");
    }
    states[0].clone()
}
