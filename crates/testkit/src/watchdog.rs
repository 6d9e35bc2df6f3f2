//! Ends the servers and removes the folders of this process when it ends, however that happens: statics are not
//! dropped, and a test that was interrupted drops nothing.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};

static WATCHDOG: LazyLock<Mutex<Child>> = LazyLock::new(|| {
    let mut command = Command::new("sh");
    // A group of its own: Ctrl-C ends the tests, and the watchdog then ends the rest.
    command.args(["-c", include_str!("watchdog.sh")]).stdin(Stdio::piped()).process_group(0);
    Mutex::new(command.spawn().unwrap())
});

/// Notes that a server runs.
pub(crate) fn runs(process: u32) {
    say(&format!("run {process}"));
}

/// Notes that a server has ended: its number may be another's from now on.
pub(crate) fn ended(process: u32) {
    say(&format!("end {process}"));
}

/// Notes that a folder is to be removed at the end.
pub(crate) fn keeps(folder: &Path) {
    say(&format!("folder {}", folder.display()));
}

fn say(line: &str) {
    let mut watchdog = WATCHDOG.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(input) = &mut watchdog.stdin {
        writeln!(input, "{line}").unwrap();
    }
}
