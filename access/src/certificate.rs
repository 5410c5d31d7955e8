//! Certificates of clients: verified by TLS, and somebody by a name that an operator has mapped.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::ApiKeyHash;

/// The longest name, in bytes, with its kind.
pub const MAX_CERTIFICATE_NAME_BYTES: usize = 512;

/// The kinds of names.
const KINDS: [&str; 3] = ["uri:", "dns:", "subject:"];

/// A name in a certificate, with its kind: `uri:spiffe://example.com/ingest`, `dns:ingest.example.com` or
/// `subject:CN=ingest`.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateName(String);

/// The text is no name that a certificate can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name of a certificate begins with uri:, dns: or subject: and has at most {MAX_CERTIFICATE_NAME_BYTES} bytes"
)]
pub struct InvalidCertificateName;

impl CertificateName {
    /// Reads one. The case of a DNS name makes no other name.
    ///
    /// # Errors
    /// [`InvalidCertificateName`].
    pub fn parse(text: &str) -> Result<Self, InvalidCertificateName> {
        let is_named = |kind: &&str| text.strip_prefix(*kind).is_some_and(|name| !name.is_empty());
        let is_plain = !text.chars().any(char::is_control);
        if text.len() > MAX_CERTIFICATE_NAME_BYTES || !is_plain || !KINDS.iter().any(is_named) {
            return Err(InvalidCertificateName);
        }
        Ok(Self(if text.starts_with("dns:") {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        }))
    }

    /// The name with its kind.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What its mapping is found by, among the hashes of API keys. Those are of 32 bytes, and none of them begins so.
    #[must_use]
    pub fn hash(&self) -> ApiKeyHash {
        let hasher = Sha256::new_with_prefix(b"vault client certificate name\0");
        ApiKeyHash::new(hasher.chain_update(self.0.as_bytes()).finalize().into())
    }
}

impl fmt::Debug for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateName([redacted])")
    }
}

/// What a client's certificate says, once TLS has verified it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    names: Arc<[ApiKeyHash]>,
    not_after: DateTime<Utc>,
}

impl ClientCertificate {
    /// A certificate with these names, the one that counts first, which is good until then.
    pub fn new(names: impl Iterator<Item = CertificateName>, not_after: DateTime<Utc>) -> Self {
        Self {
            names: names.map(|name| name.hash()).collect(),
            not_after,
        }
    }

    pub(crate) fn names(&self) -> &[ApiKeyHash] {
        &self.names
    }

    /// A connection may outlive the certificate that it began with.
    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        now > self.not_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_kind_and_only_dns_names_have_no_case() {
        let hash = |text: &str| CertificateName::parse(text).map(|name| name.hash());
        assert_eq!(hash("dns:Ingest.Example.COM"), hash("dns:ingest.example.com"));
        assert_ne!(hash("uri:spiffe://a/B"), hash("uri:spiffe://a/b"));
        assert_ne!(hash("uri:a"), hash("dns:a"));
        let long = format!("uri:{}", "a".repeat(509));
        for bad in ["", "uri:", "ingest", "ip:10.0.0.1", "dns:a\n", &long] {
            assert_eq!(hash(bad), Err(InvalidCertificateName), "{bad}");
        }
    }
}
