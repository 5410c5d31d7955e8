//! What a client's certificate names.

use vault_access::{CertificateName, ClientCertificate};
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

use super::time;

/// The most names of a certificate that are looked at.
const MAX_NAMES: usize = 16;

/// The names by which a certificate may be somebody: what stands as URI and DNS name in it, and its subject.
pub(super) fn of_client(certificate: &[u8]) -> Option<ClientCertificate> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    let alternatives = parsed.subject_alternative_name().ok().flatten();
    let alternatives = alternatives
        .iter()
        .flat_map(|extension| &extension.value.general_names);
    let alternatives = alternatives.filter_map(|name| match name {
        GeneralName::URI(uri) => Some(format!("uri:{uri}")),
        GeneralName::DNSName(name) => Some(format!("dns:{name}")),
        _ => None,
    });
    let subject = Some(format!("subject:{}", parsed.subject()));
    let names = alternatives.chain(subject).take(MAX_NAMES);
    let names = names.filter_map(|name| CertificateName::parse(&name).ok());
    let not_after = time(parsed.validity().not_after.timestamp());
    Some(ClientCertificate::new(names, not_after))
}
