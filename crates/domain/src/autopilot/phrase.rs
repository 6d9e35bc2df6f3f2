//! The words by which Intune's clients tell its errors apart.

/// The words by which Intune's clients tell its errors apart (`CustomApiErrorPhrase`), spelled as Intune does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// A device is deleted again while its deletion runs.
    ZtdDeviceDeletionInProgess,
    /// A device is deleted that is gone.
    ZtdDeviceAlreadyDeleted,
}

impl Phrase {
    /// All phrases, for tests and documentation.
    pub const ALL: [Phrase; 2] = [Phrase::ZtdDeviceDeletionInProgess, Phrase::ZtdDeviceAlreadyDeleted];

    /// The phrase as Intune spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Phrase::ZtdDeviceDeletionInProgess => "ZtdDeviceDeletionInProgess",
            Phrase::ZtdDeviceAlreadyDeleted => "ZtdDeviceAlreadyDeleted",
        }
    }
}
