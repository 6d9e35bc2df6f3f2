//! What one round of one contender measured, and the medians over rounds.

use std::time::Duration;

/// Numbers of a round.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Round {
    /// Operations in a second.
    pub rate: f64,
    /// The median latency in microseconds.
    pub median: f64,
    /// The latency in microseconds that 99 of 100 operations stay below.
    pub p99: f64,
}

impl Round {
    /// From how long each operation took.
    pub fn from(mut latencies: Vec<Duration>, elapsed: Duration) -> Round {
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = (latencies.len() as f64 * share) as usize;
            latencies.get(index).or(latencies.last()).map_or(0.0, |latency| latency.as_secs_f64() * 1e6)
        };
        let rate = latencies.len() as f64 / elapsed.as_secs_f64().max(1e-9);
        Round { rate, median: at(0.5), p99: at(0.99) }
    }

    /// How its rate compares with another.
    pub fn share_of(self, other: Round) -> f64 {
        if other.rate > 0.0 { self.rate / other.rate } else { 0.0 }
    }

    /// The rate of what each operation did so often.
    pub fn times(self, count: u64) -> Round {
        Round { rate: self.rate * count as f64, ..self }
    }

    /// For other programs.
    pub fn json(self) -> serde_json::Value {
        serde_json::json!({
            "rate": self.rate, "medianMicroseconds": self.median, "p99Microseconds": self.p99,
        })
    }

    /// The median of each number.
    pub fn medians(rounds: &[Round]) -> Round {
        let of = |number: fn(&Round) -> f64| median(rounds.iter().map(number).collect());
        Round { rate: of(|round| round.rate), median: of(|round| round.median), p99: of(|round| round.p99) }
    }
}

/// The median; 0 of nothing.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_a_rate_and_quantiles() {
        let latencies = (1..=100).rev().map(Duration::from_micros).collect();
        let round = Round::from(latencies, Duration::from_secs(2));
        assert_eq!((round.rate, round.median, round.p99), (50.0, 51.0, 100.0));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        for (numbers, expected) in [(vec![], 0.0), (vec![3.0], 3.0), (vec![9.0, 1.0, 2.0], 2.0)] {
            assert_eq!(median(numbers), expected);
        }
    }
}
