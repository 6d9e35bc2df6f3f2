//! The rotation of a firmware's password in two phases, so that none is ever lost: what the server decides ([`Custody::decide`])
//! and what a device does ([`carry_out`]), both without I/O.
//!
//! A new password is *staged* in the vault before the device is told. The device sets it, opens the firmware with it, and says
//! so; only then does it take the place of the one before. Whatever ends either side between two steps, whatever message is lost
//! or comes twice, the password that opens the firmware is in the vault as the current, the staged or a former one, and the next
//! check-in finds out which.

mod custody;
mod device;
mod progress;

pub use custody::{Custody, Decision, DeviceSays, Move, Phase, Policy};
pub use device::{ChangeResult, Order, Outcome, PasswordDevice, carry_out};
pub use progress::{Progress, REFUSALS_MAX};
