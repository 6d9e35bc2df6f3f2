//! The places of connections: so many in all, and of those so many for each address.
//!
//! An address of IPv6 is counted with its network of 64 bits, all of which whoever has one has. Behind a proxy stand many
//! clients, so the proxies of the configuration have no bound but that of all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::Limits;
use crate::origin::Edge;

/// The bits of an address of IPv6 that stand for a client.
const CLIENT_BITS: u128 = !0 << 64;

/// The places that are taken by address.
#[derive(Debug)]
pub struct AddressPlaces {
    taken: Mutex<HashMap<IpAddr, usize>>,
    each_max: AtomicUsize,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct AddressPlace {
    places: Arc<AddressPlaces>,
    /// The address that it counts for; none for a proxy.
    address: Option<IpAddr>,
}

impl AddressPlaces {
    /// Places of which none is taken.
    pub fn new(limits: &Limits) -> Arc<AddressPlaces> {
        let each_max = AtomicUsize::new(limits.connections_per_address);
        Arc::new(AddressPlaces { taken: Mutex::default(), each_max })
    }

    /// Has as many places for each address as the limits say. Connections beyond them stay until they end.
    pub fn resize(&self, limits: &Limits) {
        self.each_max.store(limits.connections_per_address, Ordering::Relaxed);
    }

    /// Takes a place for a connection from an address, unless it has all of its places.
    pub fn take(self: &Arc<Self>, address: IpAddr, edge: &Edge) -> Option<AddressPlace> {
        let client = (!edge.is_proxy(address)).then(|| client(address));
        if let Some(client) = client {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let count = taken.entry(client).or_default();
            if *count >= self.each_max.load(Ordering::Relaxed) {
                return None;
            }
            *count += 1;
        }
        Some(AddressPlace { places: Arc::clone(self), address: client })
    }
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Only those are kept that have a connection, so the map is no larger than the places in all.
        if let Some(count) = taken.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&address);
            }
        }
    }
}

/// The address that stands for a client.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & CLIENT_BITS)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressPlace, AddressPlaces};
    use crate::limits::Limits;
    use crate::origin::{Edge, Scheme};

    #[test]
    fn each_address_has_its_places() {
        let places = AddressPlaces::new(&Limits { connections_per_address: 2, ..Limits::default() });
        let proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let edge = Edge { proxies, ..Edge::open(Scheme::Https) };
        let mut kept: Vec<AddressPlace> = Vec::new();
        for (address, has_place) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.1", false),
            ("192.0.2.2", true),
            ("2001:db8::1", true),
            ("2001:db8::2", true),
            ("2001:db8::3", false),
            ("2001:db8:0:1::3", true),
            ("10.1.2.3", true),
            ("10.1.2.3", true),
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
        ] {
            let place = places.take(address.parse().unwrap(), &edge);
            assert_eq!(place.is_some(), has_place, "{address}");
            kept.extend(place);
        }
        kept.remove(0);
        assert!(places.take("192.0.2.1".parse().unwrap(), &edge).is_some(), "one place was given back");
        kept.clear();
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
