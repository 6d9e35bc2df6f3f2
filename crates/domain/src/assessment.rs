//! The assessment of devices: a job that decides anew which profile they have, after a change that touches them.

use std::collections::BTreeSet;

use engine::Context;
use engine::handlers::JobKind;
use odata::Key;
use serde::{Deserialize, Serialize};
use store::Change;

/// The kind of jobs that decide which profile devices have.
pub(crate) const ASSESS: JobKind = JobKind { number: 4, event: None };

/// Which registered devices a change touches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Touched {
    /// These.
    Devices(Vec<Key>),
    /// Those with these objects in the directory.
    Objects(Vec<Key>),
    /// Those of which the directory says one of these, in lower case.
    PhysicalIds(BTreeSet<Box<str>>),
    /// Those that are in the directory as one of these rules has it, and not as another has it.
    Selected(Vec<Box<str>>),
    /// Those that are in this group.
    Group(Key),
    /// Those that shall have this profile, or have it.
    Profile(Key),
    /// Every one.
    All,
}

/// What has changed, where it matters to those it touches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cause {
    /// Who is in which group, or which group has which profile.
    #[default]
    Membership,
    /// The content of this profile.
    Edited(Key),
    /// This profile lost an assignment: nobody has it any more for no other reason.
    Released(Key),
}

/// A look at devices: who, why, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) touched: Touched,
    pub(crate) cause: Cause,
    pub(crate) after: Option<Key>,
}

/// The job that looks at the devices a change touches.
pub(crate) fn assessment(context: &Context<'_>, touched: Touched, cause: Cause) -> Change {
    let subject = match (&touched, &cause) {
        // One look at a device is enough, however often it changed.
        (Touched::Devices(keys), Cause::Membership) if keys.len() == 1 => keys[0].clone(),
        _ => Key::new(),
    };
    Look { touched, cause, after: None }.job(context, subject)
}

/// One look at all the devices that these changes would have looked at one by one.
pub(crate) fn looked_at_together(context: &Context<'_>, changes: Vec<Change>) -> Vec<Change> {
    let (mut rest, mut devices) = (Vec::with_capacity(changes.len()), Vec::new());
    for change in changes {
        match &change {
            Change::Enqueue(job) if job.kind == ASSESS.number => match one_device(&job.content) {
                Some(key) => devices.push(key),
                None => rest.push(change),
            },
            _ => rest.push(change),
        }
    }
    if !devices.is_empty() {
        rest.push(assessment(context, Touched::Devices(devices), Cause::Membership));
    }
    rest
}

/// The device, if a job is a look at one and at its groups only.
pub(crate) fn one_device(content: &[u8]) -> Option<Key> {
    match Look::read(content)? {
        Look { touched: Touched::Devices(mut keys), cause: Cause::Membership, after: None }
            if keys.len() == 1 =>
        {
            keys.pop()
        }
        _ => None,
    }
}

impl Look {
    /// The job.
    pub(crate) fn job(&self, context: &Context<'_>, subject: Key) -> Change {
        ASSESS.job(subject, &self.write(), context.now)
    }

    /// What the job carries.
    fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads it back; none if it never was one.
    pub(crate) fn read(content: &[u8]) -> Option<Look> {
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::{Cause, Look, Touched};

    #[test]
    fn a_look_is_read_as_it_was_written() {
        let key = || Key::new();
        for touched in [
            Touched::Devices(vec![key(), Key::parse("x")]),
            Touched::Devices(Vec::new()),
            Touched::PhysicalIds(["a".into(), "b\n".into()].into()),
            Touched::Selected(vec!["device.displayName -eq \"a\"".into()]),
            Touched::Group(key()),
            Touched::Profile(key()),
            Touched::All,
            Touched::Objects(vec![key()]),
        ] {
            for cause in [Cause::Membership, Cause::Edited(key()), Cause::Released(key())] {
                for after in [None, Some(key())] {
                    let look = Look { touched: touched.clone(), cause: cause.clone(), after };
                    let bytes = look.write();
                    assert_eq!(Look::read(&bytes), Some(look));
                    assert_eq!(Look::read(&bytes[1..]), None);
                }
            }
        }
    }
}
