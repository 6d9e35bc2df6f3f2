//! Behind PgBouncer in transaction mode: nothing is left in a connection of the server's, and nothing is missed there.

use std::sync::Arc;

use odata::Key;
use scratch_postgres::{POOLED_CONNECTIONS, connect, database, through_pooler};
use store::{Database, Store};

use crate::batches::{apply_all, check_journal};
use crate::support::{TENANT, WORKS, unit};
use crate::units::{insert_any, open};

async fn pooled_database() -> ((), Database) {
    ((), Database::Postgres(through_pooler(&database().await).await))
}

crate::suite! { crate::pooled::pooled_database:
    backup { after_a_restore_no_number_is_given_again }
    durability { concurrent_writers_are_all_acknowledged_and_all_there }
    entities { an_entity_comes_back_as_it_was, versions_ascend_and_guard, a_unit_is_all_or_nothing }
    filter { a_filter_means_what_the_specification_says }
    idempotency { a_request_is_done_once }
    jobs { a_job_comes_and_goes_with_the_unit_it_is_in, what_is_due_is_claimed_the_longest_due_first }
    keys { a_rotation_of_data_keys_goes_on_in_another_process }
    ledger { an_entry_is_compared_before_it_changes }
    journal { the_journal_tells_what_happened_in_order, old_entries_end_but_for_the_audit_and_the_newest }
    list { every_order_pages_through_every_row_once }
    model_change { a_new_index_is_filled_from_the_documents }
    opening { a_store_reopens_with_all_it_held }
    quotas { of_many_writers_exactly_so_many_succeed }
    secrets { secrets_are_opened_with_a_receipt_only }
    tenants { a_mark_takes_the_place_of_the_one_it_should }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_the_connections_and_leave_nothing_in_them() {
    let url = through_pooler(&database().await).await;
    let (one, other) =
        (Arc::new(open(&url).await), Arc::new(open(&format!("{url}?pooler=transaction")).await));
    let units =
        |store: &Arc<Store>| (0..200).map(|_| unit(TENANT, vec![insert_any(store, &Key::new())])).collect();
    let (of_one, of_other) = (units(&one), units(&other));
    let (of_one, of_other) = tokio::join!(apply_all(&one, of_one), apply_all(&other, of_other));
    for answer in of_one.into_iter().chain(of_other) {
        answer.unwrap();
    }
    check_journal(&one, TENANT, 400).await;
    let key = Key::new();
    one.apply(unit(TENANT, vec![insert_any(&one, &key)])).await.unwrap();
    assert!(other.get(TENANT, WORKS, None, &key).await.unwrap().is_some());
    // Each of the server's connections, as whoever gets it next would find it.
    let through: Vec<_> = connect_all(&url).await;
    for client in &through {
        client.batch_execute("begin").await.unwrap();
        for question in ["select count(*) from pg_prepared_statements", "select count(*) from pg_cursors"] {
            assert_eq!(number(client, question).await, "0", "{question}");
        }
        for (setting, expected) in
            [("enable_seqscan", "on"), ("lock_timeout", "0"), ("statement_timeout", "0")]
        {
            assert_eq!(number(client, &format!("show {setting}")).await, expected, "{setting}");
        }
    }
}

/// A client for each of the server's connections.
async fn connect_all(url: &str) -> Vec<tokio_postgres::Client> {
    let mut clients = Vec::new();
    for _ in 0..POOLED_CONNECTIONS {
        clients.push(connect(url).await);
    }
    clients
}

/// The first value that a text yields, unprepared.
async fn number(client: &tokio_postgres::Client, text: &str) -> String {
    let messages = client.simple_query(text).await.unwrap();
    let value = messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    value.unwrap().to_owned()
}
