//! The `Prefer` header (RFC 7240; protocol 4.01, 8.2.8): what a client would like, and may not get.

use crate::uri::split::split;

/// The preferences that we follow; others are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return`: what to answer to a change.
    pub returned: Option<Return>,
    /// `odata.maxpagesize`, at least 1: how many entities on a page.
    pub page_size_max: Option<u64>,
}

/// The answer that is preferred to a change that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// `return=minimal`: nothing but headers.
    Minimal,
    /// `return=representation`: the changed entity.
    Representation,
}

impl Preferences {
    /// Reads the header. Of a preference that is given twice, the first counts.
    pub fn parse(header: Option<&str>) -> Preferences {
        let mut preferences = Preferences::default();
        for (_, item) in split(header.unwrap_or_default(), ',') {
            // What follows a semicolon are parameters, which ours have none of.
            let preference = item.split(';').next().unwrap_or_default();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "return" => preferences.returned = preferences.returned.or(Return::of(value)),
                "odata.maxpagesize" | "maxpagesize" => {
                    let size = value.parse().ok().filter(|size| *size > 0);
                    preferences.page_size_max = preferences.page_size_max.or(size);
                }
                _ => {}
            }
        }
        preferences
    }
}

impl Return {
    fn of(value: &str) -> Option<Return> {
        let all = [("minimal", Return::Minimal), ("representation", Return::Representation)];
        all.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, returned)| returned)
    }

    /// As it stands in `Preference-Applied`.
    pub fn applied(self) -> &'static str {
        match self {
            Return::Minimal => "return=minimal",
            Return::Representation => "return=representation",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Preferences, Return};

    #[test]
    fn what_clients_prefer_is_understood() {
        for (header, returned, page_size_max) in [
            ("", None, None),
            ("return=minimal", Some(Return::Minimal), None),
            ("Return = \"Representation\"; x=1", Some(Return::Representation), None),
            ("respond-async, return=minimal,return=representation", Some(Return::Minimal), None),
            ("odata.maxpagesize=50, return=representation", Some(Return::Representation), Some(50)),
            ("maxpagesize=\"7\"", None, Some(7)),
            ("odata.maxpagesize=0", None, None),
            ("odata.maxpagesize=-1, return=none", None, None),
            ("x=\"return=minimal, y\"", None, None),
            (",;=,", None, None),
        ] {
            assert_eq!(Preferences::parse(Some(header)), Preferences { returned, page_size_max }, "{header}");
        }
    }
}
