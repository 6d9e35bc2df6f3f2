//! The base migrations of both databases: the files of `migrations`, in the order of their numbers.

use refinery_core::{Error, Migration, Runner};

/// The names and texts of files of a folder.
macro_rules! migrations {
    ($folder:literal, $($name:literal),+) => {
        &[$(($name, include_str!(concat!("../migrations/", $folder, "/", $name, ".sql")))),+]
    };
}

const SQLITE: &[(&str, &str)] = migrations!(
    "sqlite",
    "V1__base",
    "V2__jobs",
    "V3__idempotency",
    "V4__journal",
    "V5__tenants",
    "V6__audit",
    "V7__keys",
    "V8__checkpoints",
    "V9__restorations"
);
const POSTGRES: &[(&str, &str)] = migrations!(
    "postgres",
    "V1__base",
    "V2__jobs",
    "V3__idempotency",
    "V4__journal",
    "V5__tenants",
    "V6__audit",
    "V7__keys",
    "V8__checkpoints",
    "V9__restorations"
);

/// The migrations of SQLite.
pub(crate) fn sqlite() -> Result<Runner, Error> {
    runner(SQLITE)
}

/// The migrations of PostgreSQL.
pub(crate) fn postgres() -> Result<Runner, Error> {
    runner(POSTGRES)
}

/// The number of the newest migration.
pub(crate) fn newest() -> i64 {
    SQLITE.len() as i64
}

/// The number of the migration whose name ends so.
pub(crate) fn number_of(end: &str) -> i64 {
    SQLITE.iter().zip(1..).find(|((name, _), _)| name.ends_with(end)).map_or(i64::MAX, |(_, number)| number)
}

fn runner(files: &[(&str, &str)]) -> Result<Runner, Error> {
    let migrations = files.iter().map(|(name, text)| Migration::unapplied(name, text));
    Ok(Runner::new(&migrations.collect::<Result<Vec<_>, _>>()?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn no_file_is_forgotten() {
        for (folder, known) in [("sqlite", super::SQLITE), ("postgres", super::POSTGRES)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
            let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
            files.sort();
            let known: Vec<String> = known.iter().map(|(name, _)| format!("{name}.sql")).collect();
            assert_eq!(files, known);
        }
    }
}
