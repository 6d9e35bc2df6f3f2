//! The dev CA and the server certificate it signs. ECDSA P-256: made in a millisecond.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use time::OffsetDateTime;

use crate::tokens::Cloud;

/// The time the certificates hold: as long as anyone keeps a dev folder.
const VALIDITY: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// The time by which certificates are dated back, as clocks in virtual machines lag.
const BACKDATED: Duration = Duration::from_secs(24 * 3600);

/// The host names of the server certificate. Those of Graph are for clients that know no other host.
fn host_names() -> Vec<String> {
    let graph = Cloud::ALL.map(Cloud::host);
    ["localhost"].into_iter().chain(graph).map(str::to_owned).collect()
}

/// A new private key, in PEM.
pub fn key() -> Result<String, String> {
    Ok(KeyPair::generate().map_err(|error| error.to_string())?.serialize_pem())
}

/// The certificate of a CA with this key. The same key always gives the same CA, whatever the file says.
pub fn authority(key_pem: &str) -> Result<String, String> {
    let key = KeyPair::from_pem(key_pem).map_err(|error| error.to_string())?;
    let certificate = authority_parameters().self_signed(&key).map_err(|error| error.to_string())?;
    Ok(certificate.pem())
}

/// The certificate of the server with this key, signed by the CA with that key.
pub fn server(key_pem: &str, authority_key_pem: &str) -> Result<String, String> {
    let made = || {
        let key = KeyPair::from_pem(key_pem)?;
        let issuer = Issuer::new(authority_parameters(), KeyPair::from_pem(authority_key_pem)?);
        let mut parameters = CertificateParams::new(host_names())?;
        for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            parameters.subject_alt_names.push(SanType::IpAddress(address));
        }
        parameters.distinguished_name = name("Muster dev server");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.use_authority_key_identifier_extension = true;
        date(&mut parameters);
        parameters.signed_by(&key, &issuer)
    };
    made().map(|certificate| certificate.pem()).map_err(|error| error.to_string())
}

fn authority_parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name("Muster dev CA");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    date(&mut parameters);
    parameters
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn date(parameters: &mut CertificateParams) {
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - BACKDATED;
    parameters.not_after = now + VALIDITY;
}
