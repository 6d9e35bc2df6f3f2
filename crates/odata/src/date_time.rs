//! `Edm.DateTimeOffset`: parsed with any offset, kept as 100-ns ticks, printed in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;

/// An instant in 100-ns ticks since 0001-01-01T00:00:00Z. Zero is "never": what a required date-time reads until it is
/// set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticks(pub i64);

const TICKS_PER_SECOND: i64 = 10_000_000;
const NANOSECONDS_PER_TICK: i32 = 100;
/// Seconds from 0001-01-01T00:00:00Z to 1970-01-01T00:00:00Z.
const UNIX_EPOCH_SECONDS: i64 = 62_135_596_800;
const SECONDS_PER_DAY: i64 = 86_400;

impl Ticks {
    /// The instant of a timestamp; finer parts than 100 ns are cut.
    pub fn from_timestamp(timestamp: Timestamp) -> Ticks {
        let ticks = i64::from(timestamp.subsec_nanosecond().div_euclid(NANOSECONDS_PER_TICK));
        Ticks((timestamp.as_second() + UNIX_EPOCH_SECONDS) * TICKS_PER_SECOND + ticks)
    }

    /// Parses RFC 3339 with a mandatory offset: `2016-12-31T23:58:26.2447023-08:00`. A lower-case `t` or `z`,
    /// a blank instead of `T` and a missing offset are not it. None outside the years 1 to 9999.
    pub fn parse(text: &str) -> Option<Ticks> {
        let (civil, offset) = split_offset(text)?;
        if !has_rfc_3339_shape(civil) {
            return None;
        }
        // Not through a timestamp: those end before the last day of the year 9999.
        let since_epoch =
            civil.parse::<DateTime>().ok()?.duration_since(DateTime::constant(1, 1, 1, 0, 0, 0, 0));
        let fraction = i64::from(since_epoch.subsec_nanos() / NANOSECONDS_PER_TICK);
        let ticks = (since_epoch.as_secs() - offset) * TICKS_PER_SECOND + fraction;
        (0..=TICKS_MAX).contains(&ticks).then_some(Ticks(ticks))
    }

    /// Appends the UTC text with as many of the seven fraction digits as are needed.
    pub fn print_into(self, out: &mut Vec<u8>) {
        // Most date-times of most entities were never set.
        if self == Ticks::default() {
            out.extend_from_slice(b"0001-01-01T00:00:00Z");
            return;
        }
        let seconds = self.0.div_euclid(TICKS_PER_SECOND);
        let fraction = self.0.rem_euclid(TICKS_PER_SECOND);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        // A page has thousands of them: each is written in place, and copied once.
        let mut text = *b"0000-00-00T00:00:00.0000000";
        write_digits(&mut text[0..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], second_of_day / 3_600);
        write_digits(&mut text[14..16], second_of_day / 60 % 60);
        write_digits(&mut text[17..19], second_of_day % 60);
        let mut length = 19;
        if fraction != 0 {
            write_digits(&mut text[20..27], fraction);
            length = text.iter().rposition(|byte| *byte != b'0').map_or(27, |last| last + 1);
        }
        out.extend_from_slice(&text[..length]);
        out.push(b'Z');
    }
}

impl std::fmt::Display for Ticks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::with_capacity(28);
        self.print_into(&mut text);
        formatter.write_str(&String::from_utf8_lossy(&text))
    }
}

/// The last instant there is, 9999-12-31T23:59:59.9999999Z.
pub(crate) const TICKS_MAX: i64 = 3_155_378_975_999_999_999;

/// Splits off the offset, in seconds east of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(civil) = text.strip_suffix('Z') {
        return Some((civil, 0));
    }
    let (civil, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = offset.as_bytes() else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let hours = digit(h1)? * 10 + digit(h2)?;
    let minutes = digit(m1)? * 10 + digit(m2)?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3_600 + minutes * 60;
    Some((civil, if *sign == b'-' { -seconds } else { seconds }))
}

/// Whether a text is `yyyy-mm-ddThh:mm`, then optionally seconds and a fraction: stricter than jiff, which reads more
/// forms.
fn has_rfc_3339_shape(civil: &str) -> bool {
    let bytes = civil.as_bytes();
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':')];
    bytes.len() >= 16
        && marks.iter().all(|(at, mark)| bytes[*at] == *mark)
        && bytes.iter().all(|byte| byte.is_ascii_digit() || b"-T:.".contains(byte))
}

/// Year, month and day of a day number since 0001-01-01 (proleptic Gregorian; the shifted-year method, with
/// March as the first month so that the leap day comes last).
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // 306 days lie between 0000-03-01 and 0001-01-01.
    let shifted = days + 306;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Fills a place with the last digits of a number.
fn write_digits(place: &mut [u8], value: i64) {
    let mut rest = value.unsigned_abs();
    for place in place.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::Ticks;

    #[test]
    fn offsets_become_utc_and_fractions_stay() {
        for (given, shown) in [
            ("2016-12-31T23:58:26.2447023-08:00", "2017-01-01T07:58:26.2447023Z"),
            ("2017-01-01T00:00:10.730021-08:00", "2017-01-01T08:00:10.730021Z"),
            ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
            ("2024-02-29T12:00Z", "2024-02-29T12:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
            ("2026-11-22T05:30:00.5+05:30", "2026-11-22T00:00:00.5Z"),
            ("2026-11-22T05:30:00.123456789Z", "2026-11-22T05:30:00.1234567Z"),
        ] {
            assert_eq!(Ticks::parse(given).map(|ticks| ticks.to_string()).as_deref(), Some(shown), "{given}");
        }
    }

    #[test]
    fn what_is_not_a_date_time_with_offset_is_refused() {
        for text in [
            "",
            "Z",
            "2024-01-01",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00Z",
            "2024-01-01t00:00:00z",
            "2023-02-29T00:00:00Z",
            "2024-01-01T25:00:00Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+0800",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "10000-01-01T00:00:00Z",
            "2024-01-01T00:00:00[UTC]Z",
            "é2024-01-01T00:0",
        ] {
            assert_eq!(Ticks::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_prints_as_it_parses() {
        for day in 0..146_097 * 2 {
            let ticks = Ticks(day * 86_400 * 10_000_000);
            assert_eq!(Ticks::parse(&ticks.to_string()), Some(ticks));
        }
    }
}
