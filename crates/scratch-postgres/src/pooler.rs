//! A PgBouncer in transaction mode before a cluster, as Debian packages it.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::error::Error;
use crate::node::USER;
use crate::runner::Runner;

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// How long it may take to accept connections, and how often to ask whether it does.
const START_MAX: Duration = Duration::from_secs(10);
const START_POLL: Duration = Duration::from_millis(10);
/// Ends the program when the pipe to this process closes, however that ends.
const WATCH: &str = r#""$1" -q "$2" & program=$!; cat > /dev/null; kill "$program"; wait"#;

/// A running pooler. It ends when this is dropped, or with the process.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    watch: Child,
    /// Its end tells the watch to stop the pooler.
    orders: Option<ChildStdin>,
    _folder: TempDir,
}

impl Pooler {
    /// Starts one with so many connections to each database of the cluster.
    pub fn start(cluster: &Cluster, connections: u16) -> Result<Pooler, Error> {
        if !Path::new(PROGRAM).exists() {
            return Err(Error::NotInstalled("PgBouncer", "pgbouncer"));
        }
        let folder = tempfile::Builder::new().prefix("scratch-pooler-").tempdir().map_err(Error::Io)?;
        let runner = Runner::for_folder(folder.path())?;
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = port.map_err(Error::Io)?.port();
        let (users, settings) = (folder.path().join("users"), folder.path().join("settings.ini"));
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = {connections}\nmax_client_conn = 400\n",
            cluster.port(),
            users.display()
        );
        fs::write(&users, format!("\"{USER}\" \"\"\n")).map_err(Error::Io)?;
        fs::write(&settings, text).map_err(Error::Io)?;
        let mut command = runner.command("sh");
        command.args(["-c", WATCH, "watch", PROGRAM]).arg(&settings).current_dir("/");
        let mut watch = command.stdin(Stdio::piped()).spawn().map_err(Error::Io)?;
        let pooler = Pooler { port, orders: watch.stdin.take(), watch, _folder: folder };
        let begin = Instant::now();
        while let Err(error) = TcpStream::connect(("127.0.0.1", port)) {
            if begin.elapsed() > START_MAX {
                return Err(Error::Io(error));
            }
            std::thread::sleep(START_POLL);
        }
        Ok(pooler)
    }

    /// The URL by which a database of the cluster is reached through it.
    pub fn through(&self, url: &str) -> String {
        let name = url.rsplit_once('/').map_or("", |(_, name)| name);
        format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.watch.wait();
    }
}
