//! Who issued a certificate.

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::name::Name;

use crate::trouble::said;

/// Who issued the certificate of a host; where others stand between the two, the topmost of them as
/// well, since it is the one to trust.
pub(crate) fn issuer(end: &CertificateDer<'_>, chain: &[CertificateDer<'_>]) -> Option<String> {
    let nearest = words(read(end)?.tbs_certificate().issuer())?;
    let top = chain.last().and_then(read).and_then(|top| words(top.tbs_certificate().issuer()));
    Some(match top {
        Some(top) if top != nearest => format!("{nearest} under {top}"),
        _ => nearest,
    })
}

fn read(der: &CertificateDer<'_>) -> Option<Certificate> {
    Certificate::from_der(der).ok()
}

/// A name as people say it: `"Inspection CA" (Example Ltd)`.
fn words(name: &Name) -> Option<String> {
    let common = name.common_name().ok().flatten().map(|name| said(&name.value()));
    let organization = name.organization().ok().flatten().map(|name| said(&name.value()));
    match (common, organization) {
        (Some(common), Some(organization)) => Some(format!("{common:?} ({organization})")),
        (Some(one), None) | (None, Some(one)) => Some(format!("{one:?}")),
        (None, None) => None,
    }
}
