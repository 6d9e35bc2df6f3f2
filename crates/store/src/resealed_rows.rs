//! Rows whose secrets are sealed anew, as they are read and as they are written.

/// A row with something sealed under an older data key.
#[derive(Clone, Debug)]
pub(crate) struct StaleRow {
    /// The key of the containing entity; the row's own where there is none.
    pub parent: Vec<u8>,
    pub key: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// Some rows in the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct StalePage {
    /// The last row that was looked at; none if there was none.
    pub last: Option<RowPlace>,
    /// Those with something sealed under an older data key.
    pub rows: Vec<StaleRow>,
}

/// A place in the order of rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowPlace {
    pub parent: Vec<u8>,
    pub key: Vec<u8>,
}

/// A row, and what takes the place of what is sealed in it. If something else is, it stays.
#[derive(Clone, Debug)]
pub(crate) struct ResealedRow {
    pub row: StaleRow,
    pub sealed: Vec<u8>,
}

impl StalePage {
    /// Adds a row that was looked at, with what is sealed in it under an older data key.
    pub fn push(&mut self, parent: Vec<u8>, key: Vec<u8>, sealed: Option<Vec<u8>>) {
        self.last = Some(RowPlace { parent: parent.clone(), key: key.clone() });
        self.rows.extend(sealed.map(|sealed| StaleRow { parent, key, sealed }));
    }
}
