//! Which devices a change touches, as the job that looks at them carries it.

use std::collections::BTreeSet;

use odata::Key;
use store::Change;

use crate::context::Context;
use crate::jobs::JobKind;

/// Which registered devices a change touches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Touched {
    /// These.
    Devices(Vec<Key>),
    /// Those with these objects in the directory.
    Objects(Vec<Key>),
    /// Those of which the directory says one of these, in lower case.
    PhysicalIds(BTreeSet<Box<str>>),
    /// Those that are in this group.
    Group(Key),
    /// Those that shall have this profile, or have it.
    Profile(Key),
    /// Every one.
    All,
}

/// What has changed, where it matters to those it touches.
#[derive(Clone, Debug, Default, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) touched: Touched,
    pub(super) cause: Cause,
    pub(super) after: Option<Key>,
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

impl Look {
    /// The job.
    pub(super) fn job(&self, context: &Context<'_>, subject: Key) -> Change {
        JobKind::Assess.job(subject, &self.write(), context.now)
    }

    /// A byte for each kind, and each text after its length.
    fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let (cause, profile) = match &self.cause {
            Cause::Membership => (0, None),
            Cause::Edited(profile) => (1, Some(profile)),
            Cause::Released(profile) => (2, Some(profile)),
        };
        out.push(cause);
        write_key(&mut out, profile);
        write_key(&mut out, self.after.as_ref());
        match &self.touched {
            Touched::Devices(keys) => {
                out.push(0);
                keys.iter().for_each(|key| write_key(&mut out, Some(key)));
            }
            Touched::PhysicalIds(ids) => {
                out.push(1);
                ids.iter().for_each(|id| write(&mut out, id.as_bytes()));
            }
            Touched::Group(group) => {
                out.push(2);
                write_key(&mut out, Some(group));
            }
            Touched::Profile(profile) => {
                out.push(3);
                write_key(&mut out, Some(profile));
            }
            Touched::All => out.push(4),
            Touched::Objects(keys) => {
                out.push(5);
                keys.iter().for_each(|key| write_key(&mut out, Some(key)));
            }
        }
        out
    }

    /// Reads it back; none if it never was one.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Look> {
        let bytes = &mut bytes;
        let cause = take(bytes)?;
        let profile = read_key(bytes)?;
        let cause = match (cause, profile) {
            (0, None) => Cause::Membership,
            (1, Some(profile)) => Cause::Edited(profile),
            (2, Some(profile)) => Cause::Released(profile),
            _ => return None,
        };
        let after = read_key(bytes)?;
        let touched = match take(bytes)? {
            0 => Touched::Devices(read_keys(bytes)?),
            1 => {
                let mut ids = BTreeSet::new();
                while !bytes.is_empty() {
                    ids.insert(std::str::from_utf8(read(bytes)?).ok()?.into());
                }
                Touched::PhysicalIds(ids)
            }
            2 => Touched::Group(read_key(bytes)??),
            3 => Touched::Profile(read_key(bytes)??),
            4 => Touched::All,
            5 => Touched::Objects(read_keys(bytes)?),
            _ => return None,
        };
        Some(Look { touched, cause, after })
    }
}

/// Appends a key; nothing is an empty one.
pub(super) fn write_key(out: &mut Vec<u8>, key: Option<&Key>) {
    write(out, &key.map(Key::to_bytes).unwrap_or_default());
}

fn write(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

fn read<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (content, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *bytes = rest;
    Some(content)
}

pub(super) fn read_key(bytes: &mut &[u8]) -> Option<Option<Key>> {
    match read(bytes)? {
        [] => Some(None),
        key => Key::from_bytes(key).map(Some),
    }
}

/// All keys that are left.
pub(super) fn read_keys(bytes: &mut &[u8]) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    while !bytes.is_empty() {
        keys.push(read_key(bytes)??);
    }
    Some(keys)
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
                    assert_eq!(Look::read(&bytes[..2]), None);
                }
            }
        }
    }
}
