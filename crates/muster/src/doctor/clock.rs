//! Whether this machine's clock agrees with those of the servers that it asks.

use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, Health};

/// What tokens allow for: with more, valid tokens are refused.
const DIFFERENCE_MAX: SignedDuration = SignedDuration::from_secs(30);
/// What a synchronized clock never reaches, and answers that take their time do.
const DIFFERENCE_USUAL: SignedDuration = SignedDuration::from_secs(5);

/// The finding about clocks, each told with the name of its server.
pub fn finding(told: &[(String, Timestamp)]) -> Finding {
    let now = Timestamp::now();
    let differences = told.iter().map(|(server, time)| (server, now.duration_since(*time)));
    let Some((server, difference)) = differences.max_by_key(|(_, difference)| difference.abs()) else {
        return Finding::new("clock", Health::Ok, format!("{now:.0}; no other clock to compare it with"));
    };
    let seconds = difference.as_secs();
    let detail = format!("{now:.0}, {seconds} s ahead of {server}");
    match difference.abs() {
        by if by > DIFFERENCE_MAX => {
            Finding::new("clock", Health::Failed, format!("{detail}; tokens allow for 30 s: synchronize it"))
        }
        by if by > DIFFERENCE_USUAL => {
            Finding::new("clock", Health::Warning, format!("{detail}; is it synchronized?"))
        }
        _ => Finding::new("clock", Health::Ok, detail),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Health, finding};

    #[test]
    fn the_clock_that_differs_most_decides() {
        let at = |seconds| ("there".to_owned(), Timestamp::now() + SignedDuration::from_secs(seconds));
        for (told, expected) in [
            (vec![], Health::Ok),
            (vec![at(0), at(1)], Health::Ok),
            (vec![at(0), at(12)], Health::Warning),
            (vec![at(-12)], Health::Warning),
            (vec![at(0), at(-60)], Health::Failed),
            (vec![at(60), at(0)], Health::Failed),
        ] {
            assert_eq!(finding(&told).health, expected, "{told:?}");
        }
    }
}
