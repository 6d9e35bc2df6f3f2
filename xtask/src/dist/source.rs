//! What is packaged: the version, the commit and its time, from which every date in the packages is taken.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::command::in_root;

/// The source of the packages.
pub(super) struct Source {
    pub(super) version: String,
    /// The commit, and whether the work tree differs from it.
    pub(super) commit: String,
    /// The seconds since 1970 at which the commit was made, or those of SOURCE_DATE_EPOCH.
    pub(super) seconds: u32,
}

impl Source {
    /// The source in the checkout in which we run.
    pub(super) fn of_checkout() -> Result<Source> {
        let mut commit = git(&["rev-parse", "HEAD"])?;
        if !git(&["status", "--porcelain"])?.is_empty() {
            println!("dist: the work tree has changes: whoever builds the commit gets other packages");
            commit.push_str("-modified");
        }
        let seconds = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(seconds) => seconds,
            Err(_) => git(&["log", "-1", "--format=%ct"])?,
        };
        let seconds = seconds.parse().context("SOURCE_DATE_EPOCH is not a number of seconds since 1970")?;
        Ok(Source { version: env!("CARGO_PKG_VERSION").to_owned(), commit, seconds })
    }

    /// Its time as RFC 3339 has it.
    pub(super) fn date_time(&self) -> Result<String> {
        Ok(Timestamp::from_second(self.seconds.into())?.to_string())
    }

    /// Its time as mail and Debian's changelogs have it.
    pub(super) fn mail_date(&self) -> Result<String> {
        let time = Timestamp::from_second(self.seconds.into())?.to_zoned(TimeZone::UTC);
        Ok(time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
    }
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = in_root("git").args(arguments).output().context("cannot start git")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
