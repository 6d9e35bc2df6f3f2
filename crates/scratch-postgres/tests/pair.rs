//! The replicated pair itself: what is committed is on both, the standby takes over, and the former primary comes back.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use scratch_postgres::{FaultyProxy, ReplicatedPair, Traffic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    tokio::spawn(connection);
    client
}

async fn sum(client: &Client) -> i64 {
    client.query_one("select coalesce(sum(a), 0)::bigint from t", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over_and_the_former_primary_follows_it() {
    let mut pair = ReplicatedPair::start().await.unwrap();
    pair.database("scratch").await.unwrap();
    let urls = [pair.url_of_both("scratch"), pair.url_of_service("scratch")];
    connect(&urls[0])
        .await
        .batch_execute("create table t (a bigint); insert into t values (1)")
        .await
        .unwrap();

    pair.kill_primary().unwrap();
    pair.promote().await.unwrap();
    for url in &urls {
        let client = connect(url).await;
        client.batch_execute("insert into t values (10)").await.unwrap();
    }
    assert_eq!(sum(&connect(&urls[1]).await).await, 21);

    pair.rejoin().await.unwrap();
    connect(&urls[0]).await.batch_execute("insert into t values (100)").await.unwrap();
    pair.stop_primary().unwrap();
    pair.promote().await.unwrap();
    assert_eq!(sum(&connect(&urls[0]).await).await, 121, "the server that came back has all of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_waits_for_the_standby() {
    let pair = ReplicatedPair::start().await.unwrap();
    pair.database("scratch").await.unwrap();
    let client = connect(&pair.url_of_both("scratch")).await;
    client.batch_execute("create table t (a bigint)").await.unwrap();
    pair.link().set(Traffic::Silent);
    let mut committed = std::pin::pin!(client.batch_execute("insert into t values (1)"));
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut committed).await;
    assert!(waits.is_err(), "{waits:?}");
    pair.link().set(Traffic::Flows);
    committed.await.unwrap();
}

/// A server that answers each byte with itself.
async fn echo() -> FaultyProxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    FaultyProxy::start(port).await.unwrap()
}

async fn open(proxy: &FaultyProxy) -> TcpStream {
    TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap()
}

/// The time after which nothing is thought to come any more, and the one for what does come.
const SILENCE: Duration = Duration::from_millis(200);
const ARRIVAL_MAX: Duration = Duration::from_secs(10);

/// Whether a byte comes back in time; none if the connection is gone.
async fn echoes(stream: &mut TcpStream, time: Duration) -> Option<bool> {
    stream.write_all(b"a").await.ok()?;
    hears(stream, time).await
}

async fn hears(stream: &mut TcpStream, time: Duration) -> Option<bool> {
    let mut byte = [0];
    match tokio::time::timeout(time, stream.read_exact(&mut byte)).await {
        Ok(read) => read.ok().map(|_| true),
        Err(_) => Some(false),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_resets_holds_and_loses() {
    let proxy = echo().await;
    let mut first = open(&proxy).await;
    assert_eq!(echoes(&mut first, ARRIVAL_MAX).await, Some(true), "flows");
    proxy.set(Traffic::Silent);
    assert_eq!(echoes(&mut first, SILENCE).await, Some(false), "silent");
    proxy.set(Traffic::Flows);
    assert_eq!(hears(&mut first, ARRIVAL_MAX).await, Some(true), "what was held arrives");
    proxy.lose_open();
    assert_eq!(echoes(&mut first, SILENCE).await, Some(false), "lost");
    let mut second = open(&proxy).await;
    assert_eq!(echoes(&mut second, ARRIVAL_MAX).await, Some(true), "a new one is well");
    proxy.reset_open();
    assert_eq!(echoes(&mut second, ARRIVAL_MAX).await, None, "reset");
    proxy.set(Traffic::Refused);
    // The reset may come before the client knows that it is connected.
    match TcpStream::connect(("127.0.0.1", proxy.port)).await {
        Ok(mut third) => assert_eq!(echoes(&mut third, ARRIVAL_MAX).await, None, "refused"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "refused"),
    }
}
