//! When a device is to come again: after the period, a little earlier or later for each device, and later while the server
//! is busy.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use odata::Key;

/// The share of the period by which devices are spread.
const SPREAD_DIVISOR: u64 = 5;
/// The check-ins under way from which on the server is busy.
const BUSY_FROM: usize = 64;
/// The longest time in place of the period.
const LATER_MAX: u64 = 4;

/// The pace of check-ins.
pub(super) struct Pace {
    period: Duration,
    under_way: AtomicUsize,
}

/// A check-in that is under way.
pub(super) struct UnderWay<'p>(&'p Pace);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pace {
    pub(super) fn new(period: Duration) -> Pace {
        Pace { period, under_way: AtomicUsize::new(0) }
    }

    /// Counts a check-in for as long as it is under way.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// The seconds until a device is to come again.
    pub(super) fn seconds_until_next(&self, device: &Key) -> u64 {
        seconds_until_next(self.period.as_secs(), device, self.under_way.load(Ordering::Relaxed))
    }
}

/// The period, by the device's id up to a tenth earlier or later, and longer the busier the server is.
fn seconds_until_next(period: u64, device: &Key, under_way: usize) -> u64 {
    let spread = (period / SPREAD_DIVISOR).max(1);
    let own =
        device.to_bytes().iter().fold(0_u64, |own, byte| own.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let times = (1 + under_way / BUSY_FROM).min(LATER_MAX as usize) as u64;
    (period * times - spread / 2 + own % spread).max(1)
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::{BUSY_FROM, seconds_until_next};

    #[test]
    fn devices_are_spread_over_a_fifth_of_the_period() {
        let seconds: Vec<u64> = (0..1_000).map(|_| seconds_until_next(1_800, &Key::new(), 0)).collect();
        assert!(seconds.iter().all(|seconds| (1_620..1_980).contains(seconds)));
        let mut slots = [0; 6];
        seconds.iter().for_each(|seconds| slots[usize::try_from((seconds - 1_620) / 60).unwrap()] += 1);
        assert!(slots.iter().all(|count| *count > 60), "{slots:?}");
    }

    #[test]
    fn a_device_has_its_own_place_and_comes_later_to_a_busy_server() {
        let device = Key::new();
        let at = |under_way| seconds_until_next(1_800, &device, under_way);
        assert_eq!(at(0), at(BUSY_FROM - 1));
        assert_eq!(at(BUSY_FROM), at(0) + 1_800);
        assert_eq!(at(BUSY_FROM * 1_000), at(0) + 3 * 1_800);
        assert!(seconds_until_next(1, &device, 0) >= 1);
    }
}
