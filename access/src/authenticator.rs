//! Turns a bearer token or an API key into a principal.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use vault_domain::{ApiKeyId, SessionId, UserId};

use crate::{
    ACCESS_TOKEN_LIFETIME_S, API_KEY_PREFIX, AccessTokens, ApiKeyHash, ApiKeySecret, ApiKeySource, ApiKeyUse,
    ApiKeysAway, ClientCertificate, LEEWAY_S, Principal, RateLimitState, TokenError, api_key::KnownKeys,
    standing::KnownUsers, token::VerifiedToken,
};

/// How many API keys are known at once.
const MAX_KNOWN_KEYS: u64 = 10_000;
/// How many users are known at once whom tokens of others name.
const MAX_KNOWN_USERS: u64 = 10_000;

/// Checks credentials, and knows which sessions were ended while tokens of theirs are still about.
#[derive(Debug)]
pub struct Authenticator {
    tokens: AccessTokens,
    ended: RwLock<HashMap<SessionId, i64>>,
    keys: KnownKeys,
    users: KnownUsers,
    key_source: Option<Arc<dyn ApiKeySource>>,
}

/// What a caller proves itself with.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// A bearer token or an API key.
    Credential(&'a str),
    /// A certificate that TLS has verified.
    Certificate(&'a ClientCertificate),
}

/// Why a caller is not known.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// The credential is not accepted.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// Whether it is good cannot be found out now.
    #[error(transparent)]
    Away(#[from] ApiKeysAway),
}

impl Authenticator {
    /// An authenticator for the tokens of this service.
    #[must_use]
    pub fn new(tokens: AccessTokens) -> Self {
        Self {
            tokens,
            ended: RwLock::new(HashMap::new()),
            keys: KnownKeys::new(MAX_KNOWN_KEYS),
            users: KnownUsers::new(MAX_KNOWN_USERS),
            key_source: None,
        }
    }

    /// Accepts API keys that are found here, too, and asks here whether users are let in whom tokens of others name.
    #[must_use]
    pub fn with_api_keys(mut self, source: Arc<dyn ApiKeySource>) -> Self {
        self.key_source = Some(source);
        self
    }

    /// The access tokens, to issue one or to publish their keys.
    #[must_use]
    pub const fn tokens(&self) -> &AccessTokens {
        &self.tokens
    }

    /// The principal of what a caller proves itself with, if no row has to be read for it.
    ///
    /// # Errors
    ///
    /// [`TokenError`] says what is wrong with it.
    pub fn authenticate(&self, proof: Proof<'_>, now: DateTime<Utc>) -> Result<Option<Seen>, TokenError> {
        match proof {
            Proof::Credential(credential) if !credential.starts_with(API_KEY_PREFIX) => {
                let token = self.verify_token(credential, now)?;
                let principal = token.principal;
                let seen = Seen {
                    principal,
                    own_limit: None,
                };
                let (Some(issued_at_s), Some(_)) = (token.shared_since_s, &self.key_source) else {
                    return Ok(Some(seen));
                };
                let Some(standing) = self.users.get(principal.tenant, principal.user) else {
                    return Ok(None);
                };
                standing.admit(issued_at_s)?;
                Ok(Some(seen))
            }
            Proof::Credential(key) => self.known(&api_key_hash(key)?, now),
            Proof::Certificate(certificate) => {
                if certificate.is_over(now) {
                    return Err(TokenError::ApiKeyExpired);
                }
                for name in certificate.names() {
                    if let Some(seen) = self.known(name, now)? {
                        return Ok(Some(seen));
                    }
                }
                Ok(None)
            }
        }
    }

    fn known(&self, hash: &ApiKeyHash, now: DateTime<Utc>) -> Result<Option<Seen>, TokenError> {
        let Some(key) = self.keys.get(hash) else {
            return Ok(None);
        };
        let principal = self.keys.admit(&key, now)?;
        let own_limit = key.count();
        Ok(Some(Seen { principal, own_limit }))
    }

    /// The principal of an API key or a certificate, which is known from now on.
    ///
    /// # Errors
    ///
    /// [`Unauthenticated`] says what is wrong with it, or that it cannot be found out.
    pub async fn look_up(&self, proof: Proof<'_>, now: DateTime<Utc>) -> Result<Principal, Unauthenticated> {
        match proof {
            Proof::Credential(credential) if !credential.starts_with(API_KEY_PREFIX) => {
                let token = self.verify_token(credential, now)?;
                self.check_standing(&token).await?;
                Ok(token.principal)
            }
            Proof::Credential(key) => {
                let found = self.find(api_key_hash(key)?, now).await?;
                Ok(found.ok_or(TokenError::ApiKeyUnknown)?)
            }
            Proof::Certificate(certificate) => {
                if certificate.is_over(now) {
                    return Err(TokenError::ApiKeyExpired.into());
                }
                for name in certificate.names() {
                    if let Some(principal) = self.find(*name, now).await? {
                        return Ok(principal);
                    }
                }
                Err(TokenError::ApiKeyUnknown.into())
            }
        }
    }

    async fn find(&self, hash: ApiKeyHash, now: DateTime<Utc>) -> Result<Option<Principal>, Unauthenticated> {
        let source = self.key_source.as_ref().ok_or(TokenError::ApiKeyUnknown)?;
        let changes = self.keys.changes();
        let Some(stored) = source.find(&hash).await? else {
            return Ok(None);
        };
        if stored.is_revoked {
            return Err(TokenError::ApiKeyRevoked.into());
        }
        if now >= stored.good_until {
            return Err(TokenError::ApiKeyExpired.into());
        }
        let key = self.keys.keep(hash, &stored, changes);
        Ok(Some(self.keys.admit(&key, now)?))
    }

    /// Refuses a token that somebody else can have signed if its user is let in no more.
    async fn check_standing(&self, token: &VerifiedToken) -> Result<(), Unauthenticated> {
        let (Some(issued_at_s), Some(source)) = (token.shared_since_s, &self.key_source) else {
            return Ok(());
        };
        let (tenant, user) = (token.principal.tenant, token.principal.user);
        let changes = self.users.changes();
        let standing = source.standing(tenant, user).await?;
        self.users.keep(tenant, user, standing, changes);
        Ok(standing.admit(issued_at_s)?)
    }

    fn verify_token(&self, token: &str, now: DateTime<Utc>) -> Result<VerifiedToken, TokenError> {
        let verified = self.tokens.verify_fully(token, now)?;
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        if verified
            .principal
            .login()
            .is_some_and(|login| ended.contains_key(&login.session))
        {
            Err(TokenError::SessionEnded)
        } else {
            Ok(verified)
        }
    }

    /// Reads the rows of these API keys, of these users, and of all API keys of theirs, again before they are accepted.
    pub fn forget_api_keys(&self, keys: &[ApiKeyId], users: &[UserId]) {
        self.keys.forget(keys, users);
        self.users.forget(users);
    }

    /// Reads the rows of all API keys and users again: what changed about them is not known.
    pub fn forget_all_api_keys(&self) {
        self.keys.forget_all();
        self.users.forget_all();
    }

    /// The API keys that were used since this was asked last, and when.
    #[must_use]
    pub fn take_api_key_uses(&self) -> Vec<ApiKeyUse> {
        self.keys.take_uses()
    }

    /// Refuses the session's tokens from now on. Every node calls this for every session that ends, as its log says.
    ///
    /// A session is remembered until its last token has expired, so the memory is bounded by a quarter of an hour of
    /// logouts.
    pub fn end_session(&self, session: SessionId, now: DateTime<Utc>) {
        let longest_s = i64::from(ACCESS_TOKEN_LIFETIME_S) + 2 * LEEWAY_S;
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.insert(session, now.timestamp().saturating_add(longest_s));
    }

    /// Forgets sessions whose tokens have all expired; to be called about once a minute.
    pub fn forget_expired(&self, now: DateTime<Utc>) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, until_s| *until_s > now.timestamp());
    }
}

