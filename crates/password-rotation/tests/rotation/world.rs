//! A server with a vault, a device with a firmware, and the messages between them, all of which can fail

use check_in::{PasswordAction, PasswordOutcome};
use password_rotation::{
    ChangeResult, Custody, DeviceSays, Move, Order, PasswordDevice, Phase, Policy, carry_out,
};

/// The former passwords that are kept.
const PREVIOUS_MAX: usize = 15;

/// What goes wrong at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Whoever is at work ends, or the message is lost, just before.
    Before,
    /// The same, just after.
    After,
    /// The firmware refuses.
    Refuse,
}

/// The end of whoever was at work.
#[derive(Debug)]
pub struct Ended;

/// What the server keeps.
#[derive(Clone, Default)]
pub struct Vault {
    pub custody: Custody,
    pub current: Option<String>,
    pub staged: Option<String>,
    pub previous: Vec<String>,
    /// The number of the last request that changed anything.
    sequence: u64,
    pub made: u32,
}

impl Vault {
    /// Whether a password can be found here.
    pub fn knows(&self, password: &str) -> bool {
        self.current.iter().chain(&self.staged).chain(&self.previous).any(|known| known == password)
    }

    fn shelve(&mut self, password: Option<String>) {
        self.previous.splice(0..0, password);
        self.previous.truncate(PREVIOUS_MAX);
    }
}

/// A firmware: its password, and one that holds after a restart.
pub struct Firmware {
    pub password: String,
    pub after_restart: Option<String>,
    /// Whether a change holds after a restart only.
    is_late: bool,
    /// What goes wrong at which of the next calls.
    faults: Vec<Option<Fault>>,
    pub wrong_attempts: u32,
}

impl PasswordDevice for Firmware {
    type Fault = Ended;

    fn is_set(&mut self) -> Result<bool, Ended> {
        Ok(!self.password.is_empty())
    }

    fn change(&mut self, from: &str, to: &str) -> Result<ChangeResult, Ended> {
        let fault = self.faults.pop().flatten();
        match fault {
            Some(Fault::Before) => return Err(Ended),
            Some(Fault::Refuse) => return Ok(ChangeResult::Refused("EIO".to_owned())),
            _ => {}
        }
        let is_open = self.password.is_empty() || self.password == from;
        self.wrong_attempts += u32::from(!is_open);
        if is_open && self.is_late {
            self.after_restart = Some(to.to_owned());
        } else if is_open {
            to.clone_into(&mut self.password);
        }
        match (fault, is_open) {
            (Some(_), _) => Err(Ended),
            (None, true) => Ok(ChangeResult::Taken),
            (None, false) => Ok(ChangeResult::Denied),
        }
    }
}

/// A request on its way.
#[derive(Clone)]
pub struct Request {
    sequence: u64,
    says: DeviceSays,
}

/// An answer on its way, and the request that it is for.
#[derive(Clone)]
pub struct Answer {
    to: u64,
    version: i64,
    order: Option<(PasswordAction, Option<String>, Option<String>)>,
}

/// All of it.
pub struct World {
    pub vault: Vault,
    pub firmware: Firmware,
    pub policy: Policy,
    pub is_old: bool,
    sequence: u64,
    /// The number of the request whose answer the agent waits for.
    waits_for: Option<u64>,
    report: Option<(i64, PasswordOutcome)>,
    pub requests: Vec<Request>,
    pub answers: Vec<Answer>,
}

