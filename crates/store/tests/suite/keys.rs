//! Keys that are replaced: the key that wraps the data keys, and the data keys, while others read and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use odata::payload::Draft;
use odata::query::Cursor;
use odata::{Key, Value};
use store::{
    Access, Change, Database, KeyEncryptionKey, OpenKey, Query, Quotas, ReadError, Row, Share, Store,
};
use uuid::Uuid;

use crate::support::*;

const THIRD: Uuid = Uuid::from_u128(0x3000);

fn next_key() -> KeyEncryptionKey {
    KeyEncryptionKey::from_bytes(&[8; 32]).unwrap().from_source("file:next")
}

/// Opens the next key, as a server would from its file.
struct Opener;

impl OpenKey for Opener {
    fn open<'a>(&'a self, source: &'a str) -> BoxFuture<'a, Result<KeyEncryptionKey, String>> {
        assert_eq!(source, "file:next");
        async { Ok(next_key()) }.boxed()
    }
}

async fn open_with(database: &Database, access: Access, key: KeyEncryptionKey) -> Result<Store, String> {
    let store = Store::open_as(access, database, library(), key, Quotas::default()).await;
    store.map_err(|error| error.to_string())
}

async fn insert_secret(store: &Store, tenant: Uuid, key: &Key, secret: &str) {
    let insert = insert(store, WORKS, None, key, &[("combination", text(secret))]);
    store.apply(unit(tenant, vec![insert])).await.unwrap();
}

async fn read(store: &Store, tenant: Uuid, key: &Key) -> Row {
    store.get(tenant, WORKS, None, key).await.unwrap().unwrap()
}

async fn opened(store: &Store, tenant: Uuid, row: &Row) -> Result<Vec<(u16, Value)>, ReadError> {
    let keys = vec![row.key.clone()];
    let looked = store.apply(unit(tenant, vec![Change::Reveal { set: WORKS, keys }])).await.unwrap();
    store.open_secrets(tenant, WORKS, row, &looked.receipt.unwrap()).await
}

#[track_caller]
fn assert_secret(opened: Result<Vec<(u16, Value)>, ReadError>, secret: &str) {
    assert_eq!(opened.unwrap().first().map(|(_, value)| value.clone()), Some(text(secret)));
}

async fn replaced(store: &Store) -> store::Resealed {
    assert!(store.begin_rotation().await.unwrap());
    store.reseal_all(Duration::ZERO).await.unwrap()
}

/// A server that runs goes on, and makes data keys until the end; then the former key opens nothing.
pub async fn another_key_takes_the_place_of_the_first(database: Database) {
    let server = open(&database).await;
    let keys = [Key::new(), Key::new(), Key::new()];
    insert_secret(&server, TENANT, &keys[0], "first").await;
    let command = open_with(&database, Access::Command, encryption_key()).await.unwrap();
    let next = next_key().fingerprint();
    assert!(command.begin_rewrap(next_key()).await.unwrap());
    assert!(!command.begin_rotation().await.unwrap(), "one thing at a time");
    let third = KeyEncryptionKey::generate().unwrap();
    assert!(!command.begin_rewrap(third).await.unwrap(), "another is under way");
    command.rewrap_all().await.unwrap();
    assert_eq!(command.rewrapped().await.unwrap(), Share { all: 2, part: 2 });
    insert_secret(&server, OTHER, &keys[1], "second").await;
    assert_eq!(command.finish_rewrap(next).await.unwrap(), None, "a data key is left");
    assert_eq!(command.key_holders(next).await.unwrap(), Share::default());
    server.follow_keys(&Opener).await.unwrap();
    assert_eq!(command.key_holders(next).await.unwrap(), Share { all: 1, part: 1 });
    command.rewrap_all().await.unwrap();
    assert_eq!(command.finish_rewrap(next).await.unwrap(), Some(2));
    // What it has at hand and what not, and a data key that it makes before it has noticed.
    assert_secret(opened(&server, TENANT, &read(&server, TENANT, &keys[0]).await).await, "first");
    insert_secret(&server, THIRD, &keys[2], "third").await;
    server.follow_keys(&Opener).await.unwrap();
    command.close().await;
    server.close().await;
    let error = open_with(&database, Access::Server, encryption_key()).await.unwrap_err();
    assert!(error.contains("version 2") && error.contains("file:next"), "{error}");
    let server = open_with(&database, Access::Server, next_key()).await.unwrap();
    for (tenant, key, secret) in
        [(TENANT, &keys[0], "first"), (OTHER, &keys[1], "second"), (THIRD, &keys[2], "third")]
    {
        assert_secret(opened(&server, tenant, &read(&server, tenant, key).await).await, secret);
    }
}

