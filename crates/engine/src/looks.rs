//! How many entities' secrets each caller was shown in the last hour, by this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use odata::date_time::Ticks;
use uuid::Uuid;

use crate::Caller;

/// The time for which looks are counted.
const WINDOW_TICKS: i64 = 3_600 * TICKS_PER_SECOND;
const TICKS_PER_SECOND: i64 = 10_000_000;
/// The callers beyond which those are forgotten that have not looked for so long.
const CALLERS_MAX: usize = 10_000;

/// The looks of each caller: tenant, object and application.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    of: Mutex<HashMap<[Uuid; 3], Vec<Look>>>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    at: Ticks,
    entities: u64,
}

impl Looks {
    /// Counts a look at the secrets of so many entities, unless it is one too many: then after which time it would not be,
    /// if it ever is.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        now: Ticks,
        entities: u64,
        most: u64,
    ) -> Result<(), Option<Duration>> {
        let mut all = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |look: &Look| look.at.0 > now.0.saturating_sub(WINDOW_TICKS);
        if all.len() > CALLERS_MAX {
            all.retain(|_, looks| looks.iter().any(is_recent));
        }
        let looks = all.entry([caller.tenant, caller.object_id, caller.application_id]).or_default();
        looks.retain(is_recent);
        let mut counted: u64 = looks.iter().map(|look| look.entities).sum();
        if counted + entities <= most {
            looks.push(Look { at: now, entities });
            return Ok(());
        }
        for look in looks.iter() {
            counted -= look.entities;
            if counted + entities <= most {
                let ticks = (look.at.0 + WINDOW_TICKS - now.0).max(TICKS_PER_SECOND);
                return Err(Some(Duration::from_secs(
                    ticks.unsigned_abs().div_ceil(TICKS_PER_SECOND as u64),
                )));
            }
        }
        Err(None)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use odata::date_time::Ticks;
    use uuid::Uuid;

    use super::{Looks, TICKS_PER_SECOND};
    use crate::{Caller, CallerKind};

    fn caller(object_id: u128) -> Caller {
        Caller {
            tenant: Uuid::nil(),
            object_id: Uuid::from_u128(object_id),
            application_id: Uuid::nil(),
            kind: CallerKind::Delegated,
            permissions: Vec::new(),
            tags: Vec::new(),
            user_principal_name: None,
            application_name: None,
        }
    }

    #[test]
    fn a_caller_has_an_hour_for_so_many_entities() {
        let (looks, one, other) = (Looks::default(), caller(1), caller(2));
        let steps = [
            ("the first", &one, 0, 3, Ok(())),
            ("up to the bound", &one, 60, 2, Ok(())),
            ("beyond it", &one, 120, 1, Err(Some(Duration::from_secs(3_480)))),
            ("more than the first frees", &one, 120, 4, Err(Some(Duration::from_secs(3_540)))),
            ("more than is ever free", &one, 120, 6, Err(None)),
            ("another caller", &other, 120, 5, Ok(())),
            ("when the first is an hour old", &one, 3_600, 3, Ok(())),
            ("when nothing more is", &one, 3_601, 1, Err(Some(Duration::from_secs(59)))),
        ];
        for (step, caller, second, entities, expected) in steps {
            let now = Ticks(1_000_000_000 + second * TICKS_PER_SECOND);
            assert_eq!(looks.admit(caller, now, entities, 5), expected, "{step}");
        }
    }
}
