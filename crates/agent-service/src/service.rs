//! The agent of the machine that it runs on: enrolled once, and then checking in again and again.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use agent::{Firmware, SysfsFirmware};
use check_in::{ReportedOutcome, RunReport};

use crate::client::Connection;
use crate::device_agent::{CheckedIn, DeviceAgent};
use crate::error::AgentError;
use crate::keeping::FolderKeeping;
use crate::machine::DmiMachine;
use crate::stage::Observer;

/// The wait after something that may go well later, doubled each time up to the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(15);
const PAUSE_MAX: Duration = Duration::from_secs(1_800);

/// What the agent of a machine needs to know.
pub struct Service {
    /// The server that it checks in with.
    pub connection: Connection,
    /// The code to enroll with, if the machine is not enrolled, or no more.
    pub code: Option<String>,
    /// The folder of the agent's own.
    pub state: PathBuf,
    /// Where the kernel shows attributes.
    pub attributes_root: PathBuf,
    /// Where the kernel shows what SMBIOS tells.
    pub dmi_root: PathBuf,
    /// When it checks in.
    pub rhythm: Rhythm,
}

/// When an agent checks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Once, and then it ends.
    Once,
    /// Again and again, with this time between, or with the one that the server says.
    Again(Option<Duration>),
}

impl Service {
    /// Runs until `stop` is ready; `tell` is told in a line what goes on. The session with the firmware is closed whichever
    /// way it ends.
    ///
    /// In builds for tests the files may be a tree with the behaviour of a driver, which remembers in the file that the variable
    /// `MUSTER_AGENT_FIRMWARE_MEMORY` names.
    pub async fn run(
        self,
        observer: impl Observer,
        stop: impl Future<Output = ()>,
        tell: impl FnMut(&str),
    ) -> Result<(), AgentError> {
        let firmware = SysfsFirmware::new(&self.attributes_root, &self.dmi_root);
        #[cfg(debug_assertions)]
        if let Some(memory) = std::env::var_os("MUSTER_AGENT_FIRMWARE_MEMORY") {
            let firmware = agent::BehavingTree::new(firmware, &PathBuf::from(memory));
            return self.run_on(firmware, observer, stop, tell).await;
        }
        self.run_on(firmware, observer, stop, tell).await
    }

    async fn run_on(
        self,
        firmware: impl Firmware,
        observer: impl Observer,
        stop: impl Future<Output = ()>,
        mut tell: impl FnMut(&str),
    ) -> Result<(), AgentError> {
        let mut stop = pin!(stop);
        let (keeping, machine) = (FolderKeeping::open(&self.state)?, DmiMachine::new(&self.dmi_root));
        let mut agent = DeviceAgent::begin(firmware, keeping, machine, observer, self.connection)?;
        let mut pause = PAUSE_FIRST;
        loop {
            let round = async {
                if !agent.is_enrolled() {
                    let code = self.code.as_deref().ok_or_else(|| {
                        AgentError::Refused(
                            "the machine is not enrolled; pass a code with --enroll".to_owned(),
                        )
                    })?;
                    agent.enroll(code).await?;
                }
                match (agent.check_in().await, &self.code) {
                    // A device that was revoked comes back with a code.
                    (Err(AgentError::Revoked(_)), Some(code)) => {
                        agent.enroll(code).await?;
                        agent.check_in().await
                    }
                    (checked_in, _) => checked_in,
                }
            };
            // What is applied is not interrupted: only waiting for the network and for the next time is.
            let round = tokio::select! {
                biased;
                () = &mut stop => return agent.close(),
                round = round => round,
            };
            let wait = match round {
                Ok(checked_in) => {
                    told(&checked_in).iter().for_each(|line| tell(line));
                    pause = PAUSE_FIRST;
                    match self.rhythm {
                        Rhythm::Once => return agent.close(),
                        Rhythm::Again(period) => period.unwrap_or(checked_in.again_after),
                    }
                }
                Err(error) if error.is_temporary() && self.rhythm != Rhythm::Once => {
                    tell(&format!("{error}; trying again in {} s", pause.as_secs()));
                    let wait = pause;
                    pause = (pause * 2).min(PAUSE_MAX);
                    wait
                }
                Err(error) => {
                    agent.close()?;
                    return Err(error);
                }
            };
            tokio::select! {
                () = &mut stop => return agent.close(),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// What a check-in came to, in lines.
fn told(checked_in: &CheckedIn) -> Vec<String> {
    let mut lines: Vec<String> = checked_in.runs.iter().map(of_run).collect();
    if checked_in.runs.is_empty() {
        lines.push("checked in: nothing to do".to_owned());
    }
    if checked_in.is_reboot_pending {
        lines.push("some settings wait for a restart".to_owned());
    }
    lines
}

fn of_run(run: &RunReport) -> String {
    if let Some(error) = &run.error {
        return format!("the configuration could not be applied: {error}");
    }
    let count = |outcome| run.results.iter().filter(|result| result.outcome == outcome).count();
    let (already, changed, later, refused) = (
        count(ReportedOutcome::Already),
        count(ReportedOutcome::Changed),
        count(ReportedOutcome::NeedsReboot),
        count(ReportedOutcome::Refused),
    );
    let mut line =
        format!("settings: {already} already, {changed} changed, {later} need a restart, {refused} refused");
    for result in run.results.iter().filter(|result| result.outcome == ReportedOutcome::Refused) {
        let reason = result.reason.as_deref().unwrap_or("no reason given");
        line.push_str(&format!("\n  {}: {reason}", result.name));
    }
    line
}
