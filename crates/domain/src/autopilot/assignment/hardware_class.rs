//! The class of a device's hardware, by its model, and the profiles that fit it.

/// Why a profile does not fit a device, as `deploymentProfileAssignmentDetailedStatus` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    HardwareRequirements,
    SurfaceHub,
    HoloLens,
    WindowsPc,
    SurfaceHub2S,
}

/// The classes, with the numbers that `windowsAutopilotDeviceType` has for them.
const WINDOWS_PC: i64 = 0;
const HOLO_LENS: i64 = 1;
const SURFACE_HUB_2: i64 = 2;
const SURFACE_HUB_2S: i64 = 3;
const VIRTUAL_MACHINE: i64 = 4;

/// Why a profile for a class of devices does not fit a device of this model. A device without a model fits any.
pub(super) fn misfit(wanted: i64, model: &str) -> Option<Misfit> {
    let model = model.to_ascii_lowercase();
    if model.trim().is_empty() {
        return None;
    }
    let class = if model.contains("hololens") {
        HOLO_LENS
    } else if model.contains("surface hub 2s") {
        SURFACE_HUB_2S
    } else if model.contains("surface hub") {
        SURFACE_HUB_2
    } else if model.contains("virtual") {
        VIRTUAL_MACHINE
    } else {
        WINDOWS_PC
    };
    match (wanted, class) {
        (WINDOWS_PC, WINDOWS_PC | VIRTUAL_MACHINE) => None,
        (wanted, class) if wanted == class => None,
        (WINDOWS_PC, _) => Some(Misfit::WindowsPc),
        (HOLO_LENS, _) => Some(Misfit::HoloLens),
        (SURFACE_HUB_2, _) => Some(Misfit::SurfaceHub),
        (SURFACE_HUB_2S, _) => Some(Misfit::SurfaceHub2S),
        (VIRTUAL_MACHINE, _) => Some(Misfit::HardwareRequirements),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Misfit, misfit};

    #[test]
    fn profiles_fit_their_class() {
        for (wanted, model, expected) in [
            (0, "Latitude 5440", None),
            (0, "Virtual Machine", None),
            (0, "", None),
            (0, "HoloLens 2", Some(Misfit::WindowsPc)),
            (1, "HoloLens 2", None),
            (1, "Latitude 5440", Some(Misfit::HoloLens)),
            (2, "Surface Hub", None),
            (2, "Surface Hub 2S", Some(Misfit::SurfaceHub)),
            (3, "Surface Hub 2S", None),
            (3, "Surface Hub", Some(Misfit::SurfaceHub2S)),
            (4, "Virtual Machine", None),
            (4, "Latitude 5440", Some(Misfit::HardwareRequirements)),
        ] {
            assert_eq!(misfit(wanted, model), expected, "{wanted} {model}");
        }
    }
}