pub async fn either_key_opens_until_the_end_whatever_ends_the_rotation(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    insert_secret(&store, TENANT, &key, "kept").await;
    assert!(store.begin_rewrap(next_key()).await.unwrap());
    store.close().await;
    let error = open_with(&database, Access::Server, next_key()).await.unwrap_err();
    assert!(error.contains("is not the one that wrapped"), "nothing is wrapped yet: {error}");
    let store = open(&database).await;
    assert!(store.begin_rewrap(next_key()).await.unwrap(), "it goes on");
    store.rewrap_all().await.unwrap();
    store.close().await;
    for by in [encryption_key(), next_key(), encryption_key()] {
        let store = open_with(&database, Access::Server, by).await.unwrap();
        assert_secret(opened(&store, TENANT, &read(&store, TENANT, &key).await).await, "kept");
        store.close().await;
    }
    // Back to the first, and then to the next after all.
    let store = open(&database).await;
    assert!(store.begin_rewrap(encryption_key()).await.unwrap());
    store.rewrap_all().await.unwrap();
    assert_eq!(store.finish_rewrap(encryption_key().fingerprint()).await.unwrap(), Some(2));
    store.close().await;
    open_with(&database, Access::Server, next_key()).await.unwrap_err();
    let store = open(&database).await;
    assert_secret(opened(&store, TENANT, &read(&store, TENANT, &key).await).await, "kept");
}

pub async fn data_keys_are_replaced_while_others_read_and_write(database: Database) {
    let store = Arc::new(open(&database).await);
    let keys: Vec<Key> = (0..1_200).map(|_| Key::new()).collect();
    for some in keys.chunks(300) {
        let secret = [("combination", text("open sesame"))];
        let inserts = some.iter().map(|key| insert(&store, WORKS, None, key, &secret)).collect();
        store.apply(unit(TENANT, inserts)).await.unwrap();
    }
    let versions = rows(&store).await;
    let done = Arc::new(AtomicBool::new(false));
    let busy = tokio::spawn(work(Arc::clone(&store), keys[0].clone(), Arc::clone(&done)));
    let resealed = replaced(&store).await;
    done.store(true, Ordering::Relaxed);
    busy.await.unwrap();
    assert!(resealed.entities >= 1_199 && resealed.refused == 0, "{resealed:?}");
    let reports = store.tenant_key_reports().await.unwrap();
    let [report] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((report.version, report.keys, report.sealed), (2, 1, Share { all: 1_200, part: 0 }));
    for ((key, before), (same, after)) in versions.iter().zip(rows(&store).await) {
        assert_eq!(*key, same);
        assert!(*before == after || *key == keys[0], "nobody but its writer changed {key}");
    }
    for key in keys.iter().step_by(100).skip(1) {
        assert_secret(opened(&store, TENANT, &read(&store, TENANT, key).await).await, "open sesame");
    }
}

/// The keys and versions of all rows.
async fn rows(store: &Store) -> Vec<(Key, i64)> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let query = Query { after, ..Query::all(TENANT, WORKS, 1_000) };
        let page = store.list(&query).await.unwrap();
        let Some(last) = page.last() else { return rows };
        after = Some(Cursor { values: Vec::new(), key: last.key.clone() });
        rows.extend(page.into_iter().map(|row| (row.key, row.version)));
    }
}

/// Reads a secret and writes another one, over and over.
async fn work(store: Arc<Store>, key: Key, done: Arc<AtomicBool>) {
    let mut secret = "open sesame".to_owned();
    for round in 0.. {
        let row = read(&store, TENANT, &key).await;
        assert_secret(opened(&store, TENANT, &row).await, &secret);
        // Each other time it stays sealed.
        let mut record = store.record(WORKS, &row).unwrap();
        if round % 2 == 0 {
            secret = format!("secret {round}");
            record.set(slot(store.model(), WORK, "combination"), text(&secret));
        } else {
            record.set(slot(store.model(), WORK, "title"), text(&format!("title {round}")));
        }
        let entity = Draft(record).complete(store.model()).unwrap();
        let (set, parent, expected) = (WORKS, None, row.version);
        let update = Change::Update { set, parent, key: key.clone(), expected, entity };
        store.apply(unit(TENANT, vec![update])).await.unwrap();
        if done.load(Ordering::Relaxed) {
            return;
        }
    }
}

pub async fn what_was_read_before_a_rotation_is_opened_and_changed_after_it(database: Database) {
    let store = open(&database).await;
    let (key, other) = (Key::new(), Key::new());
    for key in [&key, &other] {
        insert_secret(&store, TENANT, key, "open sesame").await;
    }
    let (row, of_other) = (read(&store, TENANT, &key).await, read(&store, TENANT, &other).await);
    assert_eq!(replaced(&store).await.entities, 2);
    assert_secret(opened(&store, TENANT, &row).await, "open sesame");
    let mut record = store.record(WORKS, &of_other).unwrap();
    record.set(slot(store.model(), WORK, "title"), text("new"));
    let entity = Draft(record).complete(store.model()).unwrap();
    let (set, parent, expected) = (WORKS, None, of_other.version);
    let update = Change::Update { set, parent, key: other.clone(), expected, entity };
    store.apply(unit(TENANT, vec![update])).await.unwrap();
    let reports = store.tenant_key_reports().await.unwrap();
    assert_eq!(
        (reports[0].keys, reports[0].sealed.part),
        (1, 0),
        "nothing is sealed under a key that is gone"
    );
    assert_secret(opened(&store, TENANT, &read(&store, TENANT, &other).await).await, "open sesame");
}

