//! UUIDs that stand in many rows, each kept once in the file and as a small number in the rows and indexes.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::sql::identities;

/// The number of UUIDs beyond which the cache starts anew.
const NUMBERS_MAX: usize = 16_384;

/// The numbers of tenants, actors and applications that are in the file for good.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: RwLock<HashMap<Uuid, i64>>,
}

impl Identities {
    /// The number of a UUID; None if the file has nothing of it.
    pub fn number(&self, connection: &Connection, uuid: Uuid) -> rusqlite::Result<Option<i64>> {
        if let Some(number) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&uuid) {
            return Ok(Some(*number));
        }
        let found = find(connection, uuid)?;
        if let Some(number) = found {
            self.remember([(uuid, number)]);
        }
        Ok(found)
    }

    /// The number of a UUID as the writer's open transaction has it. It is not kept, because the transaction may be undone.
    pub fn number_within(&self, connection: &Connection, uuid: Uuid) -> rusqlite::Result<Option<i64>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&uuid).copied();
        known.map_or_else(|| find(connection, uuid), |number| Ok(Some(number)))
    }

    /// Keeps numbers that have been committed.
    pub fn remember(&self, committed: impl IntoIterator<Item = (Uuid, i64)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() > NUMBERS_MAX {
            known.clear();
        }
        known.extend(committed);
    }

    /// The number of a UUID, given to it now if it has none. New ones are kept in `pending` until the commit.
    pub fn number_or_new(
        &self,
        connection: &Connection,
        uuid: Uuid,
        pending: &mut HashMap<Uuid, i64>,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = pending.get(&uuid) {
            return Ok(*number);
        }
        if let Some(number) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&uuid) {
            return Ok(*number);
        }
        let number = match find(connection, uuid)? {
            Some(number) => number,
            None => {
                let mut insert = connection.prepare_cached(identities::INSERT)?;
                insert.query_row([uuid.as_bytes()], |row| row.get(0))?
            }
        };
        pending.insert(uuid, number);
        Ok(number)
    }
}

fn find(connection: &Connection, uuid: Uuid) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(identities::FIND)?;
    statement.query_row([uuid.as_bytes()], |row| row.get(0)).optional()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rusqlite::Connection;
    use uuid::Uuid;

    use super::Identities;

    #[test]
    fn what_was_undone_is_not_known() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("create table identity (number integer primary key, uuid blob unique); begin")
            .unwrap();
        let (identities, uuid) = (Identities::default(), Uuid::from_u128(1));
        let number = identities.number_or_new(&connection, uuid, &mut HashMap::new()).unwrap();
        assert_eq!(identities.number_within(&connection, uuid).unwrap(), Some(number));
        connection.execute_batch("rollback").unwrap();
        assert_eq!(identities.number(&connection, uuid).unwrap(), None);
    }
}
