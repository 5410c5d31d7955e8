//! The keys that sign access tokens.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{AlgorithmParameters, Jwk},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The shortest secret that HS256 may use (RFC 7518: as long as its hash).
pub const MIN_SECRET_BYTES: usize = 32;

/// What precedes the seed in the PKCS #8 form of an Ed25519 key (RFC 8410).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A key with the one algorithm that it is used for.
pub struct SigningKeys {
    algorithm: Algorithm,
    kid: Box<str>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    public_x: Option<Box<str>>,
}

/// A key that cannot sign tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The secret is shorter than [`MIN_SECRET_BYTES`].
    #[error("the signing secret is shorter than {MIN_SECRET_BYTES} bytes")]
    SecretTooShort,
    /// The seed makes no Ed25519 key.
    #[error("the seed makes no Ed25519 key")]
    InvalidSeed,
}

impl SigningKeys {
    /// Ed25519 from its seed: what production uses, since those who verify cannot sign.
    ///
    /// # Errors
    ///
    /// [`KeyError::InvalidSeed`] if the key cannot be derived.
    pub fn ed_dsa(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let mut der = Zeroizing::new(Vec::with_capacity(PKCS8_PREFIX.len() + seed.len()));
        der.extend_from_slice(&PKCS8_PREFIX);
        der.extend_from_slice(seed);
        let encoding = EncodingKey::from_ed_der(&der);
        let jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(|_| KeyError::InvalidSeed)?;
        let AlgorithmParameters::OctetKeyPair(public) = jwk.algorithm else {
            return Err(KeyError::InvalidSeed);
        };
        let decoding = DecodingKey::from_ed_components(&public.x).map_err(|_| KeyError::InvalidSeed)?;
        // RFC 7638: the members in this order, without white space.
        let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, public.x);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint)).into();
        let public_x = Some(public.x.into());
        Ok(Self {
            algorithm: Algorithm::EdDSA,
            kid,
            encoding,
            decoding,
            public_x,
        })
    }

    /// HMAC-SHA-256 with a shared secret: for development, and where one secret is all there is.
    ///
    /// # Errors
    ///
    /// [`KeyError::SecretTooShort`].
    pub fn hs256(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::SecretTooShort);
        }
        let digest = Sha256::new()
            .chain_update(b"vault access token key id\0")
            .chain_update(secret)
            .finalize();
        let kid = digest
            .first_chunk::<12>()
            .map(|head| URL_SAFE_NO_PAD.encode(head))
            .unwrap_or_default();
        Ok(Self {
            algorithm: Algorithm::HS256,
            kid: kid.into(),
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            public_x: None,
        })
    }

    /// The name of the key in token headers, derived from the key.
    #[must_use]
    pub const fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether it is a secret that others sign with, too.
    pub(super) const fn is_shared(&self) -> bool {
        self.public_x.is_none()
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    pub(super) fn public_jwk(&self) -> Option<serde_json::Value> {
        let x = self.public_x.as_deref()?;
        Some(serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": x,
        }))
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
