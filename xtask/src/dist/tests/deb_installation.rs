//! The package as dpkg takes it, into a folder of its own: installed, upgraded, removed and purged.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::contents;
use crate::command::{in_root, succeeds};
use crate::dist::deb;

/// Programs that the package's scripts call and that would change this machine: they only write down that they were called.
const STAND_INS: [&str; 5] =
    ["systemd-sysusers", "deb-systemd-helper", "deb-systemd-invoke", "systemctl", "chown"];

/// A system of nothing but what dpkg knows of it.
struct System {
    folder: tempfile::TempDir,
}

impl System {
    fn new() -> System {
        let system = System { folder: tempfile::tempdir().unwrap() };
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "programs"] {
            fs::create_dir_all(system.path(folder)).unwrap();
        }
        fs::write(system.path("var/lib/dpkg/status"), "").unwrap();
        for name in STAND_INS {
            let path = system.path(&format!("programs/{name}"));
            let called = system.path("called");
            fs::write(&path, format!("#!/bin/sh\necho {name} \"$@\" >> '{}'\n", called.display())).unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        system
    }

    fn path(&self, below: &str) -> std::path::PathBuf {
        self.folder.path().join(below)
    }

    fn has(&self, below: &str) -> bool {
        self.path(below).exists()
    }

    /// Runs dpkg, which must succeed; what it and the package's scripts print.
    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={}", self.folder.path().display()));
        // No other packages are here, nor a shell for the scripts, and a crash of the machine may lose the folder.
        command.args([
            "--force-depends",
            "--force-script-chrootless",
            "--force-unsafe-io",
            "--log=/dev/null",
        ]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}:/usr/sbin:/sbin", self.path("programs").display()));
        let output = command.args(arguments).output().unwrap();
        let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "dpkg {arguments:?}: {printed}");
        printed
    }

    /// Installs a version, and tells what the scripts called.
    fn install(&self, version: &str) -> String {
        let mut contents = contents();
        contents.source.version = version.to_owned();
        let package = self.path("package.deb");
        fs::write(&package, deb::write(&contents).unwrap()).unwrap();
        self.called();
        self.dpkg(&["--install", &package.display().to_string()]);
        self.called()
    }

    /// What was called since the last time.
    fn called(&self) -> String {
        let calls = fs::read_to_string(self.path("called")).unwrap_or_default();
        let _ = fs::remove_file(self.path("called"));
        calls
    }
}

fn is_testable() -> bool {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let there = is_root && succeeds(in_root("dpkg").arg("--version"));
    if !there {
        println!("dist: NOT TESTED without dpkg and the rights of root: the installation of the .deb");
    }
    there
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_deb_is_installed_upgraded_removed_and_purged_without_the_loss_of_a_key() {
    if !is_testable() {
        return;
    }
    let system = System::new();
    let called = system.install("1.2.3");
    for call in ["systemd-sysusers muster.conf\n", "chown root:muster ", "deb-systemd-helper update-state "] {
        assert!(called.contains(call), "{call}: {called}");
    }
    assert_eq!(mode(&system.path("usr/bin/muster")), 0o755);
    assert_eq!(mode(&system.path("etc/muster")), 0o750);

    let configuration = system.path("etc/muster/muster.toml");
    let edited = fs::read_to_string(&configuration).unwrap() + "# by the administrator\n";
    fs::write(&configuration, &edited).unwrap();
    fs::write(system.path("etc/muster/secrets.key"), "key").unwrap();
    fs::create_dir_all(system.path("var/lib/muster")).unwrap();
    fs::create_dir_all(system.path("var/log/muster")).unwrap();
    fs::write(system.path("var/lib/muster/muster.db"), "data").unwrap();
    fs::set_permissions(system.path("etc/muster"), PermissionsExt::from_mode(0o700)).unwrap();
    let called = system.install("1.2.4");
    assert!(!called.contains("chown"), "{called}");
    assert_eq!(mode(&system.path("etc/muster")), 0o700, "an upgrade keeps what the administrator set");
    assert_eq!(fs::read_to_string(&configuration).unwrap(), edited);
    assert!(system.dpkg(&["--status", "muster"]).contains("Version: 1.2.4-1"));

    system.dpkg(&["--remove", "muster"]);
    assert!(!system.has("usr/bin/muster") && !system.has("lib/systemd/system/muster.service"));
    assert_eq!(fs::read_to_string(&configuration).unwrap(), edited);

    let printed = system.dpkg(&["--purge", "muster"]);
    assert!(!configuration.exists() && !system.has("var/log/muster"), "{printed}");
    for kept in ["var/lib/muster", "etc/muster/secrets.key"] {
        assert!(
            system.has(kept) && printed.contains(&format!("muster: /{kept} is kept")),
            "{kept}: {printed}"
        );
    }
}
