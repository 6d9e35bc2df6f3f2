//! The statements that copy a database into a backup, and the script that fills another from it.

use super::fixed::FixedStatement;

/// Writes SQLite's database into a new file, as one transaction sees it: path.
pub(crate) const VACUUM_INTO: &str = "vacuum into ?1";

/// Yields `ok`, or what is wrong with SQLite's file.
pub(crate) const QUICK_CHECK: &str = "pragma quick_check(1)";

/// Yields about how many bytes the copy of SQLite's file will have.
pub(crate) const SIZE: &str = "select (page_count - freelist_count) * page_size \
     from pragma_page_count, pragma_freelist_count, pragma_page_size";

/// Has SQLite write a file that nobody needs if this ends early.
pub(crate) const WITHOUT_JOURNAL: &str = "pragma journal_mode = off";

/// A connection of PostgreSQL's that copies may take its time.
pub(crate) const SETTINGS: &[&str] =
    &["set statement_timeout = 0", "set idle_in_transaction_session_timeout = 0", "set lock_timeout = '30s'"];

/// Begins a transaction that sees one state of the database to its end.
pub(crate) const BEGIN_SNAPSHOT: &str = "begin isolation level repeatable read read only";

/// Yields the tables of PostgreSQL's schema: name, names of the columns, bytes, and the statement that makes it.
pub(crate) static TABLES: FixedStatement = FixedStatement::common(
    "select quote_ident(c.relname)::text, string_agg(quote_ident(a.attname), ', ' order by a.attnum)::text, \
     pg_table_size(c.oid), \
     'create table ' || quote_ident(c.relname) || ' (' || string_agg(quote_ident(a.attname) || ' ' \
     || format_type(a.atttypid, a.atttypmod) \
     || case when a.attcollation <> t.typcollation then ' collate ' || quote_ident(o.collname) else '' end \
     || case when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end \
     || case when a.attnotnull then ' not null' else '' end, ', ' order by a.attnum) || ')' \
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
     join pg_type t on t.oid = a.atttypid left join pg_collation o on o.oid = a.attcollation \
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum \
     where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace \
     group by c.oid, c.relname order by c.relname",
);

/// Yields the statements that say how columns are kept, to be run before there are rows.
pub(crate) static STORAGE: FixedStatement = FixedStatement::common(
    "select 'alter table ' || quote_ident(c.relname) || ' alter column ' || quote_ident(a.attname) || ' set storage ' \
     || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end \
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
     join pg_type t on t.oid = a.atttypid where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace \
     and a.attstorage <> t.typstorage order by c.relname, a.attnum",
);

/// Yields the statements that make keys, to be run when the rows are there.
pub(crate) static CONSTRAINTS: FixedStatement = FixedStatement::common(
    "select 'alter table ' || quote_ident(c.relname) || ' add constraint ' || quote_ident(k.conname) || ' ' \
     || pg_get_constraintdef(k.oid) from pg_constraint k join pg_class c on c.oid = k.conrelid \
     where k.contype in ('p', 'u', 'c') and c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace \
     order by c.relname, k.conname",
);

/// Yields the statements that make the other indexes, but those that need more than PostgreSQL itself: they are made when
/// the database is opened.
pub(crate) static INDEXES: FixedStatement = FixedStatement::common(
    "select pg_get_indexdef(i.indexrelid, 0, true) from pg_index i join pg_class c on c.oid = i.indrelid \
     join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam \
     where m.amname = 'btree' and c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace \
     and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid) order by c.relname, x.relname",
);

/// Has PostgreSQL gather the statistics of all tables.
pub(crate) const ANALYZE: &str = "analyze";

/// Keeps tables from being changed while they are copied; rows may change.
pub(crate) fn lock(tables: &[&str]) -> String {
    format!("lock table {} in access share mode", tables.join(", "))
}

/// Copies the rows of a table out.
pub(crate) fn copy_out(table: &str, columns: &str) -> String {
    format!("copy {table} ({columns}) to stdout (format binary)")
}

/// The beginning of a line of the script that copies a file in, and what stands around the file's name.
const COPY_BEGIN: &str = "\\copy ";
const FILE_BEGIN: &str = " from '";
const COPY_END: &str = "' with (format binary)";

/// The line of the script that copies a file into a table, as psql reads it.
pub(crate) fn copy_line(table: &str, columns: &str, file: &str) -> String {
    format!("{COPY_BEGIN}{table} ({columns}){FILE_BEGIN}{file}{COPY_END}")
}

/// The statement and the file of a line that copies; none of a line that is a statement itself.
pub(crate) fn read_copy_line(line: &str) -> Option<(String, &str)> {
    let copied = line.strip_prefix(COPY_BEGIN)?.strip_suffix(COPY_END)?;
    let (table, file) = copied.rsplit_once(FILE_BEGIN)?;
    Some((format!("copy {table} from stdin (format binary)"), file))
}

#[cfg(test)]
mod tests {
    use super::{copy_line, read_copy_line};

    #[test]
    fn a_line_that_copies_is_read_back() {
        let line = copy_line("\"Odd from 'name\"", "a, \"B\"", "0001.copy");
        assert_eq!(line, "\\copy \"Odd from 'name\" (a, \"B\") from '0001.copy' with (format binary)");
        let expected = "copy \"Odd from 'name\" (a, \"B\") from stdin (format binary)";
        assert_eq!(read_copy_line(&line), Some((expected.to_owned(), "0001.copy")));
        assert_eq!(read_copy_line("create table a (b bigint)"), None);
    }
}
