//! What became of a fleet.

use check_in::{ReportedOutcome, RunReport};
use serde::Serialize;

/// What became of a fleet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FleetReport {
    /// The seed that the fleet was made from.
    pub seed: u64,
    /// All devices together.
    pub sums: Sums,
    /// The devices of each maker together, by the maker's name.
    pub by_vendor: Vec<(String, Sums)>,
    /// What became of each.
    pub machines: Vec<DeviceReport>,
}

/// What became of a device.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceReport {
    /// The name of its maker.
    pub vendor: String,
    /// Its serial number.
    pub serial_number: String,
    /// The id of its registration; none if it never enrolled.
    pub device_id: Option<String>,
    /// Its check-ins that went well.
    pub check_ins: u64,
    /// What went wrong by the fleet's own doing.
    pub faults: u64,
    /// How often it restarted.
    pub restarts: u64,
    /// Its check-ins that failed, but for those.
    pub errors: u64,
    /// The last error of those.
    pub last_error: Option<String>,
    /// What became of the last configuration.
    pub last_run: LastRun,
    /// The administrator password of its BIOS in the end; empty if it has none. No such machine exists.
    pub admin_password: String,
}

/// What became of the last configuration of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LastRun {
    /// It had none.
    #[default]
    None,
    /// All settings have their values, or will have after a restart.
    Applied,
    /// A setting was refused.
    Refused,
    /// It could not be applied as a whole.
    Failed,
}

impl LastRun {
    /// What a run came to.
    pub(crate) fn of(run: &RunReport) -> LastRun {
        if run.error.is_some() {
            LastRun::Failed
        } else if run.results.iter().any(|result| result.outcome == ReportedOutcome::Refused) {
            LastRun::Refused
        } else {
            LastRun::Applied
        }
    }
}

/// The numbers of machines, and of what they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// The machines that there were.
    pub machines: u64,
    /// Those that are enrolled.
    pub enrolled: u64,
    /// Those whose last configuration was applied.
    pub applied: u64,
    /// Those that refused a setting of it.
    pub refused: u64,
    /// Those that could not apply it.
    pub failed: u64,
    /// The check-ins that went well.
    pub check_ins: u64,
    /// What went wrong by the fleet's own doing.
    pub faults: u64,
    /// How often they restarted.
    pub restarts: u64,
    /// The check-ins that failed, but for those.
    pub errors: u64,
}

impl Sums {
    fn add(&mut self, device: &DeviceReport) {
        let is = |run| u64::from(device.last_run == run);
        self.machines += 1;
        self.enrolled += u64::from(device.device_id.is_some());
        self.applied += is(LastRun::Applied);
        self.refused += is(LastRun::Refused);
        self.failed += is(LastRun::Failed);
        self.check_ins += device.check_ins;
        self.faults += device.faults;
        self.restarts += device.restarts;
        self.errors += device.errors;
    }
}

impl FleetReport {
    /// The report of these devices.
    pub(crate) fn of(seed: u64, devices: Vec<DeviceReport>) -> FleetReport {
        let mut report = FleetReport { seed, ..FleetReport::default() };
        for device in &devices {
            report.sums.add(device);
            let place = report.by_vendor.iter().position(|(vendor, _)| *vendor == device.vendor);
            let place = place.unwrap_or_else(|| {
                report.by_vendor.push((device.vendor.clone(), Sums::default()));
                report.by_vendor.len() - 1
            });
            report.by_vendor[place].1.add(device);
        }
        report.by_vendor.sort_by(|(one, _), (other, _)| one.cmp(other));
        report.machines = devices;
        report
    }
}
