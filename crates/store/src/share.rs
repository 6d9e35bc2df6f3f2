//! How many of some things are meant.

/// Of so many, so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// All of them.
    pub all: u64,
    /// Those that are meant.
    pub part: u64,
}

impl Share {
    /// The columns of a count.
    pub(crate) fn read((all, part): (i64, i64)) -> Share {
        Share { all: all.try_into().unwrap_or(0), part: part.try_into().unwrap_or(0) }
    }

    /// The sum of both, part by part.
    pub(crate) fn plus(self, other: Share) -> Share {
        Share { all: self.all + other.all, part: self.part + other.part }
    }
}