impl World {
    pub fn new(is_late: bool) -> World {
        let firmware = Firmware {
            password: String::new(),
            after_restart: None,
            is_late,
            faults: Vec::new(),
            wrong_attempts: 0,
        };
        World {
            vault: Vault::default(),
            firmware,
            policy: Policy::Wanted,
            is_old: false,
            sequence: 0,
            waits_for: None,
            report: None,
            requests: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// The agent asks.
    pub fn ask(&mut self) {
        self.sequence += 1;
        self.waits_for = Some(self.sequence);
        let says = DeviceSays {
            is_set: !self.firmware.password.is_empty(),
            is_restart_pending: self.firmware.after_restart.is_some(),
            report: self.report.take(),
        };
        self.requests.push(Request { sequence: self.sequence, says });
    }

    /// The server answers a request, or ends before or after its commit.
    pub fn answer(&mut self, request: &Request, fault: Option<Fault>) {
        if request.sequence <= self.vault.sequence || fault == Some(Fault::Before) {
            return;
        }
        let mut next = self.vault.clone();
        let mut is_new = false;
        let decision = next.custody.decide(self.policy, request.says, self.is_old);
        match decision.moved {
            None => {}
            Some(Move::Promote) => {
                let (former, staged) = (next.current.take(), next.staged.take());
                next.shelve(former);
                next.current = staged;
                is_new = true;
            }
            Some(Move::ShelveStaged) => {
                let staged = next.staged.take();
                next.shelve(staged);
            }
            Some(Move::ShelveCurrent) => {
                let current = next.current.take();
                next.shelve(current);
            }
        }
        if decision.stages {
            assert!(next.staged.is_none(), "a staged password is overwritten");
            next.made += 1;
            next.staged = Some(format!("P{}", next.made));
        }
        let is_changed = decision.next != next.custody || decision.order.is_some();
        next.custody = decision.next;
        assert_eq!(next.custody.has_current, next.current.is_some());
        assert_eq!(next.custody.has_staged, next.staged.is_some());
        if is_changed {
            next.sequence = request.sequence;
            self.vault = next;
            self.is_old &= !is_new;
        }
        if fault.is_none() {
            let passwords = |action| match action {
                PasswordAction::Set => (action, self.vault.current.clone(), self.vault.staged.clone()),
                _ => (action, self.vault.current.clone(), None),
            };
            let order = decision.order.map(passwords);
            self.answers.push(Answer { to: request.sequence, version: self.vault.custody.version, order });
        }
    }

    /// The agent takes an answer, if it waits for that one, and does what it says; whether it has something to tell.
    pub fn take(&mut self, answer: &Answer, faults: Vec<Option<Fault>>) -> Result<bool, Ended> {
        if self.waits_for != Some(answer.to) {
            return Ok(false);
        }
        self.waits_for = None;
        let Some((action, current, staged)) = &answer.order else { return Ok(false) };
        let order = Order { action: *action, current: current.as_deref(), staged: staged.as_deref() };
        self.firmware.faults = faults;
        let outcome = carry_out(&order, &mut self.firmware);
        self.firmware.faults.clear();
        match outcome {
            Ok(outcome) => {
                self.report = Some((answer.version, outcome.outcome));
                Ok(true)
            }
            Err(ended) => {
                self.end_agent();
                Err(ended)
            }
        }
    }

    /// The agent ends: what it knew in memory is gone.
    pub fn end_agent(&mut self) {
        (self.waits_for, self.report) = (None, None);
    }

    pub fn restart(&mut self) {
        self.end_agent();
        if let Some(password) = self.firmware.after_restart.take() {
            self.firmware.password = password;
        }
    }

    /// Somebody asks for a rotation, or has seen the password.
    pub fn ask_for_rotation(&mut self) {
        self.vault.custody.is_due = true;
    }

    /// A check-in from its first request to its last answer. `faults` tells what goes wrong at each point, in turn.
    pub fn check_in(&mut self, faults: &mut dyn FnMut() -> Option<Fault>) {
        for _ in 0..6 {
            self.ask();
            let request = self.requests.pop().expect("a request");
            // The request is lost, or the server ends around its commit.
            if faults().is_some() {
                return self.end_agent();
            }
            self.answer(&request, faults());
            let Some(answer) = self.answers.pop() else { return self.end_agent() };
            // The answer is lost.
            if faults().is_some() {
                return self.end_agent();
            }
            let calls = (0..4).map(|_| faults()).collect();
            match self.take(&answer, calls) {
                Ok(true) => {}
                Ok(false) | Err(Ended) => return self.end_agent(),
            }
        }
    }

    /// The password that opens the firmware, now or after a restart, is in the vault.
    pub fn check_nothing_is_lost(&self, when: &dyn std::fmt::Debug) {
        let after = self.firmware.after_restart.as_deref().unwrap_or_default();
        for password in [self.firmware.password.as_str(), after] {
            assert!(password.is_empty() || self.vault.knows(password), "{password} is lost after {when:?}");
        }
    }

    /// Without faults a few check-ins and restarts bring both sides together.
    pub fn check_convergence(&mut self, when: &dyn std::fmt::Debug) {
        for _ in 0..8 {
            self.restart();
            self.check_in(&mut || None);
            self.check_nothing_is_lost(when);
        }
        self.restart();
        let (custody, password) = (self.vault.custody, self.firmware.password.as_str());
        assert_eq!(custody.phase, Phase::Settled, "after {when:?}");
        assert!(!custody.has_staged && !custody.is_due, "{custody:?} after {when:?}");
        assert_eq!(self.vault.current.as_deref().unwrap_or_default(), password, "after {when:?}");
        match self.policy {
            Policy::Wanted => assert!(!password.is_empty(), "no password after {when:?}"),
            Policy::Disabled => assert!(password.is_empty(), "a password after {when:?}"),
            Policy::Unsaid => {}
        }
    }
}
