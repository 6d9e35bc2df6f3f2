//! What a server holds, sampled while it is used, and the line through the samples.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use anyhow::Result;

use crate::muster::Muster;

/// What a server holds at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    pub seconds: f64,
    pub resident_bytes: u64,
    pub open_files: usize,
    pub threads: usize,
    pub requests: u64,
}

impl Sample {
    pub(super) fn of(muster: &Muster, since: Duration, requests: u64) -> Result<Sample> {
        Ok(Sample {
            seconds: since.as_secs_f64(),
            resident_bytes: muster.resident()?,
            open_files: muster.open_files()?,
            threads: std::fs::read_dir(format!("/proc/{}/task", muster.process()))?.count(),
            requests,
        })
    }
}

/// The samples in their order.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Sample>);

/// What grew in an hour, from half of the time on.
pub(super) struct Growth {
    mebibytes: f64,
    open_files: f64,
    first: Sample,
    last: Sample,
}

impl Samples {
    pub(super) fn add(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    pub(super) fn last(&self) -> Sample {
        self.0.last().copied().unwrap_or_default()
    }

    pub(super) fn growth(&self) -> Growth {
        let late = self.0.get(self.0.len() / 2..).unwrap_or_default();
        let slope = |value: fn(&Sample) -> f64| {
            slope_an_hour(&late.iter().map(|sample| (sample.seconds, value(sample))).collect::<Vec<_>>())
        };
        Growth {
            mebibytes: slope(|sample| sample.resident_bytes as f64 / f64::from(1 << 20)),
            open_files: slope(|sample| sample.open_files as f64),
            first: late.first().copied().unwrap_or_default(),
            last: self.last(),
        }
    }

    /// Writes them as CSV.
    pub(super) fn write(&self, mut to: impl Write) -> Result<()> {
        writeln!(to, "seconds,resident_bytes,open_files,threads,requests")?;
        for Sample { seconds, resident_bytes, open_files, threads, requests } in &self.0 {
            writeln!(to, "{seconds:.0},{resident_bytes},{open_files},{threads},{requests}")?;
        }
        Ok(())
    }
}

impl Growth {
    /// Whether memory grows slower than that, and files not at all.
    pub(super) fn is_below(&self, mebibytes: f64) -> bool {
        self.mebibytes < mebibytes && self.last.open_files <= self.first.open_files.max(64)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Growth { mebibytes, open_files, first, last } = self;
        write!(
            formatter,
            "{mebibytes:+.2} MiB an hour ({} to {} MiB), {open_files:+.2} files an hour ({} to {}), {} to {} threads",
            first.resident_bytes >> 20,
            last.resident_bytes >> 20,
            first.open_files,
            last.open_files,
            first.threads,
            last.threads
        )
    }
}

/// The slope of the line that fits best, for times in seconds.
fn slope_an_hour(points: &[(f64, f64)]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let common: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    if spread > 0.0 { common / spread * 3_600.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::slope_an_hour;

    #[test]
    fn a_line_has_its_slope() {
        let points: Vec<_> = (0..10).map(|at| (f64::from(at) * 60.0, 7.0 + f64::from(at) / 30.0)).collect();
        assert!((slope_an_hour(&points) - 2.0).abs() < 1e-9);
        assert_eq!(slope_an_hour(&[]), 0.0);
        assert_eq!(slope_an_hour(&[(1.0, 5.0), (1.0, 9.0)]), 0.0);
    }
}
