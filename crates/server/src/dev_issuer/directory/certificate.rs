//! A certificate with whose key an application signs its assertions.

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::DecodingKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The certificate, as an assertion names it and as it is verified.
pub(in crate::dev_issuer) struct AssertionCertificate {
    /// The thumbprint by SHA-1, an assertion's `x5t`.
    pub(in crate::dev_issuer) x5t: String,
    /// The thumbprint by SHA-256, an assertion's `x5t#S256`.
    pub(in crate::dev_issuer) x5t_s256: String,
    /// The public key.
    pub(in crate::dev_issuer) key: DecodingKey,
}

impl AssertionCertificate {
    /// Reads a certificate from PEM; a private key beside it is passed over.
    pub(super) fn from_pem(text: &[u8]) -> Result<AssertionCertificate, String> {
        let certificate = CertificateDer::from_pem_slice(text).map_err(|error| error.to_string())?;
        let thumbprint = |algorithm| BASE64URL_NOPAD.encode(digest::digest(algorithm, &certificate).as_ref());
        let alone = pem(&certificate);
        let key = DecodingKey::from_rsa_pem(alone.as_bytes()).map_err(|_| "its key is not RSA".to_owned())?;
        Ok(AssertionCertificate {
            x5t: thumbprint(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            x5t_s256: thumbprint(&digest::SHA256),
            key,
        })
    }
}

fn pem(certificate: &CertificateDer) -> String {
    let text = data_encoding::BASE64.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}
