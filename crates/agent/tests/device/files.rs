//! The BIOS as files: what is read, that nothing leaves the folder, and what an ordinary user may do.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use agent::{
    Firmware, FirmwareError, FirmwareRefusal, SimulatedFirmware, SysfsFirmware, Terms, Vendor, apply,
    write_tree,
};
use tempfile::TempDir;

use crate::{planned, results};

/// A machine's files, and the BIOS that they show.
fn files(vendor: Vendor) -> (TempDir, SysfsFirmware) {
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), &SimulatedFirmware::with_defaults(vendor, 1)).unwrap();
    let firmware = opened(folder.path());
    (folder, firmware)
}

fn opened(folder: &Path) -> SysfsFirmware {
    SysfsFirmware::new(&folder.join("firmware-attributes"), &folder.join("dmi"))
}

fn driver(folder: &TempDir, vendor: Vendor) -> PathBuf {
    folder.path().join("firmware-attributes").join(vendor.driver().unwrap())
}

/// Lets a file that can only be read say something else.
fn say(path: &Path, text: &str) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
}

#[test]
fn what_is_written_as_files_is_read_as_it_was() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        let machine = SimulatedFirmware::with_defaults(vendor, 1);
        let (_folder, files) = files(vendor);
        assert_eq!(files.identity(), machine.identity(), "{vendor:?}");
        assert_eq!(files.attributes(), machine.attributes(), "{vendor:?}");
        assert_eq!(files.has_admin_password(), Ok(false), "{vendor:?}");
        assert_eq!(files.is_reboot_pending(), Ok(false), "{vendor:?}");
    }
    let (_folder, surface) = files(Vendor::Surface);
    assert_eq!(surface.attributes(), Err(FirmwareError::NoAttributes));
    assert_eq!(surface.identity().unwrap().vendor, Some(Vendor::Surface));
}

#[test]
fn the_state_of_the_machine_is_read_from_its_files() {
    for vendor in [Vendor::Dell, Vendor::Hp, Vendor::Lenovo] {
        let (folder, files) = files(vendor);
        let driver = driver(&folder, vendor);
        let admin = if vendor == Vendor::Hp { "Setup Password" } else { "Admin" };
        for (file, is) in
            [("attributes/pending_reboot", "1\n"), (&*format!("authentication/{admin}/is_enabled"), "1\n")]
        {
            say(&driver.join(file), is);
        }
        assert_eq!(files.has_admin_password(), Ok(true), "{vendor:?}");
        assert_eq!(files.is_reboot_pending(), Ok(true), "{vendor:?}");
    }
}

