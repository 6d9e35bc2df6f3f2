//! The bare PostgreSQL: tables like Muster's in a schema of their own, given the rows of Muster's by the server itself.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::commits::Commits;
use super::identifier::quoted;
use crate::bare_postgres::connect;

const SCHEMA: &str = "bare";

/// A table, and the statement that copies a part of it.
struct Table {
    pages: i64,
    copy: tokio_postgres::Statement,
}

/// Copies rows; how long it takes.
pub(super) async fn write(url: &str, commits: Commits) -> Result<Duration> {
    let mut client = connect(url).await?;
    client.batch_execute("vacuum (analyze)").await?;
    client.batch_execute(&format!("create schema {SCHEMA}")).await?;
    let text = "select relname::text, pg_relation_size(oid) / current_setting('block_size')::bigint as pages \
                from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace";
    let mut tables = Vec::new();
    for row in client.query(text, &[]).await? {
        let (name, pages): (String, i64) = (row.get(0), row.get(1));
        if pages == 0 {
            continue;
        }
        let table = quoted(&name);
        client
            .batch_execute(&format!("create table {SCHEMA}.{table} (like public.{table} including all)"))
            .await?;
        // The pages of a table are in the order in which they were written.
        let copy = format!(
            "insert into {SCHEMA}.{table} select * from public.{table} \
             where ctid >= ('(' || $1::bigint || ',0)')::tid and ctid < ('(' || $2::bigint || ',0)')::tid"
        );
        tables.push(Table { pages, copy: client.prepare(&copy).await? });
    }
    client.batch_execute("checkpoint").await?;
    let (all, made) = (i64::try_from(commits.all)?, i64::try_from(commits.made)?);
    let begin = Instant::now();
    for number in 0..made {
        let transaction = client.transaction().await?;
        for Table { pages, copy } in &tables {
            let (from, to) = (pages * number / all, pages * (number + 1) / all);
            if from < to {
                transaction.execute(copy, &[&from, &to]).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(begin.elapsed())
}
