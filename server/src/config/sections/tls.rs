//! Certificates.

use std::path::PathBuf;

use serde::Deserialize;

use crate::config::error::ConfigError;

/// The certificates that the API is served with, and who may come with one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// The chain of certificates, as PEM; without one the API is served without TLS.
    pub cert_file: Option<PathBuf>,
    /// Its private key, as PEM.
    pub key_file: Option<PathBuf>,
    /// The certificates of those who sign certificates of clients, as PEM; without it no client is asked for one.
    pub client_ca_file: Option<PathBuf>,
    /// What becomes of a client without a certificate.
    pub client_certificates: ClientCertificates,
}

/// What becomes of a client without a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificates {
    /// It proves itself otherwise.
    #[default]
    Optional,
    /// It gets no connection.
    Required,
}

impl TlsConfig {
    /// Whether the API is served over TLS.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.cert_file.is_some()
    }

    /// Checks that nothing is set that has no effect.
    pub(in crate::config) fn check(&self) -> Result<(), ConfigError> {
        let missing = |setting, when| Err(ConfigError::Missing { setting, when });
        match (&self.cert_file, &self.key_file, &self.client_ca_file) {
            (Some(_), None, _) => missing("tls.key_file", "where tls.cert_file is"),
            (None, Some(_), _) => missing("tls.cert_file", "where tls.key_file is"),
            (None, None, Some(_)) => missing("tls.cert_file", "where tls.client_ca_file is"),
            (_, _, None) if self.client_certificates == ClientCertificates::Required => {
                missing("tls.client_ca_file", "where tls.client_certificates is required")
            }
            _ => Ok(()),
        }
    }
}
