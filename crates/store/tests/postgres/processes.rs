//! Several processes, here several stores, share a database at every isolation level it may be set to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use odata::Key;
use odata::date_time::Ticks;
use scratch_postgres::database;
use store::{Access, Change, Database, LedgerChange, NewJob, Quota, Quotas, Store, Unit, WriteError};
use uuid::Uuid;

use crate::batches::{apply_all, check_journal};
use crate::support::{TENANT, WORKS, encryption_key, library, unit};
use crate::units::{insert_any, open, update};

/// The URL with a default isolation level.
fn at_isolation(url: &str, level: &str) -> String {
    format!("{url}?options=-c%20default_transaction_isolation={}", level.replace(' ', "%5C%20"))
}

#[tokio::test]
async fn journals_have_no_gaps_whoever_writes_at_whatever_isolation() {
    for level in ["read committed", "repeatable read", "serializable"] {
        let url = at_isolation(&database().await, level);
        let stores = [Arc::new(open(&url).await), Arc::new(open(&url).await), Arc::new(open(&url).await)];
        let tenants = [Uuid::new_v4(), Uuid::new_v4()];
        let work = stores.iter().map(|store| write_rounds(store, &tenants));
        let mut tasks = tokio::task::JoinSet::new();
        for task in work.collect::<Vec<_>>() {
            tasks.spawn(task);
        }
        tasks.join_all().await;
        for tenant in tenants {
            check_journal(&stores[0], tenant, 3 * 10 * 10).await;
        }
    }
}

fn write_rounds(store: &Arc<Store>, tenants: &[Uuid; 2]) -> impl Future<Output = ()> + Send + 'static {
    let (store, tenants) = (Arc::clone(store), *tenants);
    async move {
        for _ in 0..10 {
            let change = || vec![insert_any(&store, &Key::new())];
            let units: Vec<Unit> = (0..20).map(|at| unit(tenants[at % 2], change())).collect();
            for answer in apply_all(&store, units).await {
                assert!(answer.is_ok(), "{answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn of_two_processes_that_update_from_one_version_one_loses() {
    for level in ["read committed", "serializable"] {
        let url = at_isolation(&database().await, level);
        let stores = [open(&url).await, open(&url).await];
        let key = Key::new();
        stores[0].apply(unit(TENANT, vec![insert_any(&stores[0], &key)])).await.unwrap();
        for round in 0..20 {
            let version = stores[0].get(TENANT, WORKS, None, &key).await.unwrap().unwrap().version;
            let updates =
                stores.each_ref().map(|s| s.apply(unit(TENANT, vec![update(s, &key, version, "x")])));
            let [one, other] = updates;
            let (one, other) = tokio::join!(one, other);
            assert!(one.is_ok() != other.is_ok(), "{level}, round {round}: {one:?} {other:?}");
        }
        check_journal(&stores[0], TENANT, 21).await;
    }
}

#[tokio::test]
async fn of_several_processes_one_claims_a_job_and_one_gets_an_entry() {
    for level in ["read committed", "repeatable read", "serializable"] {
        let url = at_isolation(&database().await, level);
        let stores = [Arc::new(open(&url).await), Arc::new(open(&url).await), Arc::new(open(&url).await)];
        let keys: Vec<Key> = (0..60).map(|_| Key::new()).collect();
        let job = |key: &Key| {
            let content = Box::default();
            Change::Enqueue(NewJob { kind: 1, subject: key.clone(), content, run_at: Ticks(1) })
        };
        stores[0].apply(unit(TENANT, keys.iter().map(job).collect())).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for store in &stores {
            tasks.spawn(work(Arc::clone(store)));
        }
        let mut done = tasks.join_all().await.concat();
        done.sort();
        assert_eq!(done, keys, "{level}: each is done once");
        let [entry] = stores[0].ledger(&[[9; 32]]).await.unwrap().try_into().unwrap();
        assert_eq!(entry.map(|count| count.len()), Some(keys.len()), "{level}: each is counted once");
    }
}

/// Does jobs until there are none: each adds a byte to an entry that all of them want.
async fn work(store: Arc<Store>) -> Vec<Key> {
    let mut done = Vec::new();
    loop {
        // A database that undoes transactions in favour of others may refuse a claim.
        let Ok(jobs) = store.claim_jobs(Ticks(1), Duration::from_secs(600), 5).await else { continue };
        if jobs.is_empty() && store.next_job().await.unwrap().is_none() {
            return done;
        }
        for job in jobs {
            loop {
                let before = store.ledger(&[[9; 32]]).await.unwrap().remove(0);
                let mut after = before.clone().unwrap_or_default().into_vec();
                after.push(1);
                let entry = LedgerChange { key: [9; 32], before, after: Some(after.into()) };
                let changes =
                    vec![insert_any(&store, &Key::new()), Change::Ledger(entry), Change::Finish(job.clone())];
                match store.apply(unit(TENANT, changes)).await {
                    Ok(_) => break,
                    Err(WriteError::Overtaken | WriteError::Unavailable(_)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            done.push(job.subject);
        }
    }
}

#[tokio::test]
async fn two_processes_keep_to_one_quota() {
    for level in ["read committed", "repeatable read", "serializable"] {
        let database = Database::Postgres(at_isolation(&database().await, level));
        let quota = Quota { records: Some(50), ..Quota::default() };
        let quotas = Quotas { counted_set: None, of_tenants: HashMap::from([(TENANT, quota)]) };
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let (model, key, quotas) = (library(), encryption_key(), quotas.clone());
            let store = Store::open_as(Access::Server, &database, model, key, quotas).await.unwrap();
            tasks.spawn(async move {
                let units = (0..40).map(|_| unit(TENANT, vec![insert_any(&store, &Key::new())])).collect();
                let store = Arc::new(store);
                apply_all(&store, units).await.iter().filter(|answer| answer.is_ok()).count()
            });
        }
        assert_eq!(tasks.join_all().await.into_iter().sum::<usize>(), 50, "{level}");
    }
}
