//! The examination of a database that others may use meanwhile.

use std::sync::Arc;

use super::connection::Connection;
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;
use super::value::{column, wrapped_keys};
use crate::database_server::DatabaseServer;
use crate::examination::Examination;
use crate::schema_version::SchemaVersion;
use crate::seal::Keyring;
use crate::sql::{examination as statements, tenant_keys};

/// Examines a database. The error is one line.
pub(crate) async fn examine(url: &str) -> Result<Examination, String> {
    let examined = async {
        let config = Arc::new(ConnectionConfig::find_to_read(url).await?);
        let connection = Connection::open(&config, &[]).await?;
        let server = server(&config, &connection).await?;
        let migration: i32 = first(&connection, statements::NEWEST_MIGRATION.postgres(), 0).await?;
        let layout = first(&connection, statements::LAYOUT_VERSION.postgres(), 0).await?;
        let invalid = connection.query_alone(statements::INVALID_INDEXES.postgres(), &[]).await?;
        let damage =
            invalid.iter().map(|row| Ok(format!("the index {} is not valid", column::<&str>(row, 0)?)));
        let damage = damage.collect::<Result<_, PostgresError>>()?;
        let time = statements::TIME_AND_STANDBY.postgres();
        let (seconds, is_standby) = (first(&connection, time, 0).await?, first(&connection, time, 1).await?);
        let version = SchemaVersion { migration: i64::from(migration), layout };
        let mut check_keys = Vec::new();
        if version.has_todays_keys() {
            let keys =
                connection.query_alone(tenant_keys::READ.postgres(), &[&Keyring::CHECK_TENANT]).await?;
            check_keys = wrapped_keys(&keys)?;
        }
        Ok::<_, PostgresError>(Examination {
            version,
            damage,
            seconds: Some(seconds),
            is_standby,
            server: Some(server),
            check_keys,
        })
    };
    examined.await.map_err(|error| error.message().to_owned())
}

/// What the server says of itself.
async fn server(config: &ConnectionConfig, connection: &Connection) -> Result<DatabaseServer, PostgresError> {
    let lines = async |text: &str| {
        let rows = connection.query_alone(&text.into(), &[]).await?;
        rows.iter().map(|row| column(row, 0)).collect::<Result<Vec<String>, PostgresError>>()
    };
    let (careless, lacking) = (lines(statements::CARELESS).await?, lines(statements::LACKING).await?);
    let rows = connection.query_alone(&statements::SERVER.into(), &[]).await?;
    let row = rows.first().ok_or_else(|| PostgresError::Refused("a question without an answer".into()))?;
    Ok(DatabaseServer {
        version: column(row, 0)?,
        major_version: column(row, 1)?,
        is_encrypted: column(row, 2)?,
        is_local: config.is_local(),
        is_pooled: config.is_pooled(),
        careless,
        statement_timeout_millis: column(row, 3)?,
        idle_timeout_millis: column(row, 4)?,
        lacking,
        connections: (column(row, 5)?, column(row, 6)?),
    })
}

/// A column of the first row.
async fn first<T: for<'a> tokio_postgres::types::FromSql<'a>>(
    connection: &Connection,
    text: &Arc<str>,
    at: usize,
) -> Result<T, PostgresError> {
    let rows = connection.query_alone(text, &[]).await?;
    column(rows.first().ok_or_else(|| PostgresError::Refused("a question without an answer".into()))?, at)
}
