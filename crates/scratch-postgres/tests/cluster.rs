//! The scratch cluster itself: databases are apart, a crash is survived, nothing stays behind.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use scratch_postgres::{Cluster, Fsync, database};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    tokio::spawn(connection);
    client
}

async fn setting(client: &Client, name: &str) -> String {
    let row = client.query_one(&format!("show {name}"), &[]).await;
    row.unwrap_or_else(|error| panic!("{name}: {error}")).get(0)
}

#[tokio::test]
async fn databases_are_apart_and_leave_the_disk_to_the_kernel() {
    let (one, other) = (connect(&database().await).await, connect(&database().await).await);
    one.batch_execute("create table t (a int)").await.unwrap();
    other.batch_execute("create table t (a int)").await.unwrap();
    assert_eq!(setting(&one, "fsync").await, "off");
    assert_eq!(setting(&one, "synchronous_commit").await, "on");
}

#[tokio::test]
async fn what_was_committed_survives_a_crash() {
    let cluster = Cluster::start(Fsync::On).await.unwrap();
    let url = cluster.database().await.unwrap();
    let client = connect(&url).await;
    client.batch_execute("create table t (a int); insert into t values (42)").await.unwrap();
    cluster.crash().unwrap();
    assert!(client.query_one("select a from t", &[]).await.is_err(), "the server is still there");
    cluster.start_again().await.unwrap();
    let row = connect(&url).await.query_one("select a from t", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
}

#[tokio::test]
async fn dropping_the_cluster_leaves_nothing_behind() {
    let cluster = Cluster::start(Fsync::Off).await.unwrap();
    let client = connect(&cluster.database().await.unwrap()).await;
    let folder = PathBuf::from(setting(&client, "unix_socket_directories").await);
    assert!(folder.is_dir());
    drop(cluster);
    assert!(!folder.exists());
    assert!(client.simple_query("select 1").await.is_err());
}

/// Runs itself again as a child process, which takes a database and then dies without a chance to clean up.
#[tokio::test]
async fn the_server_ends_with_a_killed_process() {
    const CHILD: &str = "SCRATCH_POSTGRES_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let client = connect(&database().await).await;
        println!("folder:{}", setting(&client, "unix_socket_directories").await);
        std::process::abort();
    }
    let test = "the_server_ends_with_a_killed_process";
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", test, "--nocapture"]).env(CHILD, "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let folder = text.split_once("folder:").and_then(|(_, rest)| rest.lines().next()).unwrap();
    let begin = Instant::now();
    while PathBuf::from(folder).exists() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{folder} is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
