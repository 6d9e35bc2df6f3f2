//! What Graph's words are for the activities of the audit.

/// The category of all that is done to secrets.
pub(super) const CATEGORY: &str = "DeviceConfiguration";

/// What an activity is in Graph's words.
pub(super) struct Activity {
    /// The name by which records call it.
    pub recorded: &'static str,
    /// The name of its type.
    pub activity_type: &'static str,
    /// The kind of operation that it is.
    pub operation: &'static str,
    /// What happened, for a reader.
    pub friendly: &'static str,
    /// Whether it came to what the caller wanted.
    pub is_success: bool,
}

/// The words for each activity that is recorded.
pub(super) const ACTIVITIES: &[Activity] = &[
    activity("revealed", "Reveal Passwords", "Get", "Passwords were shown.", true),
    activity("requested", "Request Passwords", "Action", "Somebody asked to be shown passwords.", true),
    activity("approved", "Approve Request", "Action", "Somebody approved of a request for passwords.", true),
    activity("alarmed", "Look At Canary", "Get", "Somebody looked at a canary.", true),
    activity("refused", "Refuse Passwords", "Get", "A caller asked for too many passwords.", false),
    activity("discarded", "Delete Passwords", "Delete", "A record of passwords was deleted.", true),
    activity("restored", "Restore Passwords", "Action", "A deleted record of passwords was restored.", true),
    activity("purged", "Purge Passwords", "Delete", "A deleted record of passwords ended.", true),
    activity("marked", "Mark Canary", "Action", "A record of passwords became a canary.", true),
    activity("unmarked", "Unmark Canary", "Action", "A record of passwords is a canary no more.", true),
    activity("overwritten", "Overwrite Passwords", "Patch", "Former passwords were replaced or wiped.", true),
    activity(
        "databaseRestored",
        "Restore Database",
        "Action",
        "The database was restored from a backup.",
        true,
    ),
    activity("merged", "Merge Passwords", "Action", "Passwords were taken in from a copy.", true),
    activity("conflicting", "Refuse Copy", "Action", "A copy of passwords was of no known age.", false),
    activity("rotated", "Rotate Passwords", "Patch", "A device has another password, or none.", true),
    activity("mismatched", "Mismatch Passwords", "Patch", "No known password opens a device.", false),
];

const fn activity(
    recorded: &'static str,
    activity_type: &'static str,
    operation: &'static str,
    friendly: &'static str,
    is_success: bool,
) -> Activity {
    Activity { recorded, activity_type, operation, friendly, is_success }
}

#[cfg(test)]
mod tests {
    use store::NoteKind;

    use super::ACTIVITIES;

    #[test]
    fn each_activity_that_is_recorded_has_words() {
        // Looks are recorded beside the notes; a breach of a rule that was accepted is noted, and no record of the audit.
        assert_eq!(ACTIVITIES.len(), NoteKind::ALL.len());
    }
}
