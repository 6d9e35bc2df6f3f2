//! The arithmetic behind functions and operators. What has no result is None: a division by zero, a sum beyond 64 bits,
//! a date beyond the year 9999.

use crate::date_time::{TICKS_MAX, civil_from_days};

const TICKS_PER_DAY: i64 = 864_000_000_000;
const TICKS_PER_SECOND: i64 = 10_000_000;

/// Year, month and day of an instant.
pub(super) fn civil(ticks: i64) -> (i64, i64, i64) {
    civil_from_days(ticks.div_euclid(TICKS_PER_DAY))
}

/// The midnight before an instant.
pub(super) fn midnight(ticks: i64) -> i64 {
    ticks - since_midnight(ticks)
}

/// The ticks since midnight.
pub(super) fn since_midnight(ticks: i64) -> i64 {
    ticks.rem_euclid(TICKS_PER_DAY)
}

/// The whole seconds since midnight.
pub(super) fn second_of_day(ticks: i64) -> i64 {
    since_midnight(ticks) / TICKS_PER_SECOND
}

/// The fraction of the second.
pub(super) fn fraction(ticks: i64) -> f64 {
    seconds(since_midnight(ticks) % TICKS_PER_SECOND)
}

/// The seconds of a duration.
pub(super) fn seconds(ticks: i64) -> f64 {
    ticks as f64 / TICKS_PER_SECOND as f64
}

/// The ticks of an instant, if there is one.
pub(super) fn instant(ticks: i64) -> Option<i64> {
    (0..=TICKS_MAX).contains(&ticks).then_some(ticks)
}

/// A double, if it is finite.
pub(super) fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

/// The remainder of doubles, written out because PostgreSQL has none.
pub(super) fn real_remainder(a: f64, b: f64) -> Option<f64> {
    finite(a - finite(finite(a / b)?.trunc() * b)?)
}

/// The integer that is left without a double's fraction.
pub(super) fn integer_of_real(number: f64) -> Option<i64> {
    // 2^63, the first that does not fit.
    let limit = 9_223_372_036_854_775_808.0;
    (-limit..limit).contains(&number).then_some(number as i64)
}

/// The place of a part in a text, in characters from 0; -1 if it is nowhere.
pub(super) fn index_of(text: &str, part: &str) -> i64 {
    let before = text.find(part).and_then(|at| text.get(..at));
    before.map_or(-1, |before| before.chars().count() as i64)
}

/// The characters from `start` on, at most `length` of them.
pub(super) fn substring(text: &str, start: i64, length: i64) -> String {
    let start = match start {
        0.. => start,
        _ => (text.chars().count() as i64).saturating_add(start).max(0),
    };
    let bounded = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    text.chars().skip(bounded(start)).take(bounded(length)).collect()
}
