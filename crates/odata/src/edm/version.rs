//! API versions: the first segment of every Graph URL, and which of them shows an element of the model.

/// An API version. `Beta` is the full model; `V1` a subset of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// The version at `/beta`.
    Beta,
    /// The version at `/v1.0`.
    V1,
}

impl Version {
    /// Every version, the full one first.
    pub const ALL: [Version; 2] = [Version::Beta, Version::V1];

    /// The index of the version in [`Version::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The first segment of its URLs.
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
    beta: bool,
    v1: bool,
}

impl Versions {
    /// No version: the server keeps the element for itself.
    pub const NONE: Versions = Versions { beta: false, v1: false };
    /// Beta only: what an element is until `v1.0.csdl.xml` names it.
    pub const BETA: Versions = Versions { beta: true, v1: false };
    /// Both versions show the element.
    pub const BOTH: Versions = Versions { beta: true, v1: true };

    /// Whether `version` shows the element.
    pub fn contains(self, version: Version) -> bool {
        match version {
            Version::Beta => self.beta,
            Version::V1 => self.v1,
        }
    }
}
