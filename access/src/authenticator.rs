//! Turns a bearer token into a principal.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use vault_domain::SessionId;

use crate::{ACCESS_TOKEN_LIFETIME_S, AccessTokens, LEEWAY_S, Principal, TokenError};

/// Checks credentials, and knows which sessions were ended while tokens of theirs are still about.
#[derive(Debug)]
pub struct Authenticator {
    tokens: AccessTokens,
    ended: RwLock<HashMap<SessionId, i64>>,
}

impl Authenticator {
    /// An authenticator for the tokens of this service.
    #[must_use]
    pub fn new(tokens: AccessTokens) -> Self {
        Self {
            tokens,
            ended: RwLock::new(HashMap::new()),
        }
    }

    /// The access tokens, to issue one or to publish their keys.
    #[must_use]
    pub const fn tokens(&self) -> &AccessTokens {
        &self.tokens
    }

    /// The principal of a bearer token.
    ///
    /// # Errors
    ///
    /// [`TokenError`] says what is wrong with the token.
    pub fn authenticate(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, TokenError> {
        let principal = self.tokens.verify(token, now)?;
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        if ended.contains_key(&principal.session) {
            Err(TokenError::SessionEnded)
        } else {
            Ok(principal)
        }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        SigningKeys, TokenAudience,
        testing::{at, principal},
    };

    fn authenticator() -> Authenticator {
        let audience = TokenAudience {
            issuer: "us".into(),
            audience: "them".into(),
        };
        let keys = SigningKeys::hs256(&[7; 32]).expect("is long enough");
        Authenticator::new(AccessTokens::new(audience, keys, 10))
    }

    #[test]
    fn an_ended_session_is_refused_at_once_and_others_are_not() {
        let authenticator = authenticator();
        let someone = principal(&[]);
        let other = Principal {
            session: SessionId::from_uuid(Uuid::from_u128(99)),
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
        let (token, others) = (issue(&someone), issue(&other));
        assert_eq!(authenticator.authenticate(&token, at(1)), Ok(someone));
        authenticator.end_session(someone.session, at(1));
        assert_eq!(
            authenticator.authenticate(&token, at(1)),
            Err(TokenError::SessionEnded)
        );
        assert_eq!(authenticator.authenticate(&others, at(1)), Ok(other));
    }

    #[test]
    fn an_ended_session_is_remembered_until_its_tokens_have_expired() {
        let authenticator = authenticator();
        let someone = principal(&[]);
        let token = authenticator
            .tokens()
            .issue(&someone, at(0), Uuid::nil())
            .expect("signs");
        authenticator.end_session(someone.session, at(0));
        for second in 0..1000 {
            authenticator.forget_expired(at(second));
            assert!(
                authenticator.authenticate(token.expose(), at(second)).is_err(),
                "{second}"
            );
        }
        assert!(authenticator.ended.read().expect("is not poisoned").is_empty());
    }
}
