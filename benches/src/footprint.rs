//! What Muster takes besides time: disk, memory, and how long until it is ready.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

/// At one store and size.
#[derive(Clone, Debug)]
pub(crate) struct Footprint {
    pub store: &'static str,
    pub devices: u64,
    /// Of the database's files after a checkpoint, the journal included.
    pub bytes_per_device: f64,
    pub ready_empty: Duration,
    pub ready: Duration,
    /// Resident bytes after the start.
    pub resident_idle: u64,
    /// Resident bytes after all workloads.
    pub resident_loaded: u64,
}

/// What must not be exceeded.
const BYTES_PER_DEVICE_MAX: f64 = 1_450.0;
const READY_EMPTY_MAX: Duration = Duration::from_millis(100);
const READY_MAX: Duration = Duration::from_millis(300);
const RESIDENT_MAX: u64 = 30_000_000;
const BINARY_MAX: u64 = 25_000_000;

impl Footprint {
    /// What exceeds its limit.
    pub fn misses(&self) -> Vec<String> {
        let name = format!("{} at {} devices", self.store, self.devices);
        let checks = [
            (
                self.bytes_per_device > BYTES_PER_DEVICE_MAX,
                format!("{:.0} bytes for each device, at most {BYTES_PER_DEVICE_MAX}", self.bytes_per_device),
            ),
            (
                self.ready_empty >= READY_EMPTY_MAX,
                format!("ready after {:?} when empty, at most {READY_EMPTY_MAX:?}", self.ready_empty),
            ),
            (self.ready >= READY_MAX, format!("ready after {:?}, at most {READY_MAX:?}", self.ready)),
            (
                self.resident_idle >= RESIDENT_MAX,
                format!(
                    "{} resident when idle, at most {}",
                    megabytes(self.resident_idle),
                    megabytes(RESIDENT_MAX)
                ),
            ),
        ];
        checks.into_iter().filter(|(missed, _)| *missed).map(|(_, what)| format!("{name}: {what}")).collect()
    }

    /// A line of the report.
    pub fn line(&self) -> String {
        format!(
            "{:8} {:>9}  {:>7.0} {:>9.1} {:>9.1} {:>9} {:>9}",
            self.store,
            self.devices,
            self.bytes_per_device,
            self.ready_empty.as_secs_f64() * 1e3,
            self.ready.as_secs_f64() * 1e3,
            megabytes(self.resident_idle),
            megabytes(self.resident_loaded),
        )
    }

    /// What the lines say.
    pub fn heading() -> &'static str {
        "store      devices  bytes/d  ready(0)     ready  idle RSS  load RSS   (ready in ms, RSS in MB)"
    }

    /// For other programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "store": self.store,
            "devices": self.devices,
            "bytesPerDevice": self.bytes_per_device,
            "readyEmptyMilliseconds": self.ready_empty.as_secs_f64() * 1e3,
            "readyMilliseconds": self.ready.as_secs_f64() * 1e3,
            "residentIdleBytes": self.resident_idle,
            "residentLoadedBytes": self.resident_loaded,
        })
    }
}

/// The size of the program, and what is wrong with it.
pub(crate) fn binary_size(path: &Path) -> Result<(u64, Option<String>)> {
    let bytes = std::fs::metadata(path)?.len();
    let miss = format!("the binary has {}, at most {}", megabytes(bytes), megabytes(BINARY_MAX));
    Ok((bytes, (bytes >= BINARY_MAX).then_some(miss)))
}

/// The figures as text for people.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exceeds_its_limit_is_named() {
        let well = Footprint {
            store: "sqlite",
            devices: 1,
            bytes_per_device: 1_000.0,
            ready_empty: Duration::from_millis(50),
            ready: Duration::from_millis(60),
            resident_idle: 20_000_000,
            resident_loaded: 90_000_000,
        };
        assert!(well.misses().is_empty());
        for (footprint, word) in [
            (Footprint { bytes_per_device: 1_500.0, ..well.clone() }, "bytes"),
            (Footprint { ready_empty: Duration::from_millis(100), ..well.clone() }, "empty"),
            (Footprint { ready: Duration::from_millis(300), ..well.clone() }, "ready"),
            (Footprint { resident_idle: 31_000_000, ..well.clone() }, "resident"),
        ] {
            let misses = footprint.misses();
            assert!(misses.len() == 1 && misses[0].contains(word), "{word}: {misses:?}");
        }
    }
}
