//! The end of an import's record that was kept long enough.

use odata::edm::SetId;
use store::{Change, Job};

use super::imported_identities::SET;
use crate::authorize::Permit;
use crate::context::Context;
use crate::handlers::{Handlers, Names, StartError};
use crate::jobs::{JobKind, Work, Working};

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    handlers.job(JobKind::Retire, Retire { set: names.set(SET)? });
    Ok(())
}

struct Retire {
    set: SetId,
}

impl Work for Retire {
    fn set(&self) -> SetId {
        self.set
    }

    fn work<'a>(&'a self, context: &'a Context<'a>, _permit: Permit, job: &'a Job) -> Working<'a> {
        Box::pin(async move {
            let mut changes = vec![Change::Finish(job.clone())];
            let (set, key) = (self.set, job.subject.clone());
            if let Some(row) = context.store.get(context.tenant(), set, None, &key).await? {
                changes.push(Change::Delete { set, parent: None, key, expected: row.version });
            }
            Ok(context.commit(changes).await.map(|_| ())?)
        })
    }
}
