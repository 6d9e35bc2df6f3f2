//! From when to when a certificate holds.

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The time in which a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateDates {
    /// The first instant at which it holds.
    pub not_before: Timestamp,
    /// The last instant at which it holds.
    pub not_after: Timestamp,
}

impl CertificateDates {
    /// The time in which a chain in PEM holds: as long as the certificate of it that ends first.
    pub fn of_chain(pem: &[u8]) -> Result<CertificateDates, String> {
        let dates = CertificateDer::pem_slice_iter(pem)
            .map(|certificate| CertificateDates::of(&certificate.map_err(|error| error.to_string())?));
        let dates = dates.collect::<Result<Vec<_>, String>>()?;
        let narrower = |one: CertificateDates, other: CertificateDates| CertificateDates {
            not_before: one.not_before.max(other.not_before),
            not_after: one.not_after.min(other.not_after),
        };
        dates.into_iter().reduce(narrower).ok_or_else(|| "there is no certificate in it".to_owned())
    }

    fn of(certificate: &CertificateDer<'_>) -> Result<CertificateDates, String> {
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|error| error.to_string())?;
        let instant = |seconds| Timestamp::from_second(seconds).map_err(|error| error.to_string());
        let validity = parsed.validity();
        Ok(CertificateDates {
            not_before: instant(validity.not_before.timestamp())?,
            not_after: instant(validity.not_after.timestamp())?,
        })
    }
}
