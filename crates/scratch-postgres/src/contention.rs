//! Databases that are SERIALIZABLE and undo transactions, as one does that many servers use.

use std::num::NonZeroU32;

use tokio_postgres::{Client, NoTls};

use crate::error::Error;

/// Who owns such a database: a superuser would read past what undoes reads.
pub(crate) const OWNER: &str = "contender";

/// The variable that makes every database of the tests such a one: each so many-th transaction is undone.
const VARIABLE: &str = "SCRATCH_POSTGRES_SERIALIZABLE";

/// Spares the session that runs it.
const SPARE_SESSION: &str = "set injection.turn = 'never'";

/// Which transactions of a database are undone.
#[derive(Clone, Copy, Debug)]
pub struct Contention {
    /// Each so many-th is.
    pub one_in: NonZeroU32,
}

impl Contention {
    /// What the environment asks for; none for ordinary databases.
    ///
    /// # Panics
    /// If it is not a number above 0.
    pub(crate) fn of_environment() -> Option<Contention> {
        let value = std::env::var(VARIABLE).ok()?;
        let one_in = value.parse().unwrap_or_else(|error| panic!("{VARIABLE}={value}: {error}"));
        Some(Contention { one_in })
    }

    /// Prepares an empty database.
    pub(crate) async fn arm(self, superuser: &Client, database: &str) -> Result<(), Error> {
        let owned = format!(
            "alter database {database} set default_transaction_isolation = 'serializable';
             do $$ begin create role {OWNER} login in role pg_read_all_settings;
             exception when duplicate_object or unique_violation then null; end $$;
             alter database {database} owner to {OWNER}"
        );
        let injection = include_str!("contended.sql").replace("{one_in}", &self.one_in.to_string());
        for text in [owned, injection] {
            superuser.batch_execute(&text).await.map_err(Error::Sql)?;
        }
        Ok(())
    }
}

/// A session past what is tested: nothing that it does is undone.
///
/// # Panics
/// If the database does not let it in.
pub async fn connect(url: &str) -> Client {
    let connected = async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(SPARE_SESSION).await.map(|()| client)
    };
    connected.await.unwrap_or_else(|error| panic!("{url}: {error}"))
}
