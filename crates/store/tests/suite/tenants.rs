//! The records of tenants, and the end of what a tenant has beside its entities.

use odata::Key;
use odata::date_time::Ticks;
use store::{Access, Change, Database, NewJob, Query, Quotas, Store, TenantMark, TenantRecord, WriteError};

use crate::support::*;

fn record(mark: TenantMark, at: i64) -> TenantRecord {
    TenantRecord { id: TENANT, display_name: Some("Contoso".into()), mark, marked_at: Ticks(at) }
}

pub async fn a_mark_takes_the_place_of_the_one_it_should(database: Database) {
    let store = open(&database).await;
    assert_eq!(store.tenant_records().await.unwrap(), []);
    assert!(store.add_tenant(&record(TenantMark::Open, 1)).await.unwrap());
    assert!(!store.add_tenant(&record(TenantMark::Closed, 2)).await.unwrap(), "it is there");
    assert!(!store.mark_tenant(&record(TenantMark::Removing, 3), TenantMark::Closed).await.unwrap());
    assert!(store.mark_tenant(&record(TenantMark::Closed, 4), TenantMark::Open).await.unwrap());
    assert_eq!(store.tenant_records().await.unwrap(), [record(TenantMark::Closed, 4)]);
}

pub async fn a_command_reads_and_marks_beside_a_server(database: Database) {
    let server = open(&database).await;
    let key = Key::new();
    apply(&server, vec![insert(&server, WORKS, None, &key, &[])]).await.unwrap();
    let quotas = Quotas::default();
    let command =
        Store::open_as(Access::Command, &database, library(), encryption_key(), quotas).await.unwrap();
    assert_eq!(command.is_beside(), matches!(database, Database::Sqlite(_)));
    assert_eq!(command.tenants_seen().await.unwrap(), [TENANT]);
    assert_eq!(command.tenant_usage(TENANT, Some(WORKS)).await.unwrap().counted, 1);
    command.add_tenant(&record(TenantMark::Closed, 1)).await.unwrap();
    assert_eq!(server.tenant_records().await.unwrap().len(), 1, "the server sees it at once");
    if command.is_beside() {
        let refused = apply(&command, vec![insert(&command, WORKS, None, &Key::new(), &[])]).await;
        assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    }
    apply(&server, vec![insert(&server, WORKS, None, &Key::new(), &[])]).await.unwrap();
    assert_eq!(command.list(&Query::all(TENANT, WORKS, 9)).await.unwrap().len(), 2);
}

pub async fn what_a_tenant_has_beside_its_entities_ends_alone(database: Database) {
    let store = open(&database).await;
    for tenant in [TENANT, OTHER] {
        let job = |kind| NewJob { kind, subject: Key::parse("a"), content: Box::default(), run_at: Ticks(5) };
        let changes = (1..4).map(|kind| Change::Enqueue(job(kind))).collect();
        store.apply(unit(tenant, changes)).await.unwrap();
    }
    while store.forget_tenant(TENANT).await.unwrap() {}
    assert_eq!(store.job_due(TENANT, 1, &Key::parse("a")).await.unwrap(), None);
    assert_eq!(store.job_due(OTHER, 1, &Key::parse("a")).await.unwrap(), Some(Ticks(5)));
}
