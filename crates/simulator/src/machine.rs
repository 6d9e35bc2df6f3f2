//! The machines of a fleet: whose they are, and what they say of themselves.

use std::str::FromStr;

use agent::{MachineIdentity, Random, Vendor};
use agent_service::DescribeMachine;
use check_in::Machine;
use domain::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, synthetic_tpm, to_base64};

const FIRMWARE_VERSIONS: [&str; 4] = ["1.4.2", "1.9.0", "1.12.1", "2.0.3"];
const OS_VERSIONS: [&str; 3] = ["Ubuntu 24.04.3 LTS", "Debian GNU/Linux 13 (trixie)", "Fedora Linux 43"];

/// Whose machines a fleet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendors {
    /// Those of one maker.
    Of(Vendor),
    /// Those of all makers, most of them Dell's.
    Mix,
}

impl FromStr for Vendors {
    type Err = String;

    fn from_str(text: &str) -> Result<Vendors, String> {
        Ok(match text {
            "dell" => Vendors::Of(Vendor::Dell),
            "lenovo" => Vendors::Of(Vendor::Lenovo),
            "hp" => Vendors::Of(Vendor::Hp),
            "surface" => Vendors::Of(Vendor::Surface),
            "mix" => Vendors::Mix,
            _ => return Err("one of dell, lenovo, hp, surface and mix".to_owned()),
        })
    }
}

impl Vendors {
    /// The maker of the next machine.
    pub(crate) fn draw(self, random: &mut Random) -> Vendor {
        match self {
            Vendors::Of(vendor) => vendor,
            Vendors::Mix => match random.below(10) {
                0..5 => Vendor::Dell,
                5..7 => Vendor::Lenovo,
                7..9 => Vendor::Hp,
                _ => Vendor::Surface,
            },
        }
    }
}

/// The name of a maker, as the command line has it.
pub(crate) fn name(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Dell => "dell",
        Vendor::Hp => "hp",
        Vendor::Lenovo => "lenovo",
        Vendor::Surface => "surface",
    }
}

/// What a simulated machine says of itself beside its identity.
#[derive(Clone)]
pub(crate) struct SimulatedMachine {
    seed: u64,
    firmware_version: &'static str,
    os_version: &'static str,
    hash: Option<String>,
}

impl SimulatedMachine {
    /// A machine of its own, with the hash that its owner collected.
    pub(crate) fn new(seed: u64, identity: &MachineIdentity) -> SimulatedMachine {
        let mut random = Random::new(seed ^ 0x6d61_6368_696e_6573);
        let mut machine = SimulatedMachine {
            seed,
            firmware_version: FIRMWARE_VERSIONS[random.below(FIRMWARE_VERSIONS.len())],
            os_version: OS_VERSIONS[random.below(OS_VERSIONS.len())],
            hash: None,
        };
        machine.hash = machine.hash_of(identity);
        machine
    }

    fn hash_of(&self, identity: &MachineIdentity) -> Option<String> {
        let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
        let mut hash = HardwareHash::new(vec![
            text(TextKind::SerialNumber, &identity.serial_number),
            text(TextKind::Manufacturer, &identity.manufacturer),
            text(TextKind::Model, &identity.model),
        ]);
        identity.uuid.into_iter().for_each(|uuid| hash.put(HashRecord::SmbiosUuid { uuid }));
        synthetic_tpm(&self.seed.to_string()).into_iter().for_each(|record| hash.put(record));
        hash.build().ok().map(|blob| to_base64(&blob))
    }
}

impl DescribeMachine for SimulatedMachine {
    fn describe(&self, identity: &MachineIdentity) -> Machine {
        Machine {
            manufacturer: identity.manufacturer.clone(),
            model: identity.model.clone(),
            serial_number: identity.serial_number.clone(),
            uuid: identity.uuid.map(|uuid| uuid.to_string()).unwrap_or_default(),
            firmware_version: self.firmware_version.to_owned(),
            os_version: self.os_version.to_owned(),
            ..Machine::default()
        }
    }

    fn hardware_hash(&self) -> Option<String> {
        self.hash.clone()
    }
}
