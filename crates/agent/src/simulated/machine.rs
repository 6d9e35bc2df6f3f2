//! Which machine a simulated one is.

use uuid::Builder;

use crate::firmware::{MachineIdentity, Vendor};
use crate::simulated::random::Random;

/// The letters of serial numbers: no vowels, and none that looks like a digit.
const LETTERS: &str = "0123456789BCDFGHJKLMNPQRSTVWXYZ";

/// A machine that a maker could have built.
pub(super) fn identity(vendor: Vendor, random: &mut Random) -> MachineIdentity {
    let (manufacturer, models, prefix, length): (_, &[&str], _, _) = match vendor {
        Vendor::Dell => {
            ("Dell Inc.", &["Latitude 5450", "Latitude 7450", "OptiPlex 7020", "Precision 3591"], "", 7)
        }
        Vendor::Hp => ("HP", &["HP EliteBook 840 G11", "HP ProDesk 400 G9", "HP ZBook Power G11"], "5CG", 7),
        Vendor::Lenovo => ("LENOVO", &["21ML0012GE", "21KC0034GE", "30E0005BUS"], "PF", 6),
        Vendor::Surface => {
            ("Microsoft Corporation", &["Surface Pro 10 for Business", "Surface Laptop 6"], "0", 11)
        }
    };
    let alphabet = if vendor == Vendor::Surface { "0123456789" } else { LETTERS };
    let serial_number = format!("{prefix}{}", random.text(alphabet, length));
    let model = models[random.below(models.len())].to_owned();
    let bytes = (u128::from(random.number()) << 64 | u128::from(random.number())).to_be_bytes();
    MachineIdentity {
        vendor: Some(vendor),
        manufacturer: manufacturer.to_owned(),
        model,
        serial_number,
        uuid: Some(Builder::from_random_bytes(bytes).into_uuid()),
    }
}
