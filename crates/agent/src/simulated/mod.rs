//! A BIOS in memory that behaves as the drivers and the firmware of its maker do, and fails when it is told to.

mod attribute_table;
mod behaving_tree;
mod behaviour;
mod machine;
mod random;
mod tree;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::attribute::Attributes;
use crate::firmware::{FirmwareError, FirmwareRefusal, MachineIdentity, Vendor};
use crate::modifier::Effect;

pub use behaving_tree::BehavingTree;
pub use behaviour::PasswordRole;
pub use random::Random;
pub use tree::write_tree;

/// How many attributes somebody has changed before the machine is first seen.
const CHANGES_BEFORE: usize = 5;

/// A BIOS in memory. The same maker and seed give the same machine, which does the same if it is asked the same.
pub struct SimulatedFirmware {
    vendor: Vendor,
    identity: MachineIdentity,
    attributes: Attributes,
    /// The attributes whose new value shows after a reboot only.
    shown_late: BTreeSet<&'static str>,
    /// What has been set and does not show yet.
    waiting: BTreeMap<String, String>,
    /// What has been written in bulk and is not saved yet.
    unsaved: Vec<(String, String)>,
    is_bulk: bool,
    saves_since_boot: u32,
    is_reboot_pending: bool,
    admin_password: String,
    system_password: String,
    /// A new administrator password that holds after a reboot.
    admin_password_after_boot: Option<String>,
    session: String,
    calls: Cell<u64>,
    mishaps: BTreeMap<u64, Mishap>,
    is_gone: Cell<bool>,
    random: Random,
}

/// Something that goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The firmware refuses.
    Refuse(FirmwareRefusal),
    /// The machine loses its power before it does what it is asked.
    LosePower,
    /// The driver never answers.
    Hang,
}

impl SimulatedFirmware {
    /// A machine of a maker in which somebody has changed a few attributes.
    pub fn new(vendor: Vendor, seed: u64) -> SimulatedFirmware {
        let mut machine = SimulatedFirmware::with_defaults(vendor, seed);
        for _ in 0..CHANGES_BEFORE {
            machine.drift();
        }
        machine
    }

    /// A machine of a maker as it leaves the factory.
    pub fn with_defaults(vendor: Vendor, seed: u64) -> SimulatedFirmware {
        let mut random = Random::new(seed);
        let table = attribute_table::of(vendor);
        SimulatedFirmware {
            vendor,
            identity: machine::identity(vendor, &mut random),
            attributes: Attributes(table.iter().map(|row| (row.name.to_owned(), row.attribute())).collect()),
            shown_late: table.iter().filter(|row| row.is_shown_late).map(|row| row.name).collect(),
            waiting: BTreeMap::new(),
            unsaved: Vec::new(),
            is_bulk: false,
            saves_since_boot: 0,
            is_reboot_pending: false,
            admin_password: String::new(),
            system_password: String::new(),
            admin_password_after_boot: None,
            session: String::new(),
            calls: Cell::new(0),
            mishaps: BTreeMap::new(),
            is_gone: Cell::new(false),
            random,
        }
    }

    /// The maker of the machine.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// How often it was called through [`crate::Firmware`].
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// Has something go wrong at a call, counted from 0.
    pub fn order(&mut self, call: u64, mishap: Mishap) {
        self.mishaps.insert(call, mishap);
    }

    /// Whether it has no power or hangs.
    pub fn is_gone(&self) -> bool {
        self.is_gone.get()
    }

    /// Turns it off and on: what waited takes effect, and what was not saved is forgotten.
    pub fn reboot(&mut self) {
        for (name, value) in std::mem::take(&mut self.waiting) {
            self.attributes.set(&name, &value);
        }
        if let Some(password) = self.admin_password_after_boot.take() {
            self.admin_password = password;
        }
        self.unsaved.clear();
        self.is_bulk = false;
        self.saves_since_boot = 0;
        self.is_reboot_pending = false;
        self.session.clear();
        self.is_gone.set(false);
    }

    /// Ends a hang without a reboot: whoever waited was killed, and what it left is still there.
    pub fn wake(&mut self) {
        self.is_gone.set(false);
    }

    /// Somebody changes an attribute in BIOS Setup; which one it was.
    pub fn drift(&mut self) -> Option<String> {
        let changeable = |(name, attribute): (&String, &crate::Attribute)| {
            let is_free = [Effect::ReadOnly, Effect::Suppressed]
                .into_iter()
                .all(|effect| self.attributes.holding(attribute, effect).is_none());
            let others = attribute_table::other_values(attribute);
            (is_free && self.attributes.forced(attribute).is_none() && !others.is_empty())
                .then(|| (name.clone(), others))
        };
        let changeable: Vec<(String, Vec<String>)> =
            self.attributes.0.iter().filter_map(changeable).collect();
        if changeable.is_empty() {
            return None;
        }
        let (name, values) = &changeable[self.random.below(changeable.len())];
        let value = &values[self.random.below(values.len())];
        self.waiting.remove(name);
        self.attributes.set(name, value);
        Some(name.clone())
    }

    /// The administrator password that holds now; empty if there is none.
    pub fn admin_password(&self) -> &str {
        &self.admin_password
    }

    /// Whether the kernel holds a password.
    pub fn has_session(&self) -> bool {
        !self.session.is_empty()
    }

    /// Counts a call, and lets go wrong what shall.
    fn enter(&self) -> Result<(), FirmwareError> {
        let call = self.calls.get();
        self.calls.set(call + 1);
        match self.mishaps.get(&call) {
            _ if self.is_gone.get() => Err(FirmwareError::Gone),
            Some(Mishap::LosePower | Mishap::Hang) => {
                self.is_gone.set(true);
                Err(FirmwareError::Gone)
            }
            Some(Mishap::Refuse(refusal)) => Err(FirmwareError::Refused(*refusal)),
            None => Ok(()),
        }
    }
}
