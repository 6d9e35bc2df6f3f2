//! `Edm.Duration`: ISO 8601 days, hours, minutes and seconds, kept as signed 100-ns ticks.

const TICKS_PER_SECOND: i128 = 10_000_000;

/// Parses `-P1DT2H3M4.5S`; None for years, months or weeks, an empty duration, and what does not fit.
pub fn parse(text: &str) -> Option<i64> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut ticks = 0i128;
    if !days.is_empty() {
        ticks += whole(days.strip_suffix('D')?)? * 86_400 * TICKS_PER_SECOND;
    }
    let mut time = time;
    for (mark, seconds) in [('H', 3_600), ('M', 60)] {
        if let Some((number, rest)) = time.split_once(mark) {
            ticks += whole(number)? * seconds * TICKS_PER_SECOND;
            time = rest;
        }
    }
    if !time.is_empty() {
        ticks += seconds(time.strip_suffix('S')?)?;
    }
    i64::try_from(if negative { -ticks } else { ticks }).ok()
}

/// Prints in the shape of the documents, `PT3M21.5549443S`: hours, minutes and seconds, days only when needed.
pub fn print(ticks: i64) -> String {
    let mut text = String::from(if ticks < 0 { "-P" } else { "P" });
    let total = ticks.unsigned_abs();
    let (seconds, fraction) = (total / 10_000_000, total % 10_000_000);
    let (days, hours, minutes, seconds) =
        (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if days > 0 && hours == 0 && minutes == 0 && seconds == 0 && fraction == 0 {
        return text;
    }
    text.push('T');
    if hours > 0 {
        text.push_str(&format!("{hours}H"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}M"));
    }
    if fraction > 0 {
        text.push_str(format!("{seconds}.{fraction:07}").trim_end_matches('0'));
        text.push('S');
    } else if seconds > 0 || (hours == 0 && minutes == 0) {
        text.push_str(&format!("{seconds}S"));
    }
    text
}

fn whole(digits: &str) -> Option<i128> {
    let plain = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// Seconds with an optional fraction, cut to 100 ns.
fn seconds(text: &str) -> Option<i128> {
    let Some((integer, fraction)) = text.split_once('.') else {
        return Some(whole(text)? * TICKS_PER_SECOND);
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seven: String = fraction.chars().chain("0000000".chars()).take(7).collect();
    Some(whole(integer)? * TICKS_PER_SECOND + whole(&seven)?)
}

#[cfg(test)]
mod tests {
    use super::{parse, print};

    #[test]
    fn documented_durations_come_back() {
        for text in
            ["PT3M21.5549443S", "-PT1M32.1347897S", "PT0S", "P1D", "P2DT3H", "PT48M", "-P1DT0.5S", "PT1H1S"]
        {
            assert_eq!(parse(text).map(print).as_deref(), Some(text));
        }
        assert_eq!(parse("PT90S"), parse("PT1M30S"));
    }

    #[test]
    fn what_is_not_a_day_time_duration_is_refused() {
        for text in
            ["", "P", "PT", "P1Y", "P1M", "P1W", "1D", "PT1", "PT-1S", "PT1.S", "PT.5S", "P1DT", "PT1S1M"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("P99999999999999999D"), None, "more than 29,000 years");
    }
}
