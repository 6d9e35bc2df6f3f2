//! How many connections there may be: a number that can change while they are open.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;
use crate::places::AddressPlaces;

/// The places of all connections, and of those for each address.
pub struct ConnectionBounds {
    places: Arc<Semaphore>,
    size: Mutex<usize>,
    /// The places by address.
    pub of_addresses: Arc<AddressPlaces>,
}

impl Default for ConnectionBounds {
    fn default() -> ConnectionBounds {
        let of_addresses = AddressPlaces::new(&Limits::default());
        ConnectionBounds { places: Arc::new(Semaphore::new(0)), size: Mutex::new(0), of_addresses }
    }
}

impl ConnectionBounds {
    /// Has as many places as the limits say. Connections beyond them stay until they end.
    pub fn resize(&self, limits: &Limits) {
        self.of_addresses.resize(limits);
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, wanted) = (*size, limits.connections);
        *size = wanted;
        if wanted >= before {
            self.places.add_permits(wanted - before);
            return;
        }
        let surplus = before - wanted;
        let taken = surplus - self.places.forget_permits(surplus);
        if let Some(taken) = u32::try_from(taken).ok().filter(|taken| *taken > 0) {
            let places = Arc::clone(&self.places);
            tokio::spawn(async move {
                // The semaphore is never closed.
                if let Ok(permits) = places.acquire_many_owned(taken).await {
                    permits.forget();
                }
            });
        }
    }

    /// Waits for a place.
    pub async fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// The number of places that are taken.
    pub fn taken(&self) -> usize {
        let size = *self.size.lock().unwrap_or_else(PoisonError::into_inner);
        size.saturating_sub(self.places.available_permits())
    }

    /// Waits until no place is taken.
    pub async fn emptied(&self) {
        let size = *self.size.lock().unwrap_or_else(PoisonError::into_inner);
        let all = u32::try_from(size).unwrap_or(u32::MAX);
        let _ = self.places.acquire_many(all).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ConnectionBounds;
    use crate::limits::Limits;

    #[tokio::test(start_paused = true)]
    async fn places_come_and_go_while_some_are_taken() {
        let bounds = ConnectionBounds::default();
        let sized = |connections| Limits { connections, ..Limits::default() };
        bounds.resize(&sized(2));
        let taken = (bounds.take().await.unwrap(), bounds.take().await.unwrap());
        let is_full = async || tokio::time::timeout(Duration::from_secs(1), bounds.take()).await.is_err();
        assert!(is_full().await);
        bounds.resize(&sized(3));
        let third = bounds.take().await.unwrap();
        assert!(is_full().await && bounds.taken() == 3);
        bounds.resize(&sized(1));
        drop(taken);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(is_full().await, "the third connection has the only place");
        drop(third);
        assert!(!is_full().await);
        bounds.emptied().await;
    }
}
