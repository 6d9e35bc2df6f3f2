//! What goes wrong with a device, drawn from its seed before each check-in.

use agent::{FirmwareRefusal, Mishap, Random, SimulatedFirmware};

use crate::forgetful::PowerFailure;

/// The calls of a check-in among which one goes wrong.
const CALLS: usize = 40;
/// What a check-in keeps, so many times.
const SAVES: usize = 6;

/// What goes wrong in one check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Somebody changed a setting in BIOS Setup.
    Drift,
    /// The machine loses power while its BIOS is asked.
    LosePower,
    /// The driver hangs, and the agent is ended.
    Hang,
    /// The firmware refuses something once.
    Refuse,
    /// The machine loses power just before or after something is kept.
    LosePowerKeeping(PowerFailure),
}

impl Fault {
    /// Draws what goes wrong; nothing in most check-ins.
    pub(crate) fn draw(random: &mut Random, percent: u32) -> Option<Fault> {
        if random.below(100) >= percent as usize {
            return None;
        }
        Some(match random.below(5) {
            0 => Fault::Drift,
            1 => Fault::LosePower,
            2 => Fault::Hang,
            3 => Fault::Refuse,
            _ => Fault::LosePowerKeeping(PowerFailure {
                save: random.below(SAVES),
                is_kept: random.below(2) == 0,
            }),
        })
    }

    /// Has it happen to a BIOS, if it is one of those.
    pub(crate) fn order(self, random: &mut Random, firmware: &mut SimulatedFirmware) {
        let call = firmware.calls() + random.below(CALLS) as u64;
        match self {
            Fault::Drift => drop(firmware.drift()),
            Fault::LosePower => firmware.order(call, Mishap::LosePower),
            Fault::Hang => firmware.order(call, Mishap::Hang),
            Fault::Refuse => {
                let refusal = FirmwareRefusal::ALL[random.below(FirmwareRefusal::ALL.len())];
                firmware.order(call, Mishap::Refuse(refusal));
            }
            Fault::LosePowerKeeping(_) => {}
        }
    }
}
