//! Why a device was not registered, in the codes and names that clients know.

/// Why a device was not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImportError {
    /// The domain of the assigned user is not allowed.
    UserPrincipalName,
    /// The database failed again and again, or has no room for the tenant.
    Storage,
    /// The hash is missing or does not hold.
    HardwareHash,
    /// A placeholder stands for the hash, and nothing else says which device it is.
    NoIdentity,
    /// The same hash stands earlier in the same import.
    Duplicated,
    /// The tenant has the device, or is still letting it go.
    AlreadyAssigned,
    /// Another tenant has it.
    AssignedToOtherTenant,
    /// The hash fits more than one device.
    NotUnique,
}

impl ImportError {
    /// `deviceErrorCode` and `deviceErrorName`.
    pub(super) fn code_and_name(self) -> (i64, &'static str) {
        match self {
            ImportError::UserPrincipalName => (400, "InvalidUserPrincipalName"),
            ImportError::Storage => (640, "StorageError"),
            ImportError::HardwareHash => (802, "InvalidZtdHardwareHash"),
            ImportError::NoIdentity => (803, "MissingZtdSerialNumberAndProductKey"),
            // The documents name it without a number.
            ImportError::Duplicated => (805, "ZtdDeviceDuplicated"),
            ImportError::AlreadyAssigned => (806, "ZtdDeviceAlreadyAssigned"),
            ImportError::AssignedToOtherTenant => (808, "ZtdDeviceAssignedToOtherTenant"),
            ImportError::NotUnique => (813, "ZtdDeviceIsNotUnique"),
        }
    }
}

/// The cause and the remedy of an error, by its code; none for a code of no error.
pub(super) fn cause_and_remedy(code: i64) -> Option<(&'static str, &'static str)> {
    Some(match code {
        400 => (
            "The domain of the assigned user is missing, or not among the domains of the tenant.",
            "Name a user of one of these domains, or none.",
        ),
        640 => (
            "The database failed again and again, or the tenant holds as much as its quota allows.",
            "Import the device again, when there is room.",
        ),
        802 => (
            "There is no hash; only with its hash can an owner register a device.",
            "Collect the hash on the device again, and import that.",
        ),
        803 => (
            "What stands for the hash is none, and the record has neither a serial number nor a product key.",
            "Import the device with its hash, or with its serial number.",
        ),
        805 => (
            "The same hash stands earlier in the same import.",
            "Nothing: the device is registered by the earlier record.",
        ),
        806 => ("The tenant has the device already.", "Nothing, or delete the device and import it again."),
        808 => ("Another tenant has the device.", "Have that tenant delete it, and import it again."),
        813 => (
            "More than one device goes by what the hash says.",
            "Delete those that are there, and import the device again.",
        ),
        _ => return None,
    })
}
