//! One device's agent: it recovers from whatever ended it, enrolls, and checks in until there is nothing more to do.
//!
//! Everything that must not be forgotten is kept before the step that it is about, so the agent may be ended anywhere: the
//! next one finds a configuration that was being applied and writes the old values back, and reports what it has not told.

use std::time::Duration;

use agent::{Attributes, Firmware, FirmwareError, PasswordLengths, Terms};
use check_in::{
    AttributeReport, AttributeValues, CHECK_IN_PATH, CheckInAnswer, CheckInRequest, ConfigurationVersion,
    DeliveredConfiguration, ENROLL_PATH, EnrollAnswer, EnrollRequest, FirmwareInterface, Machine,
    PasswordKey, PasswordOutcome, PasswordStatus, RunReport,
};
use request_proof::PrivateKey;

use crate::client::{Connection, Sender};
use crate::error::AgentError;
use crate::keeping::Keeping;
use crate::kept::{Applying, Kept};
use crate::machine::DescribeMachine;
use crate::password_order::{carry_out, open};
use crate::run::{apply_plan, prepare, read};
use crate::stage::{Observer, Stage};

/// The requests of one check-in: all attributes are asked for, a password is set, a configuration is delivered, the results are
/// told, and the next of each is there already.
const REQUESTS_MAX: usize = 8;
/// How often a configuration is begun that the agent does not outlive.
const ATTEMPTS_MAX: u32 = 3;

/// One device's agent.
pub struct DeviceAgent<F, K, M, O> {
    /// The machine's BIOS.
    pub firmware: F,
    keeping: K,
    machine: M,
    observer: O,
    connection: Connection,
    key: PrivateKey,
    kept: Kept,
    has_recovered: bool,
    /// Whether values have to be written back that only the password lets be written.
    owes_undo: bool,
}

/// The end of a check-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedIn {
    /// The time until the server wants the next.
    pub again_after: Duration,
    /// Whether settings wait for a restart.
    pub is_reboot_pending: bool,
    /// What became of configurations, as the server has heard it.
    pub runs: Vec<RunReport>,
}

/// What the machine is like now.
struct Reading {
    machine: Machine,
    firmware: Option<FirmwareInterface>,
    values: AttributeValues,
    password_lengths: Option<PasswordLengths>,
}

impl<F: Firmware, K: Keeping, M: DescribeMachine, O: Observer> DeviceAgent<F, K, M, O> {
    /// An agent that goes on where the one before it was ended.
    pub fn begin(
        firmware: F,
        mut keeping: K,
        machine: M,
        observer: O,
        connection: Connection,
    ) -> Result<DeviceAgent<F, K, M, O>, AgentError> {
        let (key, kept) = (keeping.key()?, keeping.load()?);
        let (has_recovered, owes_undo) = (false, false);
        let agent = DeviceAgent {
            firmware,
            keeping,
            machine,
            observer,
            connection,
            key,
            kept,
            has_recovered,
            owes_undo,
        };
        Ok(agent)
    }

    /// Whether the device is enrolled.
    pub fn is_enrolled(&self) -> bool {
        self.kept.key_id.is_some()
    }

    /// The name that the server gave the device's key; none if it is not enrolled.
    pub fn key_id(&self) -> Option<&str> {
        self.kept.key_id.as_deref()
    }