#[test]
fn a_password_is_handed_over_and_taken_back() {
    let (folder, mut files) = files(Vendor::Dell);
    let admin = driver(&folder, Vendor::Dell).join("authentication/Admin");
    say(&admin.join("is_enabled"), "1\n");
    let path = admin.join("current_password");
    let terms = Terms { atomic: true, password: Some("secret-1") };
    let plan = planned(&files, "Camera=Disabled");
    let mut during = String::new();
    let outcome = apply(&plan, &mut files, terms, &mut |step| {
        if matches!(step, agent::ApplyStep::Write(_)) {
            // Read by the owner of the test, who may be anybody: the mode is put back.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            during = fs::read_to_string(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o200)).unwrap();
        }
    });
    assert_eq!(results(&outcome), ["Camera: changed"]);
    assert_eq!(during, "secret-1\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "\n");
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let (folder, mut files) = files(Vendor::Dell);
    let driver = driver(&folder, Vendor::Dell);
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    for file in ["current_value", "type"] {
        fs::write(outside.join(file), "untouched").unwrap();
    }
    for name in ["../../../outside", "..", ".", "", "Camera/../../..", "/etc", "a\0b"] {
        let read = files.read(name).unwrap_err();
        assert!(matches!(read, FirmwareError::Outside(_)), "{name:?}: {read}");
        let written = files.write(name, "harm").unwrap_err();
        assert!(matches!(written, FirmwareError::Outside(_)), "{name:?}: {written}");
    }
    // A link to a folder is not listed, and cannot be named.
    symlink(&outside, driver.join("attributes/Linked")).unwrap();
    assert!(!files.attributes().unwrap().0.contains_key("Linked"));
    assert!(matches!(files.write("Linked", "harm"), Err(FirmwareError::Outside(_))));
    // A link in the place of a file stops everything: no driver makes one.
    let value = driver.join("attributes/Camera/current_value");
    fs::remove_file(&value).unwrap();
    symlink(outside.join("current_value"), &value).unwrap();
    assert!(matches!(files.attributes(), Err(FirmwareError::Outside(_))));
    assert!(matches!(files.write("Camera", "harm"), Err(FirmwareError::Outside(_))));
    assert_eq!(fs::read_to_string(outside.join("current_value")).unwrap(), "untouched");
}

#[test]
fn the_drivers_folder_may_be_a_link_but_not_out_of_the_root() {
    let (folder, files) = files(Vendor::Dell);
    let driver = driver(&folder, Vendor::Dell);
    let inside = folder.path().join("firmware-attributes/device");
    fs::rename(&driver, &inside).unwrap();
    symlink("device", &driver).unwrap();
    assert!(files.attributes().is_ok());
    let outside = folder.path().join("elsewhere");
    fs::rename(&inside, &outside).unwrap();
    fs::remove_file(&driver).unwrap();
    symlink(&outside, &driver).unwrap();
    assert!(matches!(files.attributes(), Err(FirmwareError::Outside(_))));
    fs::remove_file(&driver).unwrap();
    assert_eq!(files.attributes(), Err(FirmwareError::NoAttributes));
    fs::remove_dir_all(folder.path().join("firmware-attributes")).unwrap();
    assert_eq!(files.attributes(), Err(FirmwareError::NoAttributes));
}

#[test]
fn sizes_and_kinds_of_files_are_bounded() {
    let (folder, mut files) = files(Vendor::Dell);
    let attributes = driver(&folder, Vendor::Dell).join("attributes");
    let value = attributes.join("Camera/current_value");
    fs::write(&value, "x".repeat(4_096)).unwrap();
    assert!(files.attributes().is_ok());
    fs::write(&value, "x".repeat(4_097)).unwrap();
    assert!(matches!(files.attributes(), Err(FirmwareError::TooLarge { bytes_max: 4_096, .. })));
    fs::remove_file(&value).unwrap();
    fs::create_dir(&value).unwrap();
    assert!(matches!(files.read("Camera"), Err(FirmwareError::Unusable { .. })));
    fs::remove_dir(&value).unwrap();
    // A pipe that nobody writes to would be waited for.
    assert!(Command::new("mkfifo").arg(&value).status().unwrap().success());
    assert!(matches!(files.read("Camera"), Err(FirmwareError::Unusable { .. })));
    fs::remove_file(&value).unwrap();
    fs::write(&value, "Enabled\n").unwrap();
    assert_eq!(files.write("Camera", "a\nb"), Err(FirmwareError::Refused(FirmwareRefusal::Invalid)));
    fs::write(folder.path().join("dmi/sys_vendor.new"), "x".repeat(300)).unwrap();
    fs::rename(folder.path().join("dmi/sys_vendor.new"), folder.path().join("dmi/sys_vendor")).unwrap();
    assert!(matches!(files.identity(), Err(FirmwareError::TooLarge { bytes_max: 256, .. })));
    for index in 0..2_000 {
        fs::create_dir(attributes.join(format!("More{index}"))).unwrap();
    }
    assert!(matches!(files.attributes(), Err(FirmwareError::Unusable { .. })));
}

#[test]
fn an_old_driver_tells_less() {
    let (folder, files) = files(Vendor::Lenovo);
    let attributes = driver(&folder, Vendor::Lenovo).join("attributes");
    let before = files.attributes().unwrap();
    for name in before.0.keys() {
        for file in ["type", "default_value", "display_name_language_code"] {
            fs::remove_file(attributes.join(name).join(file)).unwrap();
        }
    }
    let after = files.attributes().unwrap();
    for (name, attribute) in &before.0 {
        let agent::AttributeKind::Enumeration { .. } = attribute.kind else { continue };
        assert_eq!(after.0[name].kind, attribute.kind, "{name}");
        assert_eq!(after.0[name].default, None, "{name}");
    }
    fs::remove_file(attributes.join("BootMode/possible_values")).unwrap();
    let kind = &files.attributes().unwrap().0["BootMode"].kind;
    assert!(matches!(kind, agent::AttributeKind::String { min_length: 0, .. }), "{kind:?}");
    fs::remove_file(attributes.join("BootMode/current_value")).unwrap();
    assert!(!files.attributes().unwrap().0.contains_key("BootMode"));
}

/// What somebody may do who is not root: the modes of the files decide. If the test is root, it becomes nobody first.
#[test]
fn modes_bite_an_ordinary_user() {
    const NOBODY: u32 = 65_534;
    const FOLDER: &str = "MUSTER_TEST_FOLDER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return as_an_ordinary_user(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
    if !is_root {
        return as_an_ordinary_user(folder.path());
    }
    // A tree of somebody else's, and a program that nobody may run.
    write_tree(&folder.path().join("foreign"), &SimulatedFirmware::with_defaults(Vendor::Dell, 1)).unwrap();
    let program = folder.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(&program);
    command.args(["--exact", "files::modes_bite_an_ordinary_user"]).env(FOLDER, folder.path());
    let output = command.uid(NOBODY).gid(NOBODY).current_dir("/").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

fn as_an_ordinary_user(folder: &Path) {
    let own = folder.join("own");
    write_tree(&own, &SimulatedFirmware::with_defaults(Vendor::Dell, 1)).unwrap();
    let mut files = opened(&own);
    let driver = own.join("firmware-attributes/dell-wmi-sysman");
    let password = driver.join("authentication/Admin/current_password");
    assert!(fs::read(&password).is_err(), "nobody reads it back");
    say(&driver.join("authentication/Admin/is_enabled"), "1\n");
    // The agent never reads what can only be written, and never writes what can only be read.
    let plan = planned(&files, "Camera=Disabled");
    let terms = Terms { atomic: true, password: Some("secret-1") };
    let outcome = apply(&plan, &mut files, terms, &mut |_| {});
    assert_eq!(results(&outcome), ["Camera: changed"]);
    assert!(!outcome.is_session_open);
    say(&driver.join("authentication/Admin/is_enabled"), "0\n");
    let value = driver.join("attributes/NumLock/current_value");
    fs::set_permissions(&value, fs::Permissions::from_mode(0o400)).unwrap();
    let plan = planned(&files, "Camera=Enabled\nNumLock=Disabled");
    let outcome = apply(&plan, &mut files, Terms::default(), &mut |_| {});
    let denied = FirmwareRefusal::Denied.to_string();
    assert_eq!(
        results(&outcome),
        [
            "Camera: refused (all or nothing: NumLock was refused)".to_owned(),
            format!("NumLock: refused ({denied})")
        ]
    );
    assert_eq!(files.read("Camera").unwrap(), "Disabled", "it has its old value again");
    fs::set_permissions(&value, fs::Permissions::from_mode(0o000)).unwrap();
    let FirmwareError::Unusable { path, cause } = files.attributes().unwrap_err() else {
        panic!("it is unusable")
    };
    assert!(path.ends_with("NumLock/current_value") && cause.contains("denied"), "{path:?}: {cause}");
    let foreign = folder.join("foreign");
    if foreign.exists() {
        let files = opened(&foreign);
        assert!(matches!(files.attributes(), Err(FirmwareError::Unusable { .. })));
        assert!(
            matches!(files.identity(), Err(FirmwareError::Unusable { .. })),
            "the serial number is root's"
        );
    }
}
