//! Certificates and keys, from files to what serves.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    server::{VerifierBuilderError, WebPkiClientVerifier},
    version::TLS13,
};
use sha2::{Digest, Sha256};
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use super::{TlsFiles, time};
use crate::config::ClientCertificates;

/// The one protocol that is spoken over TLS.
const ALPN: &[u8] = b"http/1.1";
/// The largest file of certificates or keys, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Why files cannot be served with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file is far larger than certificates are.
    #[error("{} is larger than {MAX_FILE_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    /// A file does not hold what it should.
    #[error("{} holds no {what}", path.display())]
    Pem {
        path: PathBuf,
        what: &'static str,
        #[source]
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error("{} holds no certificate", .0.display())]
    Empty(PathBuf),
    /// A certificate has no form that can be read.
    #[error("{} holds a certificate that cannot be read", .0.display())]
    Certificate(PathBuf),
    /// The certificate's time is over, or has not come.
    #[error("the certificate is good from {0} to {1}, which is not now")]
    NotNow(DateTime<Utc>, DateTime<Utc>),
    /// The authority of clients is none.
    #[error("no client's certificate can be verified")]
    Clients(#[from] VerifierBuilderError),
    /// Certificate and key do not go together.
    #[error("certificate and key do not go together")]
    Pair(#[from] rustls::Error),
}

/// What stands in the files.
pub(super) struct Material {
    certificate: Zeroizing<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
    client_ca: Option<Zeroizing<Vec<u8>>>,
}

/// What serves, and until when its certificate is good.
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    pub(super) not_after: DateTime<Utc>,
}

impl Material {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let client_ca = files.clients.as_ref().map(|(path, _)| read(path));
        Ok(Self {
            certificate: read(&files.certificate)?,
            key: read(&files.key)?,
            client_ca: client_ca.transpose()?,
        })
    }

    /// Tells one content of the files from another.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let parts = [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()];
        for part in parts.into_iter().flatten() {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_slice());
        }
        hasher.finalize().into()
    }

    pub(super) fn build(&self, files: &TlsFiles) -> Result<Loaded, TlsError> {
        let chain = certificates(&self.certificate, &files.certificate)?;
        let first = chain
            .first()
            .ok_or_else(|| TlsError::Empty(files.certificate.clone()))?;
        let (_, parsed) =
            parse_x509_certificate(first).map_err(|_| TlsError::Certificate(files.certificate.clone()))?;
        let validity = parsed.validity();
        let not_after = time(validity.not_after.timestamp());
        if !validity.is_valid() {
            return Err(TlsError::NotNow(time(validity.not_before.timestamp()), not_after));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|source| TlsError::Pem {
            path: files.key.clone(),
            what: "private key",
            source,
        })?;
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&[&TLS13])?;
        let builder = match (&files.clients, &self.client_ca) {
            (Some((path, wanted)), Some(authority)) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(authority, path)? {
                    roots.add(certificate)?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = match wanted {
                    ClientCertificates::Optional => verifier.allow_unauthenticated(),
                    ClientCertificates::Required => verifier,
                };
                builder.with_client_cert_verifier(verifier.build()?)
            }
            _ => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Loaded {
            config: Arc::new(config),
            not_after,
        })
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let unreadable = |source| TlsError::Read {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE_BYTES {
        return Err(TlsError::TooLarge(path.to_owned()));
    }
    fs::read(path).map(Zeroizing::new).map_err(unreadable)
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        what: "certificate",
        source,
    })?;
    if found.is_empty() {
        return Err(TlsError::Empty(path.to_owned()));
    }
    Ok(found)
}
