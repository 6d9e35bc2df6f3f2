//! The life of one device: it enrolls, checks in again and again while things go wrong with it, and at the end until it is
//! settled.

use std::time::Duration;

use agent::{Firmware, FirmwareError, MachineIdentity, Random, SimulatedFirmware};
use agent_service::{AgentError, CheckedIn, Connection, DeviceAgent};

use crate::forgetful::DeviceMemory;
use crate::machine::{SimulatedMachine, Vendors, name};
use crate::mishaps::Fault;
use crate::report::DeviceReport;

/// How often a device tries at the end to have nothing more to do.
const SETTLING_TRIES_MAX: u32 = 8;

/// One device of a fleet.
pub(crate) struct Device {
    /// The parts that outlive the power; none while an agent has them.
    parts: Option<(SimulatedFirmware, DeviceMemory)>,
    machine: SimulatedMachine,
    random: Random,
    connection: Connection,
    code: String,
    pub(crate) report: DeviceReport,
}

impl Device {
    /// A device by its seed; none if the machine cannot be made.
    pub(crate) fn new(seed: u64, vendors: Vendors, connection: Connection, code: &str) -> Option<Device> {
        let mut random = Random::new(seed);
        let vendor = vendors.draw(&mut random);
        let firmware = SimulatedFirmware::new(vendor, random.number());
        let identity: MachineIdentity = firmware.identity().ok()?;
        let report = DeviceReport {
            vendor: name(vendor).to_owned(),
            serial_number: identity.serial_number.clone(),
            ..DeviceReport::default()
        };
        Some(Device {
            parts: Some((firmware, DeviceMemory::default())),
            machine: SimulatedMachine::new(seed, &identity),
            random,
            connection,
            code: code.to_owned(),
            report,
        })
    }

    /// One check-in, in which something goes wrong so often. The answer says when the server wants the next.
    pub(crate) async fn round(&mut self, faults_percent: u32) -> Option<CheckedIn> {
        let (mut firmware, mut memory) = self.parts.take()?;
        let fault = Fault::draw(&mut self.random, faults_percent);
        if let Some(fault) = fault {
            self.report.faults += 1;
            fault.order(&mut self.random, &mut firmware);
        }
        memory.order(match fault {
            Some(Fault::LosePowerKeeping(failure)) => Some(failure),
            _ => None,
        });
        let begun = DeviceAgent::begin(firmware, memory, self.machine.clone(), (), self.connection.clone());
        let mut agent = match begun {
            Ok(agent) => agent,
            Err(error) => {
                self.note(&error);
                return None;
            }
        };
        let outcome = work(&self.code, &mut agent).await;
        let key_id = agent.key_id().map(str::to_owned);
        let (mut firmware, memory) = agent.end();
        let is_power_lost = matches!(outcome, Err(AgentError::Firmware(FirmwareError::Gone)));
        match &outcome {
            // A hang ends with the agent alone, and what the kernel had stays; otherwise the machine starts anew.
            Err(_) if is_power_lost && fault == Some(Fault::Hang) => firmware.wake(),
            Err(_) if is_power_lost => self.restart(&mut firmware),
            Ok(checked_in) if checked_in.is_reboot_pending && self.random.below(2) == 0 => {
                self.restart(&mut firmware);
            }
            _ => {}
        }
        firmware.admin_password().clone_into(&mut self.report.admin_password);
        self.report.last_run = memory.last_run();
        self.report.device_id = key_id.as_deref().and_then(|id| Some(id.split_once('/')?.1.to_owned()));
        self.parts = Some((firmware, memory));
        match outcome {
            Ok(checked_in) => {
                self.report.check_ins += 1;
                Some(checked_in)
            }
            Err(error) => {
                // What was ordered is no error of anybody's.
                if fault.is_none() {
                    self.note(&error);
                }
                None
            }
        }
    }

    /// Restarts the machine and checks in, without anything going wrong, until there is nothing more to do.
    pub(crate) async fn settle(&mut self, pause: Duration) {
        let mut quiet = 0;
        for _ in 0..SETTLING_TRIES_MAX {
            if let Some((firmware, _)) = &mut self.parts {
                firmware.reboot();
                self.report.restarts += 1;
            }
            match self.round(0).await {
                // With the first it may only have told what it had not told before.
                Some(checked_in) if checked_in.runs.is_empty() && !checked_in.is_reboot_pending => {
                    quiet += 1;
                    if quiet == 2 {
                        return;
                    }
                }
                Some(_) => quiet = 0,
                None => tokio::time::sleep(pause).await,
            }
        }
    }

    fn restart(&mut self, firmware: &mut SimulatedFirmware) {
        firmware.reboot();
        self.report.restarts += 1;
    }

    fn note(&mut self, error: &AgentError) {
        self.report.errors += 1;
        self.report.last_error = Some(error.to_string());
    }
}

/// The work of an agent in one check-in. It knows nothing of the device, which cannot be shared between threads.
async fn work(
    code: &str,
    agent: &mut DeviceAgent<SimulatedFirmware, DeviceMemory, SimulatedMachine, ()>,
) -> Result<CheckedIn, AgentError> {
    if !agent.is_enrolled() {
        agent.enroll(code).await?;
    }
    agent.check_in().await
}
