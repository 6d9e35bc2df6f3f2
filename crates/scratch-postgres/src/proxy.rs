//! A proxy of TCP connections that can lose them in the ways in which networks do.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The bytes that are read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// It arrives at once, on open connections as well as new ones.
    Flows,
    /// Connections are reset, open ones as well as new ones.
    Refused,
    /// Nothing arrives and nothing is said; what is held arrives when traffic flows again.
    Silent,
}

/// The proxy. It ends when this is dropped.
#[derive(Debug)]
pub struct FaultyProxy {
    /// The port at which it listens.
    pub port: u16,
    state: watch::Sender<State>,
    accepting: JoinHandle<()>,
}

#[derive(Clone, Debug)]
struct State {
    target: u16,
    traffic: Traffic,
    /// The number of the next connection.
    next: u64,
    /// The connections before this one are reset.
    reset_before: u64,
    /// Nothing passes ever again on the connections before this one.
    lost_before: u64,
}

impl FaultyProxy {
    /// Begins to forward to this port.
    pub async fn start(target: u16) -> io::Result<FaultyProxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (state, _) = watch::channel(State {
            target,
            traffic: Traffic::Flows,
            next: 0,
            reset_before: 0,
            lost_before: 0,
        });
        let states = state.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut number = 0;
                states.send_modify(|state| {
                    number = state.next;
                    state.next += 1;
                });
                tokio::spawn(forward(client, states.subscribe(), number));
            }
        });
        Ok(FaultyProxy { port, state, accepting })
    }

    /// Sets what becomes of what is sent.
    pub fn set(&self, traffic: Traffic) {
        self.state.send_modify(|state| {
            state.traffic = traffic;
            if traffic == Traffic::Refused {
                state.reset_before = state.next;
            }
        });
    }

    /// Resets the connections that are open; new ones are well.
    pub fn reset_open(&self) {
        self.state.send_modify(|state| state.reset_before = state.next);
    }

    /// Forgets the connections that are open, as a firewall does that restarts: nobody ever hears of them again. New ones
    /// are well.
    pub fn lose_open(&self) {
        self.state.send_modify(|state| state.lost_before = state.next);
    }

    /// Leads to another port, and resets what led to the former.
    pub fn lead_to(&self, target: u16) {
        self.state.send_modify(|state| {
            state.target = target;
            state.reset_before = state.next;
        });
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set(Traffic::Refused);
    }
}

async fn forward(mut client: TcpStream, mut states: watch::Receiver<State>, number: u64) {
    let target = match passing(&mut states, number).await {
        Some(target) => TcpStream::connect(("127.0.0.1", target)).await,
        None => return reset(&client),
    };
    let Ok(mut server) = target else { return reset(&client) };
    let (mut to, mut from) = (states.clone(), states);
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            ended = copy(from_client, to_server, &mut to, number) => ended,
            ended = copy(from_server, to_client, &mut from, number) => ended,
        }
    };
    if ended == Ended::Reset {
        reset(&client);
        reset(&server);
    }
}

/// How a connection came to its end.
#[derive(PartialEq, Eq)]
enum Ended {
    Closed,
    Reset,
}

async fn copy(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    states: &mut watch::Receiver<State>,
    number: u64,
) -> Ended {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut watching = states.clone();
    loop {
        let length = tokio::select! {
            // Never ready but for a reset.
            _ = watching.wait_for(|state| state.reset_before > number) => return Ended::Reset,
            read = from.read(&mut chunk) => read.unwrap_or(0),
        };
        if passing(states, number).await.is_none() {
            return Ended::Reset;
        }
        if length == 0 || to.write_all(&chunk[..length]).await.is_err() {
            return Ended::Closed;
        }
    }
}

/// Waits until something may pass, and says where to; none if the connection is to be reset.
async fn passing(states: &mut watch::Receiver<State>, number: u64) -> Option<u16> {
    let decided = |state: &State| {
        let is_reset = state.reset_before > number || state.traffic == Traffic::Refused;
        is_reset || state.traffic == Traffic::Flows && state.lost_before <= number
    };
    let state = states.wait_for(decided).await.ok()?.clone();
    let is_reset = state.reset_before > number || state.traffic == Traffic::Refused;
    (!is_reset).then_some(state.target)
}

/// Has the system say that the connection is gone, when it is dropped.
fn reset(stream: &TcpStream) {
    // A connection that has ended already need not be told.
    let _ = stream.set_zero_linger();
}
