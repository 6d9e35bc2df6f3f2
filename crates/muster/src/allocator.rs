//! The settings of the system's allocator, which reads them when a process starts.
//!
//! It keeps what was freed in an arena for each of many threads, and there also large blocks once it has seen one of their size. After
//! large requests that came to twice as much as the server uses.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The variables by which an operator may have decided otherwise, and ours.
const VARIABLES: [&str; 4] =
    ["GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];
/// Two arenas, and large blocks given back as they are freed.
const TUNABLES: &str = "glibc.malloc.arena_max=2:glibc.malloc.mmap_threshold=131072";

/// Begins the program once more, as the same process, with these settings.
pub fn settle() {
    if !cfg!(target_env = "gnu") || VARIABLES.iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        // Comes back only if it fails; then it goes on as it is.
        let error =
            Command::new(program).args(std::env::args_os().skip(1)).env(VARIABLES[0], TUNABLES).exec();
        eprintln!("muster: the allocator stays as it is: {error}");
    }
}
