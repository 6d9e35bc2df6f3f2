//! Entity tags: the row's version as a weak validator (OData JSON 4.01, 4.5.12; HTTP semantics, 8.8.3).

/// The condition of an `If-Match` or `If-None-Match` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `*`: any current representation.
    Any,
    /// The listed versions; tags that are none of ours are left out, so a list may be empty and match nothing.
    Versions(Vec<i64>),
}

impl Condition {
    /// Parses the header's value.
    pub fn parse(header: &str) -> Condition {
        if header.trim() == "*" {
            return Condition::Any;
        }
        Condition::Versions(header.split(',').filter_map(|tag| version_of(tag.trim())).collect())
    }

    /// Whether an entity of this version meets the condition.
    pub fn matches(&self, version: i64) -> bool {
        match self {
            Condition::Any => true,
            Condition::Versions(versions) => versions.contains(&version),
        }
    }
}

/// The tag of a version: `W/"42"`.
pub fn print(version: i64) -> String {
    format!("W/\"{version}\"")
}

fn version_of(tag: &str) -> Option<i64> {
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    quoted.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Condition, print};

    #[test]
    fn a_printed_tag_matches_its_version_only() {
        let condition = Condition::parse(&print(42));
        assert!(condition.matches(42) && !condition.matches(43));
        assert!(Condition::parse("*").matches(7));
        assert!(Condition::parse("\"1\", W/\"7\"").matches(7));
        assert!(!Condition::parse("garbage").matches(7));
    }
}