pub async fn a_rotation_of_data_keys_goes_on_in_another_process(database: Database) {
    let store = open(&database).await;
    for tenant in [TENANT, OTHER] {
        insert_secret(&store, tenant, &Key::parse("one"), "kept").await;
    }
    assert!(store.begin_rotation().await.unwrap());
    assert!(!store.begin_rotation().await.unwrap(), "it is under way");
    store.close().await;
    let store = open(&database).await;
    assert!(store.key_state().await.unwrap().is_resealing);
    assert_eq!(store.reseal_all(Duration::ZERO).await.unwrap().entities, 2);
    assert_eq!(store.reseal_all(Duration::ZERO).await.unwrap().entities, 0, "it is done");
    assert!(!store.key_state().await.unwrap().is_resealing);
    let reports = store.tenant_key_reports().await.unwrap();
    assert_eq!(reports.iter().map(|of| (of.version, of.keys)).collect::<Vec<_>>(), [(2, 1), (2, 1)]);
}

pub async fn what_is_moved_does_not_open(database: Database) {
    let store = open(&database).await;
    let key = Key::parse("one");
    // A number of each row's own, where each tenant has its own numbers, too.
    for tenant in [OTHER, OTHER, OTHER] {
        store
            .apply(unit(tenant, vec![Change::Reveal { set: WORKS, keys: vec![key.clone()] }]))
            .await
            .unwrap();
    }
    for (tenant, key) in [(TENANT, &key), (TENANT, &Key::parse("two")), (OTHER, &key)] {
        insert_secret(&store, tenant, key, "open sesame").await;
    }
    let version = |row: Row| row.version;
    let own = version(read(&store, TENANT, &key).await);
    let foreign = [
        ("another entity's", version(read(&store, TENANT, &Key::parse("two")).await)),
        ("another tenant's", version(read(&store, OTHER, &key).await)),
    ];
    for (case, from) in foreign {
        let source = format!("(select sealed from works as source where source.version = {from})");
        execute(&database, &format!("update works set sealed = {source} where version = {own}")).await;
        // Something is committed, so that readers look again.
        insert_secret(&store, TENANT, &Key::new(), "later").await;
        let refused = opened(&store, TENANT, &read(&store, TENANT, &key).await).await;
        assert!(matches!(refused, Err(ReadError::Corrupt(_))), "{case}: {refused:?}");
    }
}

pub async fn what_does_not_open_stays_and_so_does_its_key(database: Database) {
    let store = open(&database).await;
    let (whole, damaged) = (Key::parse("a"), Key::parse("b"));
    for key in [&whole, &damaged] {
        insert_secret(&store, TENANT, key, "open sesame").await;
    }
    execute(&database, "update works set sealed = (select sealed from works order by version limit 1)").await;
    let resealed = replaced(&store).await;
    assert_eq!((resealed.entities, resealed.refused), (1, 1), "{resealed:?}");
    assert!(resealed.reason.as_deref().is_some_and(|reason| reason.contains("('b')")), "{resealed:?}");
    let reports = store.tenant_key_reports().await.unwrap();
    assert_eq!((reports[0].keys, reports[0].sealed), (2, Share { all: 2, part: 1 }));
    assert_secret(opened(&store, TENANT, &read(&store, TENANT, &whole).await).await, "open sesame");
}

pub async fn a_damaged_data_key_is_told_from_a_wrong_key(database: Database) {
    open(&database).await.close().await;
    let wrong = open_with(&database, Access::Server, next_key()).await.unwrap_err();
    let (given, wanted) = (next_key().fingerprint(), encryption_key().fingerprint());
    for part in [given.to_string(), wanted.to_string(), "file:next".to_owned()] {
        assert!(wrong.contains(&part), "{wrong}");
    }
    execute(&database, "update tenant_key set wrapped = substr(wrapped, 1, 30)").await;
    let damaged = open_with(&database, Access::Server, encryption_key()).await.unwrap_err();
    assert!(damaged.contains("damaged") && !damaged.contains('\n'), "{damaged}");
    execute(&database, "delete from key_state").await;
    let wrong = open_with(&database, Access::Server, next_key()).await.unwrap_err();
    assert!(wrong.contains(&wanted.to_string()), "the data key says it too: {wrong}");
}
