//! One of the clients of a flood, with what it shares with the others.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{Barrier, Semaphore};

use super::client::Client;

/// One of the clients.
pub(super) struct Visitor {
    pub client: Client,
    pub address: SocketAddr,
    pub number: usize,
    pub request: Arc<[u8]>,
    /// Where all of them meet.
    pub meeting: Arc<Barrier>,
    pub opening: Arc<Semaphore>,
    /// A permit for each that has asked.
    pub asked: Arc<Semaphore>,
}