/// A caller whose credential is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Who calls.
    pub principal: Principal,
    /// What the credential's own limit says of this request, if it has one.
    pub own_limit: Option<RateLimitState>,
}

fn api_key_hash(text: &str) -> Result<ApiKeyHash, TokenError> {
    let secret = ApiKeySecret::parse(text).map_err(|_| TokenError::ApiKeyUnknown)?;
    Ok(secret.hash())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        Credential, Login, SigningKeys, TokenAudience,
        testing::{at, principal},
    };

    fn authenticator() -> Authenticator {
        let audience = TokenAudience {
            issuer: "us".into(),
            audience: "them".into(),
        };
        let keys = SigningKeys::hs256(&[7; 32]).expect("is long enough");
        Authenticator::new(AccessTokens::new(audience, keys.into(), 10))
    }

    #[test]
    fn an_ended_session_is_refused_at_once_and_others_are_not() {
        let authenticator = authenticator();
        let someone = principal(&[]);
        let login = someone.login().expect("has logged in");
        let session = SessionId::from_uuid(Uuid::from_u128(99));
        let other = Principal {
            credential: Credential::Session(Login { session, ..login }),
            ..someone
        };
        let issue = |who: &Principal| {
            authenticator
                .tokens()
                .issue(who, at(0), Uuid::nil())
                .expect("signs")
                .expose()
                .to_owned()
        };
        let who = |token: &str| {
            let seen = authenticator.authenticate(Proof::Credential(token), at(1))?;
            Ok(seen.map(|seen| seen.principal))
        };
        let (token, others) = (issue(&someone), issue(&other));
        assert_eq!(who(&token), Ok(Some(someone)));
        authenticator.end_session(login.session, at(1));
        assert_eq!(who(&token), Err(TokenError::SessionEnded));
        assert_eq!(who(&others), Ok(Some(other)));
    }

    #[test]
    fn an_ended_session_is_remembered_until_its_tokens_have_expired() {
        let authenticator = authenticator();
        let someone = principal(&[]);
        let token = authenticator
            .tokens()
            .issue(&someone, at(0), Uuid::nil())
            .expect("signs");
        let login = someone.login().expect("has logged in");
        authenticator.end_session(login.session, at(0));
        for second in 0..1000 {
            authenticator.forget_expired(at(second));
            assert!(
                authenticator
                    .authenticate(Proof::Credential(token.expose()), at(second))
                    .is_err(),
                "{second}"
            );
        }
        assert!(authenticator.ended.read().expect("is not poisoned").is_empty());
    }
}
