//! The disk, the certificate, and the rights of files that nobody else should read.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use server::certificate_dates::CertificateDates;
use server::tls::{Tls, TlsFiles};

use super::finding::{Finding, Health};

/// The room below which somebody should look after the disk, and below which writes will fail soon.
const FREE_BYTES_USUAL: u64 = 2 << 30;
const FREE_BYTES_MIN: u64 = 200 << 20;
/// The time before its end in which a certificate should be renewed.
const RENEWAL: SignedDuration = SignedDuration::from_hours(21 * 24);

/// The room on the disk of a folder.
pub fn disk(folder: &Path) -> Finding {
    let check = format!("disk of {}", folder.display());
    let found = match rustix::fs::statvfs(folder) {
        Ok(found) => found,
        Err(error) => {
            return Finding::new(
                check,
                Health::Failed,
                format!("{error}; make the folder, for the server's user alone"),
            );
        }
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let detail = format!("{} MiB free", free >> 20);
    match free {
        0..FREE_BYTES_MIN => Finding::new(check, Health::Failed, format!("{detail}: writes will fail soon")),
        FREE_BYTES_MIN..FREE_BYTES_USUAL => Finding::new(check, Health::Warning, detail),
        _ => Finding::new(check, Health::Ok, detail),
    }
}

/// The certificate and its key: whether they fit together, and how long they hold.
pub fn certificate(files: &TlsFiles) -> Finding {
    let check = "certificate";
    if let Err(error) = Tls::from_files(files) {
        return Finding::new(check, Health::Failed, error.to_string());
    }
    let dates = std::fs::read(&files.certificate).map_err(|error| error.to_string());
    match dates.and_then(|pem| CertificateDates::of_chain(&pem)) {
        Ok(dates) => dated(dates, Timestamp::now()),
        Err(reason) => Finding::new(check, Health::Failed, reason),
    }
}

fn dated(dates: CertificateDates, now: Timestamp) -> Finding {
    let left = dates.not_after.duration_since(now);
    let detail = format!("holds until {:.0}, {} days", dates.not_after, left.as_hours() / 24);
    let (health, detail) = match left {
        left if left.is_negative() => (Health::Failed, format!("ended at {:.0}; renew it", dates.not_after)),
        _ if dates.not_before > now => {
            (Health::Failed, format!("does not hold before {:.0}; is the clock right?", dates.not_before))
        }
        left if left < RENEWAL => (Health::Warning, format!("{detail}; renew it")),
        _ => (Health::Ok, detail),
    };
    Finding::new("certificate", health, detail)
}

/// Whether a file with a secret is its owner's alone.
pub fn private(check: &str, path: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o077;
    let shown = path.display();
    (mode & 0o007 != 0 || mode & 0o020 != 0).then(|| {
        Finding::new(
            check,
            Health::Warning,
            format!("others may read or change {shown}; chmod 0600 '{shown}'"),
        )
    })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use server::certificate_dates::CertificateDates;

    use super::{Health, dated};

    #[test]
    fn a_certificate_is_judged_by_its_dates() {
        let now = Timestamp::now();
        let day = |days: i64| now + SignedDuration::from_hours(24 * days);
        for (begin, end, expected) in [
            (-1, 90, Health::Ok),
            (-1, 20, Health::Warning),
            (-2, -1, Health::Failed),
            (1, 90, Health::Failed),
        ] {
            let dates = CertificateDates { not_before: day(begin), not_after: day(end) };
            assert_eq!(dated(dates, now).health, expected, "{begin} {end}");
        }
    }
}
