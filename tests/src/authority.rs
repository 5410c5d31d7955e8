//! Certificates that an authority of the tests signs.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType, date_time_ymd,
};
use reqwest::{ClientBuilder, Identity};

/// Signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// Whether a certificate's time is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It is.
    Now,
    /// It is over.
    Over,
    /// It is over so many seconds from now.
    ForSeconds(u64),
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Signed {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// One that nobody knew before.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    /// Its own certificate, as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate of this machine.
    #[must_use]
    pub fn server(&self) -> Signed {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        self.sign(&CertificateParams::new(names).expect("names of this machine"))
    }

    /// A certificate of a program, with this URI and this common name.
    #[must_use]
    pub fn client(&self, uri: &str, name: &str, validity: Validity) -> Signed {
        let mut params = CertificateParams::default();
        let uri = uri.to_owned().try_into().expect("a URI of ASCII");
        params.subject_alt_names.push(SanType::URI(uri));
        params.distinguished_name.push(DnType::CommonName, name);
        match validity {
            Validity::Now => {}
            Validity::Over => {
                params.not_before = date_time_ymd(2020, 1, 1);
                params.not_after = date_time_ymd(2021, 1, 1);
            }
            Validity::ForSeconds(seconds) => {
                params.not_after = date_time_ymd(1970, 1, 1) + since_1970() + Duration::from_secs(seconds);
            }
        }
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Signed {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Signed {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// A client that trusts this authority alone.
    pub fn trusted(&self) -> ClientBuilder {
        // a second time changes nothing
        let _ = rustls::crypto::ring::default_provider().install_default();
        let own = reqwest::Certificate::from_pem(self.pem().as_bytes()).expect("a certificate");
        reqwest::Client::builder().tls_certs_only([own]).tls_info(true)
    }
}

impl Signed {
    /// Puts certificate and key into the files.
    pub fn write(&self, certificate: &Path, key: &Path) {
        std::fs::write(certificate, &self.certificate).expect("the certificate is written");
        std::fs::write(key, &self.key).expect("the key is written");
    }

    /// What a client shows.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let both = format!("{}{}", self.certificate, self.key);
        Identity::from_pem(both.as_bytes()).expect("certificate and key")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "certificates have the time of the machine"
)]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970")
}
