//! The attributes of a firmware with their values, and how a device tells them: all of them once, and from then on what
//! changed, guarded by a digest of all, so that both sides notice when they disagree.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

/// All attributes with their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttributeValues(pub BTreeMap<String, String>);

/// What a check-in says of the attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeReport {
    /// The digest of all values as they are now.
    pub digest: String,
    /// All values, if the server may not know any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<AttributeValues>,
    /// What changed since the check-in that the server acknowledged last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<AttributeChanges>,
}

/// What changed between two check-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeChanges {
    /// The digest of the values that these are changes of.
    pub base: String,
    /// Values that are new or different.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Attributes that are no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
}

/// Why a report cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFault {
    /// It builds on values that are not the ones that are known: all must be told.
    OtherBase,
    /// Its digest is not that of the values it comes to.
    WrongDigest,
}

impl AttributeValues {
    /// The digest of all names and values: each is led by its length, so that no two sets of them have one digest.
    pub fn digest(&self) -> String {
        let mut context = Context::new(&SHA256);
        for text in self.0.iter().flat_map(|(name, value)| [name, value]) {
            context.update(&(text.len() as u64).to_le_bytes());
            context.update(text.as_bytes());
        }
        BASE64URL_NOPAD.encode(context.finish().as_ref())
    }

    /// What changed from earlier values to these.
    pub fn changes_from(&self, earlier: &AttributeValues) -> AttributeChanges {
        let is_new = |(name, value): &(&String, &String)| earlier.0.get(*name) != Some(*value);
        let set = self.0.iter().filter(is_new).map(|(name, value)| (name.clone(), value.clone())).collect();
        let removed = earlier.0.keys().filter(|name| !self.0.contains_key(*name)).cloned().collect();
        AttributeChanges { base: earlier.digest(), set, removed }
    }

    /// The values that a report comes to, given the ones that are known.
    pub fn after(&self, report: &AttributeReport) -> Result<AttributeValues, ReportFault> {
        let next = match (&report.all, &report.changes) {
            (Some(all), _) => all.clone(),
            (None, Some(changes)) if changes.base == self.digest() => {
                let mut values = self.0.clone();
                changes.removed.iter().for_each(|name| drop(values.remove(name)));
                values.extend(changes.set.iter().map(|(name, value)| (name.clone(), value.clone())));
                AttributeValues(values)
            }
            (None, Some(_)) => return Err(ReportFault::OtherBase),
            (None, None) if report.digest == self.digest() => return Ok(self.clone()),
            (None, None) => return Err(ReportFault::OtherBase),
        };
        if next.digest() == report.digest { Ok(next) } else { Err(ReportFault::WrongDigest) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{AttributeReport, AttributeValues, ReportFault};

    fn values() -> impl Strategy<Value = AttributeValues> {
        proptest::collection::btree_map("[a-c]{1,2}", "[x-z]{0,2}", 0..6).prop_map(AttributeValues)
    }

    proptest! {
        #[test]
        fn changes_lead_from_the_earlier_values_to_these(earlier in values(), now in values()) {
            let report = AttributeReport {
                digest: now.digest(), all: None, changes: Some(now.changes_from(&earlier)),
            };
            prop_assert_eq!(earlier.after(&report), Ok(now.clone()));
            let all = AttributeReport { digest: now.digest(), all: Some(now.clone()), changes: None };
            prop_assert_eq!(earlier.after(&all), Ok(now));
        }

        #[test]
        fn only_equal_values_have_one_digest(one in values(), other in values()) {
            prop_assert_eq!(one.digest() == other.digest(), one == other);
        }

        #[test]
        fn changes_of_other_values_are_not_followed(
            known in values(), earlier in values(), now in values()
        ) {
            prop_assume!(known != earlier);
            let changes = Some(now.changes_from(&earlier));
            let report = AttributeReport { digest: now.digest(), all: None, changes };
            prop_assert_eq!(known.after(&report), Err(ReportFault::OtherBase));
        }
    }

    #[test]
    fn a_digest_that_is_not_of_the_values_is_noticed() {
        let values = AttributeValues(BTreeMap::from([("WakeOnLan".into(), "Disabled".into())]));
        let report = AttributeReport { digest: "other".into(), all: Some(values.clone()), changes: None };
        assert_eq!(AttributeValues::default().after(&report), Err(ReportFault::WrongDigest));
        let nothing = AttributeReport { digest: values.digest(), ..AttributeReport::default() };
        assert_eq!(values.after(&nothing), Ok(values.clone()));
        assert_eq!(AttributeValues::default().after(&nothing), Err(ReportFault::OtherBase));
    }
}
