//! Jobs: written with what causes them, claimed by one at a time, done once.

use std::sync::Arc;
use std::time::Duration;

use odata::Key;
use odata::date_time::Ticks;
use store::{Change, Database, Job, NewJob, Store, WriteError};

use crate::support::*;

/// A lease that is longer than a test takes.
const LEASE: Duration = Duration::from_secs(600);

fn job(kind: i16, subject: &Key, run_at: i64) -> Change {
    let content = Box::from(&b"content"[..]);
    Change::Enqueue(NewJob { kind, subject: subject.clone(), content, run_at: Ticks(run_at) })
}

async fn claim(store: &Store, due: i64) -> Vec<Job> {
    store.claim_jobs(Ticks(due), LEASE, 100).await.unwrap()
}

pub async fn a_job_comes_and_goes_with_the_unit_it_is_in(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    let committed =
        apply(&store, vec![insert(&store, WORKS, None, &key, &[]), job(1, &key, 10)]).await.unwrap();
    assert_eq!((committed.versions.len(), committed.versions[1]), (2, 0));
    let refused = apply(&store, vec![job(1, &Key::new(), 10), insert(&store, WORKS, None, &key, &[])]).await;
    assert!(matches!(refused, Err(WriteError::Exists { .. })), "{refused:?}");

    let jobs = claim(&store, 10).await;
    let expected = Job {
        tenant: TENANT,
        kind: 1,
        subject: key.clone(),
        content: Box::from(&b"content"[..]),
        run_at: Ticks(10),
        attempts: 1,
        request_id: REQUEST,
        fence: 1,
    };
    assert_eq!(jobs, [expected]);
    assert_eq!(store.job_due(TENANT, 1, &key).await.unwrap(), Some(Ticks(10)));
    let version = committed.versions[0];
    let done =
        apply(&store, vec![update(&store, WORKS, &key, version, &[]), Change::Finish(jobs[0].clone())]);
    assert!(done.await.unwrap().versions[0] > version);
    assert_eq!(store.job_due(TENANT, 1, &key).await.unwrap(), None);
    assert_eq!(store.next_job().await.unwrap(), None);
    assert_eq!(store.journal_since(TENANT, 0, 10).await.unwrap().len(), 2, "jobs are not in the journal");
}

pub async fn what_is_due_is_claimed_the_longest_due_first(database: Database) {
    let store = open(&database).await;
    let keys: Vec<Key> = (0..4).map(|_| Key::new()).collect();
    for (key, run_at) in keys.iter().zip([30, 10, 20, 40]) {
        apply(&store, vec![job(1, key, run_at)]).await.unwrap();
    }
    assert_eq!(store.next_job().await.unwrap(), Some(Ticks(10)));
    let first = store.claim_jobs(Ticks(30), LEASE, 2).await.unwrap();
    let mut due: Vec<i64> = first.iter().map(|job| job.run_at.0).collect();
    due.sort_unstable();
    assert_eq!(due, [10, 20]);
    assert_eq!(store.next_job().await.unwrap(), Some(Ticks(30)), "what is leased is not next");
    assert_eq!(claim(&store, 30).await.len(), 1);
    assert!(claim(&store, 39).await.is_empty(), "what is not due is not claimed");
    assert!(!store.is_job_due(Ticks(9)).await.unwrap());
    assert!(store.is_job_due(Ticks(10)).await.unwrap(), "what is leased is due");
    store.job_written().await;
}

pub async fn only_the_last_claim_ends_a_job(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    apply(&store, vec![job(1, &key, 10)]).await.unwrap();
    let first = store.claim_jobs(Ticks(10), Duration::ZERO, 1).await.unwrap().remove(0);
    let second = claim(&store, 10).await.remove(0);
    assert_eq!((first.fence, second.fence, second.attempts), (1, 2, 2));
    let put_off = |job: &Job| Change::PutOff { job: job.clone(), run_at: Ticks(20) };
    for late in [Change::Finish(first.clone()), put_off(&first)] {
        let refused = apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[]), late]).await;
        assert!(matches!(refused, Err(WriteError::Overtaken)), "{refused:?}");
    }
    assert!(store.journal_since(TENANT, 0, 10).await.unwrap().is_empty(), "nothing else was done either");
    apply(&store, vec![put_off(&second)]).await.unwrap();
    assert!(claim(&store, 19).await.is_empty());
    let third = claim(&store, 20).await.remove(0);
    assert_eq!(third.attempts, 3);
    apply(&store, vec![Change::Finish(third)]).await.unwrap();
}

pub async fn a_job_takes_the_place_of_one_for_the_same_subject(database: Database) {
    let store = open(&database).await;
    let (key, other) = (Key::new(), Key::new());
    apply(&store, vec![job(1, &key, 20)]).await.unwrap();
    apply(&store, vec![job(2, &key, 50), job(1, &other, 50)]).await.unwrap();
    store.apply(unit(OTHER, vec![job(1, &key, 50)])).await.unwrap();
    let claimed = claim(&store, 20).await.remove(0);
    apply(&store, vec![job(1, &key, 30)]).await.unwrap();
    let refused = apply(&store, vec![Change::Finish(claimed)]).await;
    assert!(
        matches!(refused, Err(WriteError::Overtaken)),
        "what came meanwhile is still to be done: {refused:?}"
    );
    let again = claim(&store, 20).await;
    assert_eq!(again.len(), 1, "due when the earlier was");
    assert_eq!(claim(&store, 50).await.len(), 3);
}

pub async fn a_job_is_claimed_by_one_only(database: Database) {
    let store = Arc::new(open(&database).await);
    let keys: Vec<Key> = (0..100).map(|_| Key::new()).collect();
    apply(&store, keys.iter().map(|key| job(1, key, 1)).collect()).await.unwrap();
    let claims = (0..8).map(|_| {
        let store = Arc::clone(&store);
        async move {
            let mut claimed = Vec::new();
            loop {
                let jobs = store.claim_jobs(Ticks(1), LEASE, 7).await.unwrap();
                if jobs.is_empty() {
                    return claimed;
                }
                claimed.extend(jobs.into_iter().map(|job| job.subject));
            }
        }
    });
    let mut claimed = claims.collect::<tokio::task::JoinSet<_>>().join_all().await.concat();
    claimed.sort();
    let mut expected = keys;
    expected.sort();
    assert_eq!(claimed, expected);
}
