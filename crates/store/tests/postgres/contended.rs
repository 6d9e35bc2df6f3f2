//! On a database that is SERIALIZABLE and undoes every third transaction: nobody notices.

use std::num::NonZeroU32;

use scratch_postgres::{Contention, contended_database};
use store::Database;

const CONTENTION: Contention = Contention { one_in: NonZeroU32::new(3).unwrap() };

async fn database() -> ((), Database) {
    ((), Database::Postgres(contended_database(CONTENTION).await))
}

crate::suite!(crate::contended::database; undrawn);
