//! Restoring a backup into an empty place.

use odata::date_time::Ticks;

use super::folder::Backup;
use super::manifest::DatabaseKind;
use super::progress::Tell;
use crate::database::Database;
use crate::restoration::Restoration;
use crate::seal::KeyEncryptionKey;
use crate::{postgres, sqlite};

/// Fills a database that does not exist yet from a backup that was verified: all of it, or nothing. Whoever opens the
/// database next has each tenant's audit tell of it. The error is one line.
pub async fn restore(
    database: &Database,
    key: &KeyEncryptionKey,
    backup: &Backup,
    at: Ticks,
    tell: Tell<'_>,
) -> Result<(), String> {
    let manifest = &backup.manifest;
    let (of, into) = (manifest.database, DatabaseKind::of(database));
    if of != into {
        let (of, into) = (of.name(), into.name());
        return Err(format!("the backup is of {of}, and cannot be restored into {into}"));
    }
    let (needed, given) = (&manifest.key_fingerprint, key.fingerprint().to_string());
    if *needed != given {
        return Err(format!(
            "the backup needs the key-encryption key with the fingerprint {needed}; the one that is configured has {given}"
        ));
    }
    let taken_at = Ticks::parse(&manifest.taken_at);
    let taken_at = taken_at.ok_or_else(|| format!("the backup was taken at {}?", manifest.taken_at))?;
    let restoration = Restoration::new(at, taken_at, &backup.digest)?;
    let restored = match database {
        Database::Sqlite(path) => sqlite::restore(path, backup, &restoration, tell),
        Database::Postgres(url) => postgres::restore(url, backup, &restoration, tell).await,
    };
    restored.map_err(|reason| format!("cannot restore into {}: {reason}", database.shown()))
}
