//! Access tokens: short-lived JWTs with one pinned algorithm per key.

mod cache;
mod claims;
mod keys;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Header, Validation, errors::ErrorKind};
use uuid::Uuid;
use vault_domain::ErrorCode;
use zeroize::Zeroizing;

pub use keys::{KeyError, MIN_SECRET_BYTES, SigningKeys};

use crate::Principal;
pub(crate) use cache::VerifiedToken;
use cache::VerifiedTokens;
use claims::{Claims, Signer};

/// How long an access token lasts: 15 minutes.
pub const ACCESS_TOKEN_LIFETIME_S: u32 = 15 * 60;
/// How far the clocks of two nodes may differ.
pub const LEEWAY_S: i64 = 5;

const MAX_TOKEN_BYTES: usize = 4096;
/// RFC 9068: what is signed for another purpose by the same key is no access token.
const TOKEN_TYPE: &str = "at+jwt";

/// Who makes tokens and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAudience {
    /// The claim `iss`.
    pub issuer: Box<str>,
    /// The claim `aud`.
    pub audience: Box<str>,
}

/// Makes and checks access tokens.
#[derive(Debug)]
pub struct AccessTokens {
    audience: TokenAudience,
    keys: RwLock<Arc<TokenKeys>>,
    verified: VerifiedTokens,
}

/// The keys of access tokens at a moment.
#[derive(Debug, Clone)]
pub struct TokenKeys {
    /// The one that signs.
    pub signing: Arc<SigningKeys>,
    /// Others whose signatures are accepted, and published if they are public.
    pub accepted: Vec<Arc<SigningKeys>>,
}

impl From<SigningKeys> for TokenKeys {
    /// One key for everything.
    fn from(signing: SigningKeys) -> Self {
        Self {
            signing: Arc::new(signing),
            accepted: Vec::new(),
        }
    }
}

impl TokenKeys {
    fn all(&self) -> impl Iterator<Item = &SigningKeys> {
        std::iter::once(&self.signing)
            .chain(&self.accepted)
            .map(AsRef::as_ref)
    }

    /// The key that a header names. A secret that is shared with others is found by its algorithm, too: they do not know
    /// what we call it.
    fn find(&self, header: &Header) -> Result<&SigningKeys, TokenError> {
        match header.kid.as_deref() {
            Some(kid) => self
                .all()
                .find(|key| key.kid() == kid)
                .ok_or(TokenError::BadSignature),
            None => self
                .all()
                .find(|key| key.is_shared() && key.algorithm() == header.alg)
                .ok_or(TokenError::Malformed),
        }
    }
}

/// An access token as the client gets it.
pub struct AccessToken {
    text: Zeroizing<String>,
    expires_at: DateTime<Utc>,
}

impl AccessTokens {
    /// Signs and verifies with these keys; remembers up to `cached_tokens` tokens that it has verified.
    #[must_use]
    pub fn new(audience: TokenAudience, keys: TokenKeys, cached_tokens: u64) -> Self {
        Self {
            audience,
            keys: RwLock::new(Arc::new(keys)),
            verified: VerifiedTokens::new(cached_tokens),
        }
    }

    /// Signs and verifies with these keys from now on. What was signed with a key that is not among them is refused.
    pub fn replace_keys(&self, keys: TokenKeys) {
        let former = self.keys();
        let drops = former
            .all()
            .any(|key| keys.all().all(|kept| kept.kid() != key.kid()));
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        if drops {
            self.verified.forget_all();
        }
    }

