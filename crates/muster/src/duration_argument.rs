//! Durations on the command line.

use std::time::Duration;

/// Reads a duration as ISO 8601 writes it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let ticks =
        odata::duration::parse(text).and_then(|ticks| u64::try_from(ticks).ok()).filter(|ticks| *ticks > 0);
    let ticks = ticks.ok_or_else(|| "a duration such as PT30M, PT8H or P1D".to_owned())?;
    Ok(Duration::from_nanos(ticks.saturating_mul(100)))
}
