//! The assessment of devices: a job that decides anew which profile they have, and ends what they reported of configurations
//! that they have no more, after a change that may alter it.

use std::collections::BTreeSet;

use engine::handlers::JobKind;
use engine::{Context, Error};
use odata::Key;
use serde::{Deserialize, Serialize};
use store::Change;

/// The kind of jobs that decide which profile devices have.
pub(crate) const ASSESS: JobKind = JobKind { number: 4, event: None };

/// The registered devices that are assessed. Stored in jobs: the serialized names never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum AssessmentScope {
    /// The devices with these keys.
    Devices(Vec<Key>),
    /// The devices of these objects of the directory.
    #[serde(rename = "Objects")]
    DirectoryObjects(Vec<Key>),
    /// The devices whose objects have one of these physical ids, which are in lower case.
    PhysicalIds(BTreeSet<Box<str>>),
    /// The devices that one of these membership rules selects and another does not.
    #[serde(rename = "Selected")]
    RuleDifference(Vec<Box<str>>),
    /// The devices in this group.
    Group(Key),
    /// The devices that have this profile, or for which it is intended.
    Profile(Key),
    /// The devices that have a state under this configuration.
    Configuration(Key),
    /// All devices of the tenant.
    #[serde(rename = "All")]
    AllDevices,
}

/// The change that an assessment follows. Stored in jobs: the serialized names never change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum AssessmentReason {
    /// The members of a group, or the profiles assigned to it, changed.
    #[default]
    Membership,
    /// The content of this profile changed.
    #[serde(rename = "Edited")]
    ProfileEdited(Key),
    /// This profile lost an assignment, so that a device which had it by that has it no more.
    #[serde(rename = "Released")]
    ProfileUnassigned(Key),
}

/// The content of the job that assesses devices, a page of them at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssessmentJob {
    #[serde(rename = "touched")]
    pub(crate) scope: AssessmentScope,
    #[serde(rename = "cause")]
    pub(crate) reason: AssessmentReason,
    /// The key of the last device of the page before; none at the start.
    pub(crate) after: Option<Key>,
}

/// The job that assesses the devices of a scope.
pub(crate) fn assessment(
    context: &Context<'_>,
    scope: AssessmentScope,
    reason: AssessmentReason,
) -> Result<Change, Error> {
    AssessmentJob { scope, reason, after: None }.enqueue(context)
}

impl AssessmentJob {
    /// The change that writes the job.
    pub(crate) fn enqueue(&self, context: &Context<'_>) -> Result<Change, Error> {
        Ok(ASSESS.job(Key::new(), &self.content()?, context.now))
    }

    fn content(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self)
            .map_err(|error| Error::defect(format!("an assessment cannot be written: {error}")))
    }

    /// The job with this content; none if the content is no assessment.
    pub(crate) fn read(content: &[u8]) -> Option<AssessmentJob> {
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::{AssessmentJob, AssessmentReason, AssessmentScope};

    #[test]
    fn a_job_is_read_as_it_was_written() {
        let key = || Key::new();
        for scope in [
            AssessmentScope::Devices(vec![key(), Key::parse("x")]),
            AssessmentScope::Devices(Vec::new()),
            AssessmentScope::PhysicalIds(["a".into(), "b\n".into()].into()),
            AssessmentScope::RuleDifference(vec!["device.displayName -eq \"a\"".into()]),
            AssessmentScope::Group(key()),
            AssessmentScope::Profile(key()),
            AssessmentScope::Configuration(key()),
            AssessmentScope::AllDevices,
            AssessmentScope::DirectoryObjects(vec![key()]),
        ] {
            for reason in [
                AssessmentReason::Membership,
                AssessmentReason::ProfileEdited(key()),
                AssessmentReason::ProfileUnassigned(key()),
            ] {
                for after in [None, Some(key())] {
                    let job = AssessmentJob { scope: scope.clone(), reason: reason.clone(), after };
                    let content = job.content().unwrap();
                    assert_eq!(AssessmentJob::read(&content), Some(job));
                    assert_eq!(AssessmentJob::read(&content[1..]), None);
                }
            }
        }
    }

    /// Jobs are rows of the database: an earlier Muster's must be done by a later one.
    #[test]
    fn stored_jobs_keep_their_form() {
        let key = || Key::parse("k");
        let membership = || AssessmentReason::Membership;
        let stored = serde_json::to_string(&key()).unwrap();
        for (scope, reason, after, content) in [
            (
                AssessmentScope::Devices(vec![key()]),
                membership(),
                None,
                r#"{"touched":{"Devices":[KEY]},"cause":"Membership","after":null}"#,
            ),
            (
                AssessmentScope::DirectoryObjects(vec![key()]),
                membership(),
                Some(key()),
                r#"{"touched":{"Objects":[KEY]},"cause":"Membership","after":KEY}"#,
            ),
            (
                AssessmentScope::PhysicalIds(["a".into()].into()),
                membership(),
                None,
                r#"{"touched":{"PhysicalIds":["a"]},"cause":"Membership","after":null}"#,
            ),
            (
                AssessmentScope::RuleDifference(vec!["a".into()]),
                membership(),
                None,
                r#"{"touched":{"Selected":["a"]},"cause":"Membership","after":null}"#,
            ),
            (
                AssessmentScope::Group(key()),
                AssessmentReason::ProfileUnassigned(key()),
                None,
                r#"{"touched":{"Group":KEY},"cause":{"Released":KEY},"after":null}"#,
            ),
            (
                AssessmentScope::Profile(key()),
                AssessmentReason::ProfileEdited(key()),
                None,
                r#"{"touched":{"Profile":KEY},"cause":{"Edited":KEY},"after":null}"#,
            ),
            (
                AssessmentScope::Configuration(key()),
                membership(),
                None,
                r#"{"touched":{"Configuration":KEY},"cause":"Membership","after":null}"#,
            ),
            (
                AssessmentScope::AllDevices,
                membership(),
                None,
                r#"{"touched":"All","cause":"Membership","after":null}"#,
            ),
        ] {
            let content = content.replace("KEY", &stored);
            let job = AssessmentJob { scope, reason, after };
            assert_eq!(String::from_utf8(job.content().unwrap()).unwrap(), content);
            assert_eq!(AssessmentJob::read(content.as_bytes()), Some(job), "{content}");
        }
    }
}
