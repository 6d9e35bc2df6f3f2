//! Who watches a server while it is flooded: `/healthz` is asked on a connection that is kept, and now and then on a new
//! one. Beside it a bare echo in a process of our own says how long the machine alone takes.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::client::{Client, Told};

/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(15);
/// Of so many questions one comes on a new connection.
const NEW_CONNECTION_EACH: u32 = 20;

/// A watch that is kept until it is ended.
pub(super) struct Watch {
    is_over: Arc<AtomicBool>,
    health: tokio::task::JoinHandle<(Vec<Duration>, usize)>,
    echo: JoinHandle<Result<Vec<Duration>>>,
}

/// What was seen.
pub(super) struct Watched {
    pub health: Times,
    pub echo: Times,
    /// The questions that had no answer, or another than 200.
    pub failures: usize,
}

/// Times in milliseconds.
pub(super) struct Times {
    pub p99: f64,
    pub max: f64,
}

impl Watch {
    pub(super) fn begin(client: Client, address: SocketAddr) -> Result<Watch> {
        let is_over = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let echo_at = listener.local_addr()?;
        // Ends with the connection.
        std::thread::spawn(move || -> Result<()> {
            let (mut stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            let mut byte = [0];
            while stream.read(&mut byte)? > 0 {
                stream.write_all(&byte)?;
            }
            Ok(())
        });
        let over = Arc::clone(&is_over);
        let echo = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(echo_at)?;
            stream.set_nodelay(true)?;
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let begin = Instant::now();
                stream.write_all(b"x")?;
                stream.read_exact(&mut [0])?;
                times.push(begin.elapsed());
                std::thread::sleep(PAUSE);
            }
            Ok(times)
        });
        // On a thread of its own: what the flood does must not make it late.
        let over = Arc::clone(&is_over);
        let health = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_or((Vec::new(), 1), |runtime| runtime.block_on(ask(client, address, &over)))
        });
        Ok(Watch { is_over, health, echo })
    }

    pub(super) fn end(self) -> Result<Watched> {
        self.is_over.store(true, Ordering::Relaxed);
        let handle = tokio::runtime::Handle::current();
        let (health, failures) = tokio::task::block_in_place(|| handle.block_on(self.health))?;
        let echo = self.echo.join().map_err(|_| anyhow!("the echo has failed"))??;
        Ok(Watched { health: times(health), echo: times(echo), failures })
    }
}

async fn ask(client: Client, address: SocketAddr, is_over: &AtomicBool) -> (Vec<Duration>, usize) {
    let (mut times, mut failures, mut number) = (Vec::new(), 0, 0);
    let mut kept = None;
    while !is_over.load(Ordering::Relaxed) {
        number += 1;
        let begin = Instant::now();
        if number % NEW_CONNECTION_EACH == 0 || kept.is_none() {
            kept = client.open(address, 0).await.ok();
        }
        let told = match &mut kept {
            Some(stream) => client.ask_on(stream, &client.request("GET", "/healthz", &[], &[])).await,
            None => Told::Closed,
        };
        times.push(begin.elapsed());
        if told != Told::Answered(200) {
            failures += 1;
            kept = None;
        }
        tokio::time::sleep(PAUSE).await;
    }
    (times, failures)
}

fn times(mut times: Vec<Duration>) -> Times {
    times.sort_unstable();
    let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
    Times { p99: milliseconds(times.get(times.len() * 99 / 100)), max: milliseconds(times.last()) }
}
