//! API versions: the first segment of every Graph URL, and which of them shows an element of the model.

/// An API version. `Beta` is the full model; `V1` a subset of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/beta`
    Beta,
    /// `/v1.0`
    V1,
}

impl Version {
    /// Every version, the full one first.
    pub const ALL: [Version; 2] = [Version::Beta, Version::V1];

    /// The URL segment.
    pub fn segment(self) -> &'static str {
        match self {
            Version::Beta => "beta",
            Version::V1 => "v1.0",
        }
    }

    /// The version of a URL segment; clients vary the case.
    pub fn from_segment(segment: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|version| version.segment().eq_ignore_ascii_case(segment))
    }
}

/// The set of versions that show an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    v1: bool,
}

impl Versions {
    /// Shown by beta only: what an element is until `v1.0.csdl.xml` names it.
    pub const BETA: Versions = Versions { v1: false };
    /// Shown by both.
    pub const BOTH: Versions = Versions { v1: true };

    /// Whether `version` shows the element.
    pub fn contains(self, version: Version) -> bool {
        match version {
            Version::Beta => true,
            Version::V1 => self.v1,
        }
    }
}
