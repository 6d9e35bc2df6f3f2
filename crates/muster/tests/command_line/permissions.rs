//! `muster permissions`

use crate::run;

#[test]
fn the_least_privileged_permission_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let printed = String::from_utf8(run(folder.path(), &["permissions"]).stdout).unwrap();
    let about = |operation: &str| {
        let (_, rest) = printed.split_once(&format!("{operation} (")).unwrap();
        rest.lines().skip(1).take(2).map(str::trim).collect::<Vec<_>>()
    };
    let config = "DeviceManagementServiceConfig";
    for (operation, delegated, application) in [
        (
            "GET /deviceManagement/windowsAutopilotDeviceIdentities",
            format!("delegated: {config}.Read.All, {config}.ReadWrite.All"),
            format!("application: {config}.Read.All, {config}.ReadWrite.All"),
        ),
        (
            "POST /deviceManagement/importedWindowsAutopilotDeviceIdentities",
            format!("delegated: {config}.ReadWrite.All"),
            "application: not supported".to_owned(),
        ),
        (
            "POST /deviceManagement/importedWindowsAutopilotDeviceIdentities/import",
            format!("delegated: {config}.ReadWrite.All"),
            format!("application: {config}.ReadWrite.All"),
        ),
    ] {
        assert_eq!(about(operation), [delegated, application], "{operation}");
    }
}
