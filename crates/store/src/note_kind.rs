//! What the journal notes about entities beside their changes.

/// What the journal notes about entities without a change of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// They were accepted although they break a rule; which one is seen in them.
    Flagged,
    /// They were deleted, and can be restored for a time.
    Discarded,
    /// They were restored.
    Restored,
    /// They were deleted for good after that time.
    Purged,
    /// Secrets of theirs were asked for that nobody has a reason to look at.
    Alarmed,
    /// Their secrets were not shown, because the caller asks for too many.
    Refused,
    /// Somebody asked to be shown their secrets.
    Requested,
    /// Somebody else approved of that.
    Approved,
    /// They were marked as what nobody has a reason to look at.
    Marked,
    /// Such a mark was taken from them.
    Unmarked,
    /// Secrets of theirs that were kept were replaced or wiped by a caller.
    Overwritten,
    /// Secrets of theirs were taken in from a copy.
    Merged,
    /// A copy has other secrets of theirs, and neither knows those of the other.
    Conflicting,
    /// A secret of theirs took the place of another, or was taken away.
    Rotated,
    /// None of their secrets that are kept turned out to be the one in use.
    Mismatched,
    /// The database was restored from a backup. About no entity.
    DatabaseRestored,
}

impl NoteKind {
    /// All of them.
    pub const ALL: [NoteKind; 16] = [
        NoteKind::Flagged,
        NoteKind::Discarded,
        NoteKind::Restored,
        NoteKind::Purged,
        NoteKind::Alarmed,
        NoteKind::Refused,
        NoteKind::Requested,
        NoteKind::Approved,
        NoteKind::Marked,
        NoteKind::Unmarked,
        NoteKind::Overwritten,
        NoteKind::Merged,
        NoteKind::Conflicting,
        NoteKind::Rotated,
        NoteKind::Mismatched,
        NoteKind::DatabaseRestored,
    ];
}
