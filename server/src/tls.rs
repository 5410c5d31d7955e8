//! TLS: towards others (witnesses, collectors of traces, vaults), and towards clients where certificates are configured.

mod material;
mod names;
mod reload;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use vault_access::ClientCertificate;
use vault_read_api::CertificateState;

pub(crate) use material::TlsError;

use crate::config::{ClientCertificates, TlsConfig};

/// Chooses the cryptography of TLS for the whole process: ring, as in the database driver. Comes before each client.
pub(crate) fn install() {
    // a second time changes nothing
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Where certificates and keys stand.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    /// Who signs the certificates of clients, and what becomes of clients without one.
    clients: Option<(PathBuf, ClientCertificates)>,
}

impl TlsFiles {
    /// What the configuration names, if it names a certificate.
    pub(crate) fn of(config: &TlsConfig) -> Option<Self> {
        Some(Self {
            certificate: config.cert_file.clone()?,
            key: config.key_file.clone()?,
            clients: config
                .client_ca_file
                .clone()
                .map(|file| (file, config.client_certificates)),
        })
    }
}

/// Ends TLS with the certificate that stands in the files, and with another one once it stands there.
pub(crate) struct Tls {
    files: TlsFiles,
    /// What the files held when they were read first.
    opened: [u8; 32],
    serving: RwLock<Arc<ServerConfig>>,
    state: CertificateState,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be served with.
    pub(crate) fn open(files: TlsFiles, state: CertificateState) -> Result<Self, TlsError> {
        let material = material::Material::read(&files)?;
        let loaded = material.build(&files)?;
        state.served(loaded.not_after);
        Ok(Self {
            files,
            opened: material.digest(),
            serving: RwLock::new(loaded.config),
            state,
        })
    }

    /// Shakes hands with a client, in TLS 1.3.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let serving = Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(serving).accept(stream).await
    }
}

/// What the client showed that it is, if it showed a certificate: it was verified in the handshake.
pub(crate) fn client_certificate(stream: &TlsStream<TcpStream>) -> Option<ClientCertificate> {
    let (_, connection) = stream.get_ref();
    let certificate: &CertificateDer<'_> = connection.peer_certificates()?.first()?;
    names::of_client(certificate)
}

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
