//! Why a device was not registered, in the codes and names that clients know.

/// Why a device was not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImportError {
    /// The user's domain is none of the tenant's.
    UserPrincipalName,
    /// The database failed again and again.
    Storage,
    /// The hash is missing or does not hold.
    HardwareHash,
    /// Nothing says which device it is.
    NoIdentity,
    /// The same hash stands earlier in the same import.
    Duplicated,
    /// The tenant has the device, or is still letting it go.
    AlreadyAssigned,
    /// Another tenant has it.
    AssignedToOtherTenant,
    /// More than one device goes by what the hash says.
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
