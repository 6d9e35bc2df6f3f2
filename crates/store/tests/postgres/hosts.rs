//! Several hosts: the first that takes writes is the one, now and after another has become it.

use std::time::{Duration, Instant};

use odata::Key;
use scratch_postgres::{Cluster, Fsync, Setup};
use store::{Database, Store};
use tokio::net::TcpListener;

use crate::support::{TENANT, encryption_key, library, unit};
use crate::units::{insert_any, open};

async fn refusal(url: &str) -> String {
    Store::open(&Database::Postgres(url.to_owned()), library(), encryption_key())
        .await
        .unwrap_err()
        .to_string()
}

#[tokio::test]
async fn the_first_host_that_takes_writes_is_the_one() {
    let standby = Setup { is_standby: true, ..Setup::default() };
    let standby = Cluster::start_with(Fsync::Off, &standby).await.unwrap();
    let primary = Cluster::start(Fsync::Off).await.unwrap();
    // Accepts connections, in the operating system's queue, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap().port();
    let (standby, port) = (standby.port(), primary.port());
    for before in [format!("127.0.0.1:{standby}"), "127.0.0.1:1".to_owned(), format!("127.0.0.1:{silent}")] {
        let begin = Instant::now();
        let url = format!("postgres://scratch@{before},127.0.0.1:{port}/postgres?connect_timeout=30");
        let store = open(&url).await;
        store.apply(unit(TENANT, vec![insert_any(&store, &Key::new())])).await.unwrap();
        assert!(begin.elapsed() < Duration::from_secs(10), "{before} took {:?}", begin.elapsed());
        store.close().await;
    }
    let refused = refusal(&format!("postgres://scratch@127.0.0.1:{standby}/postgres")).await;
    assert!(refused.contains("does not allow writes"), "{refused}");
    let refused = refusal(&format!("postgres://scratch@127.0.0.1:{standby},127.0.0.1:1/postgres")).await;
    let named = [format!("127.0.0.1:{standby}: "), "127.0.0.1:1: ".to_owned()];
    assert!(named.iter().all(|name| refused.contains(name)), "each host says why: {refused}");
}

#[tokio::test]
async fn a_connection_to_a_server_that_takes_no_writes_any_more_is_given_up() {
    let url = scratch_postgres::database().await;
    let store = open(&url).await;
    let write = async || store.apply(unit(TENANT, vec![insert_any(&store, &Key::new())])).await;
    write().await.unwrap();
    let client = scratch_postgres::connect(&url).await;
    // As a standby would, the sessions that are open refuse to write; new ones are led to who does not.
    let name = url.rsplit_once('/').unwrap().1;
    let reload = |value: &str| format!("alter database {name} set default_transaction_read_only = {value}");
    client.batch_execute(&reload("on")).await.unwrap();
    client.batch_execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'muster' and datname = current_database()").await.unwrap();
    assert!(write().await.is_err());
    client.batch_execute("set default_transaction_read_only = off").await.unwrap();
    client.batch_execute(&reload("off")).await.unwrap();
    write().await.unwrap();
}