    /// The keys at this moment.
    #[must_use]
    pub fn keys(&self) -> Arc<TokenKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a token for the principal that is valid from now on; `jti` names this one token.
    ///
    /// # Errors
    ///
    /// [`IssueError`] if the principal did not log in, or the key cannot sign.
    pub fn issue(
        &self,
        principal: &Principal,
        now: DateTime<Utc>,
        jti: Uuid,
    ) -> Result<AccessToken, IssueError> {
        let expires_at = now + TimeDelta::seconds(i64::from(ACCESS_TOKEN_LIFETIME_S));
        let login = principal.login().ok_or(IssueError::NoLogin)?;
        let claims = Claims::new(principal, login, &self.audience, now, expires_at, jti);
        let keys = self.keys();
        let signing = &keys.signing;
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            kid: Some(signing.kid().to_owned()),
            ..Header::new(signing.algorithm())
        };
        let text =
            jsonwebtoken::encode(&header, &claims, signing.encoding()).map_err(IssueError::Signature)?;
        Ok(AccessToken {
            text: Zeroizing::new(text),
            expires_at,
        })
    }

    /// Reads the principal from a token that is signed with one of the keys and valid now.
    ///
    /// # Errors
    ///
    /// [`TokenError`] says what is wrong with the token.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, TokenError> {
        Ok(self.verify_fully(token, now)?.principal)
    }

    /// The same with all that matters of the token.
    pub(crate) fn verify_fully(&self, token: &str, now: DateTime<Utc>) -> Result<VerifiedToken, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let key = VerifiedTokens::key(token);
        if let Some(verified) = self.verified.get(&key) {
            verified.check_time(now)?;
            return Ok(verified);
        }
        let verified = self.verify_afresh(token)?;
        verified.check_time(now)?;
        self.verified.insert(key, verified);
        Ok(verified)
    }

    /// The public keys in the form of a JSON Web Key Set (RFC 7517); secrets of HS256 never stand in it.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        let keys: Vec<_> = self.keys().all().filter_map(SigningKeys::public_jwk).collect();
        serde_json::json!({ "keys": keys })
    }

    fn verify_afresh(&self, token: &str) -> Result<VerifiedToken, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        if header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(TokenError::Malformed);
        }
        let keys = self.keys();
        let key = keys.find(&header)?;
        let claims: Claims = jsonwebtoken::decode(token, key.decoding(), &signature_only(key))
            .map_err(|error| refused(error.kind()))?
            .claims;
        let signer = if key.is_shared() {
            Signer::WhoeverSharesTheSecret
        } else {
            Signer::Vault
        };
        claims.verified(&self.audience, signer)
    }
}

/// The library checks the signature under the pinned algorithm; the claims are checked here, by the caller's clock.
fn signature_only(keys: &SigningKeys) -> Validation {
    let mut validation = Validation::new(keys.algorithm());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

fn refused(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::BadSignature,
        _ => TokenError::Malformed,
    }
}

impl AccessToken {
    /// The token's text, for the answer to its owner and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// When the token stops working.
    #[must_use]
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no access token of this service.
    #[error("the token is malformed")]
    Malformed,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Its signature does not fit, or its key is unknown.
    #[error("the token's signature is invalid")]
    BadSignature,
    /// Somebody else made it.
    #[error("the token's issuer is not accepted")]
    WrongIssuer,
    /// It was made for somebody else.
    #[error("the token's audience is not accepted")]
    WrongAudience,
    /// The session that it belongs to was ended.
    #[error("the session has ended")]
    SessionEnded,
    /// It is no API key of this vault.
    #[error("the API key is unknown")]
    ApiKeyUnknown,
    /// The API key's time is over, or that of its former secret.
    #[error("the API key has expired")]
    ApiKeyExpired,
    /// The API key was revoked.
    #[error("the API key was revoked")]
    ApiKeyRevoked,
}

impl TokenError {
    /// The code to answer with.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Malformed => ErrorCode::InvalidToken,
            Self::Expired => ErrorCode::TokenExpired,
            Self::NotYetValid => ErrorCode::TokenNotYetValid,
            Self::BadSignature => ErrorCode::InvalidSignature,
            Self::WrongIssuer => ErrorCode::InvalidIssuer,
            Self::WrongAudience => ErrorCode::InvalidAudience,
            Self::SessionEnded => ErrorCode::SessionExpired,
            Self::ApiKeyUnknown => ErrorCode::ApiKeyInvalid,
            Self::ApiKeyExpired => ErrorCode::ApiKeyExpired,
            Self::ApiKeyRevoked => ErrorCode::ApiKeyRevoked,
        }
    }
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Nobody has logged in whom it could be for.
    #[error("access tokens are for those who log in")]
    NoLogin,
    /// The key cannot sign.
    #[error("the access token could not be signed")]
    Signature(#[source] jsonwebtoken::errors::Error),
}

#[cfg(test)]
mod tests;
