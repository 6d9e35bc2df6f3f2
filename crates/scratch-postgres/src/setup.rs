//! What a server has that a fresh one has not.

/// Stands in settings for the folder of the files.
pub const FOLDER: &str = "{folder}";

/// Whether commits wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    /// They do, as in production.
    On,
    /// They do not: faster, for tests that commit much and do not care.
    Off,
}

/// What a server has that a fresh one has not.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Settings, written `name=value`. [`FOLDER`] in one stands for the folder of the files.
    pub settings: Vec<String>,
    /// Files that only the server may read: name and content.
    pub files: Vec<(&'static str, String)>,
    /// The lines of its `pg_hba.conf`; none for those that let everybody in.
    pub hba: Option<&'static str>,
    /// Whether it is a standby, of a server that never says anything.
    pub is_standby: bool,
}

impl Setup {
    /// The same with more settings, which count rather than those before them.
    pub fn with(mut self, settings: &[&str]) -> Setup {
        self.settings.extend(settings.iter().map(|setting| (*setting).to_owned()));
        self
    }
}