    /// Has the kernel forget the password, at the end.
    pub fn close(&mut self) -> Result<(), AgentError> {
        match self.firmware.close_session() {
            Ok(()) | Err(FirmwareError::NoAttributes) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The parts that outlive the agent: the BIOS, and what it keeps.
    pub fn end(self) -> (F, K) {
        (self.firmware, self.keeping)
    }

    /// Clears the session of an agent that was ended, and writes the values back that it had begun to change. If that takes a
    /// password, the server has it.
    fn recover(&mut self) -> Result<(), AgentError> {
        if self.has_recovered {
            return Ok(());
        }
        self.observer.reached(Stage::Recover);
        self.close()?;
        self.owes_undo = self.kept.applying.is_some() && self.firmware.has_admin_password()?;
        if !self.owes_undo {
            self.undo()?;
        }
        self.has_recovered = true;
        Ok(())
    }

    fn undo(&mut self) -> Result<(), AgentError> {
        let Some(applying) = self.kept.applying.clone() else { return Ok(()) };
        let attributes = self.firmware.attributes()?;
        for (name, value) in &applying.before {
            if attributes.value(name).is_some_and(|now| now != value) {
                // A value that is not taken back is seen as drift by the server.
                let _ = self.firmware.write(name, value);
            }
        }
        if applying.attempts >= ATTEMPTS_MAX {
            let error =
                format!("the agent was ended {ATTEMPTS_MAX} times while it applied the configuration");
            self.kept.applied = Some(applying.configuration);
            self.kept.run = Some(RunReport { error: Some(error), ..RunReport::default() });
            self.kept.applying = None;
        }
        Ok(())
    }

    /// Enrolls the device with a code.
    pub async fn enroll(&mut self, code: &str) -> Result<(), AgentError> {
        self.recover()?;
        self.observer.reached(Stage::Read);
        let machine = self.machine.describe(&self.firmware.identity()?);
        let request =
            EnrollRequest { code: code.to_owned(), machine, hardware_hash: self.machine.hardware_hash() };
        let answer: EnrollAnswer = self.send(ENROLL_PATH, &request, None).await?;
        // Whatever was kept belonged to another enrollment.
        self.kept = Kept { key_id: Some(answer.key_id), sequence: self.kept.sequence, ..Kept::default() };
        self.keep()
    }

    /// Checks in, applies what is delivered and tells what became of it, until there is nothing more to do.
    pub async fn check_in(&mut self) -> Result<CheckedIn, AgentError> {
        self.recover()?;
        let mut runs = Vec::new();
        let (mut password_report, mut password) = (None, None);
        for _ in 0..REQUESTS_MAX {
            let reading = self.read()?;
            let told = self.kept.run.clone();
            let key = PasswordKey::generate().map_err(|fault| AgentError::Keeping(fault.to_string()))?;
            let status = reading.password_lengths.map(|PasswordLengths { min, max }| PasswordStatus {
                key: key.public().to_owned(),
                length_min: min,
                length_max: max,
                is_needed: self.owes_undo,
                report: password_report.clone(),
            });
            let answer = self.report(&reading, status).await?;
            if answer.wants_all_attributes {
                self.kept.acknowledged = None;
                self.keep()?;
                continue;
            }
            runs.extend(told);
            password_report = None;
            if let Some(order) = &answer.password {
                let key_id = self.kept.key_id.as_deref().unwrap_or_default();
                let opened = open(order, key, key_id)?;
                let observer = &mut self.observer;
                let (report, opening) =
                    carry_out(order, &opened, &mut self.firmware, &mut || observer.reached(Stage::Password))?;
                password_report = Some(report).filter(|report| report.outcome != PasswordOutcome::Works);
                password = opening;
                self.undo_with(password.as_deref())?;
            }
            match answer.deliver {
                Some(delivered) => self.apply(&delivered, password.as_deref().map(String::as_str))?,
                None if password_report.is_some() => {}
                None => {
                    let is_reboot_pending =
                        reading.firmware.is_some_and(|firmware| firmware.is_reboot_pending);
                    let again_after = Duration::from_secs(answer.check_in_after_seconds);
                    return Ok(CheckedIn { again_after, is_reboot_pending, runs });
                }
            }
        }
        Err(AgentError::Refused(format!("the server wants more than {REQUESTS_MAX} requests in a check-in")))
    }

    fn read(&mut self) -> Result<Reading, AgentError> {
        self.observer.reached(Stage::Read);
        let identity = self.firmware.identity()?;
        let machine = self.machine.describe(&identity);
        let attributes = match self.firmware.attributes() {
            Ok(attributes) => attributes,
            Err(FirmwareError::NoAttributes) => {
                let values = AttributeValues::default();
                return Ok(Reading { machine, firmware: None, values, password_lengths: None });
            }
            Err(error) => return Err(error.into()),
        };
        let driver = identity.vendor.and_then(agent::Vendor::driver).unwrap_or("unknown");
        let firmware = FirmwareInterface {
            driver: driver.to_owned(),
            is_password_set: self.firmware.has_admin_password()?,
            is_reboot_pending: self.firmware.is_reboot_pending()?,
        };
        let password_lengths = self.firmware.password_lengths()?;
        Ok(Reading { machine, firmware: Some(firmware), values: values_of(attributes), password_lengths })
    }

    /// Tells the server how the machine is.
    async fn report(
        &mut self,
        reading: &Reading,
        password: Option<PasswordStatus>,
    ) -> Result<CheckInAnswer, AgentError> {
        let known = self.kept.acknowledged.as_ref();
        let attributes = AttributeReport {
            digest: reading.values.digest(),
            all: known.is_none().then(|| reading.values.clone()),
            changes: known
                .filter(|known| **known != reading.values)
                .map(|known| reading.values.changes_from(known)),
        };
        let request = CheckInRequest {
            machine: reading.machine.clone(),
            firmware: reading.firmware.clone(),
            password,
            attributes,
            applied: self.kept.applied.clone(),
            run: self.kept.run.clone(),
            hardware_hash: None,
        };
        let key_id = self.kept.key_id.clone();
        let answer: CheckInAnswer = self.send(CHECK_IN_PATH, &request, key_id.as_deref()).await?;
        if !answer.wants_all_attributes && (self.kept.run.is_some() || known_differs(&self.kept, reading)) {
            self.kept.acknowledged = Some(reading.values.clone());
            self.kept.run = None;
            self.keep()?;
        }
        Ok(answer)
    }

    /// Writes the values back that an agent before had begun to change, now that the password is known or gone.
    fn undo_with(&mut self, password: Option<&String>) -> Result<(), AgentError> {
        if !self.owes_undo || (password.is_none() && self.firmware.has_admin_password()?) {
            return Ok(());
        }
        if let Some(password) = password {
            self.firmware.open_session(password)?;
        }
        let undone = self.undo();
        self.close()?;
        self.owes_undo = false;
        undone
    }

    /// Applies a delivered configuration.
    fn apply(
        &mut self,
        delivered: &DeliveredConfiguration,
        password: Option<&str>,
    ) -> Result<(), AgentError> {
        let configuration = &delivered.configuration;
        let file = match read(delivered) {
            Ok(file) => file,
            Err(error) => {
                let run = RunReport { error: Some(error), ..RunReport::default() };
                return self.applied(configuration, run);
            }
        };
        let (plan, before) = prepare(&file, &self.firmware)?;
        let again = self.kept.applying.take().filter(|applying| applying.configuration == *configuration);
        let attempts = again.map_or(0, |applying| applying.attempts) + 1;
        self.kept.applying = Some(Applying { configuration: configuration.clone(), before, attempts });
        self.keep()?;
        let observer = &mut self.observer;
        let terms = Terms { atomic: delivered.is_atomic, password };
        let run =
            apply_plan(&plan, terms, &mut self.firmware, &mut |step| observer.reached(Stage::Apply(step)));
        self.applied(configuration, run)
    }

    fn applied(&mut self, configuration: &ConfigurationVersion, run: RunReport) -> Result<(), AgentError> {
        let attributes_digest = match self.firmware.attributes() {
            Ok(attributes) => values_of(attributes).digest(),
            // Whoever has no power keeps nothing and tells nothing.
            Err(FirmwareError::Gone) => return Err(FirmwareError::Gone.into()),
            Err(_) => String::new(),
        };
        let run = RunReport { attributes_digest, ..run };
        self.kept.applied = Some(configuration.clone());
        self.kept.run = Some(run);
        self.kept.applying = None;
        self.keep()
    }

    async fn send<T: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl serde::Serialize,
        key_id: Option<&str>,
    ) -> Result<T, AgentError> {
        let DeviceAgent { keeping, observer, connection, key, kept, .. } = self;
        let number = || {
            observer.reached(Stage::Keep);
            kept.sequence = next_number(kept.sequence);
            keeping.save(kept)?;
            observer.reached(Stage::Send);
            Ok(kept.sequence)
        };
        let answer = connection.send(&Sender { key, key_id }, path, body, number).await?;
        self.observer.reached(Stage::Receive);
        Ok(answer)
    }

    fn keep(&mut self) -> Result<(), AgentError> {
        self.observer.reached(Stage::Keep);
        self.keeping.save(&self.kept)
    }
}

fn values_of(attributes: Attributes) -> AttributeValues {
    AttributeValues(attributes.0.into_iter().map(|(name, attribute)| (name, attribute.current)).collect())
}

fn known_differs(kept: &Kept, reading: &Reading) -> bool {
    kept.acknowledged.as_ref() != Some(&reading.values)
}

/// The number after one: that of the time, so that an agent whose state was lost or put back is ahead again, but always
/// higher than the one before, whatever the clock says.
fn next_number(last: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
    now.max(last.saturating_add(1)).min(i64::MAX as u64)
}
