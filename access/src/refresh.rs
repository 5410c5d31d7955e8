//! Refresh tokens: opaque, single use, stored as hashes only.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use vault_domain::{ErrorCode, SessionId, TenantId, UserId};
use zeroize::Zeroizing;

/// How long a login can be refreshed, counted from the login itself: 7 days.
pub const REFRESH_LIFETIME_S: u32 = 7 * 24 * 3600;

const PREFIX: &str = "vrt_";
const RANDOM_BYTES: usize = 32;

/// A refresh token as the client holds it.
pub struct RefreshToken(Zeroizing<[u8; RANDOM_BYTES]>);

/// The text is no refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct InvalidRefreshToken;

impl InvalidRefreshToken {
    /// The code to answer with.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        ErrorCode::InvalidRefreshToken
    }
}

impl RefreshToken {
    /// Makes a token of 32 bytes from a cryptographic random source.
    #[must_use]
    pub fn from_random(random: [u8; RANDOM_BYTES]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// Reads a token that a client sent.
    ///
    /// # Errors
    ///
    /// [`InvalidRefreshToken`] if the text was never made by [`Self::expose`].
    pub fn parse(text: &str) -> Result<Self, InvalidRefreshToken> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidRefreshToken)?;
        let mut random = Zeroizing::new([0; RANDOM_BYTES]);
        let length = URL_SAFE_NO_PAD
            .decode_slice(encoded, random.as_mut())
            .map_err(|_| InvalidRefreshToken)?;
        if length == RANDOM_BYTES {
            Ok(Self(random))
        } else {
            Err(InvalidRefreshToken)
        }
    }

    /// The token's text, for the answer to its owner and for nothing else.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 43));
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.0.as_ref(), &mut text);
        text
    }

    /// What is stored of the token. The token has 256 random bits, so that a plain hash cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> RefreshTokenHash {
        RefreshTokenHash(Sha256::digest(self.0.as_ref()).into())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken([redacted])")
    }
}

/// SHA-256 of a refresh token: the key of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshTokenHash([u8; 32]);

impl RefreshTokenHash {
    /// Wraps the 32 bytes of a stored hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for SQL.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is stored of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshTokenRow {
    /// The tenant of the user.
    pub tenant: TenantId,
    /// The user who logged in.
    pub user: UserId,
    /// The family: all tokens that came from the same login.
    pub session: SessionId,
    /// When the family began.
    pub session_started_at: DateTime<Utc>,
    /// When the token was exchanged for the next one.
    pub used_at: Option<DateTime<Utc>>,
    /// When the family was ended.
    pub session_revoked_at: Option<DateTime<Utc>>,
}

/// What to do with a refresh token whose row was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshDecision {
    /// Mark it used, and hand out the next token of the family.
    Rotate {
        /// When the family ends, however often it is refreshed.
        session_ends_at: DateTime<Utc>,
    },
    /// It was used before, so it was stolen, or its successor was: end the whole family.
    ReuseDetected,
    /// The family has reached its age.
    Expired,
    /// The family was ended before.
    Revoked,
}

impl RefreshTokenRow {
    /// Decides what a client gets for this token now.
    ///
    /// Reuse counts before age: an old copy that turns up tells of a theft all the same. The row must be read and
    /// marked used in one statement or transaction, so that two requests at once cannot both rotate it.
    #[must_use]
    pub fn decide(&self, now: DateTime<Utc>) -> RefreshDecision {
        let session_ends_at = refresh_family_end(self.session_started_at);
        if self.session_revoked_at.is_some() {
            RefreshDecision::Revoked
        } else if self.used_at.is_some() {
            RefreshDecision::ReuseDetected
        } else if now >= session_ends_at {
            RefreshDecision::Expired
        } else {
            RefreshDecision::Rotate { session_ends_at }
        }
    }
}

impl RefreshDecision {
    /// The code to answer with; none if the token rotates. A thief learns no more than that the token is invalid.
    #[must_use]
    pub const fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Rotate { .. } => None,
            Self::ReuseDetected | Self::Revoked => Some(ErrorCode::InvalidRefreshToken),
            Self::Expired => Some(ErrorCode::RefreshTokenExpired),
        }
    }
}

/// When a family that began at this time ends.
#[must_use]
pub fn refresh_family_end(session_started_at: DateTime<Utc>) -> DateTime<Utc> {
    let lifetime = TimeDelta::seconds(i64::from(REFRESH_LIFETIME_S));
    session_started_at
        .checked_add_signed(lifetime)
        .unwrap_or(session_started_at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{at, principal};

    fn row() -> RefreshTokenRow {
        let owner = principal(&[]);
        RefreshTokenRow {
            tenant: owner.tenant,
            user: owner.user,
            session: SessionId::from_uuid(uuid::Uuid::from_u128(3)),
            session_started_at: at(0),
            used_at: None,
            session_revoked_at: None,
        }
    }

    #[test]
    fn a_fresh_token_rotates_and_the_family_keeps_its_end() {
        let decision = row().decide(at(3600));
        let end = at(i64::from(REFRESH_LIFETIME_S));
        assert_eq!(decision, RefreshDecision::Rotate { session_ends_at: end });
        assert_eq!(decision.code(), None);
    }

    #[test]
    fn a_family_ends_seven_days_after_its_login() {
        let lifetime_s = i64::from(REFRESH_LIFETIME_S);
        assert!(matches!(
            row().decide(at(lifetime_s - 1)),
            RefreshDecision::Rotate { .. }
        ));
        assert_eq!(row().decide(at(lifetime_s)), RefreshDecision::Expired);
    }

    #[test]
    fn a_used_token_is_a_theft_even_when_it_is_old() {
        let used = RefreshTokenRow {
            used_at: Some(at(5)),
            ..row()
        };
        assert_eq!(used.decide(at(6)), RefreshDecision::ReuseDetected);
        assert_eq!(
            used.decide(at(i64::from(REFRESH_LIFETIME_S) * 2)),
            RefreshDecision::ReuseDetected
        );
    }

    #[test]
    fn a_revoked_family_stays_revoked() {
        let revoked = RefreshTokenRow {
            session_revoked_at: Some(at(5)),
            used_at: Some(at(4)),
            ..row()
        };
        assert_eq!(revoked.decide(at(6)), RefreshDecision::Revoked);
        assert_eq!(revoked.decide(at(6)).code(), Some(ErrorCode::InvalidRefreshToken));
    }

    #[test]
    fn the_text_has_its_prefix_and_debug_shows_nothing() {
        let token = RefreshToken::from_random([0xab; 32]);
        assert_eq!(token.expose().len(), 47);
        assert!(token.expose().starts_with("vrt_q6ur"));
        assert_eq!(format!("{token:?}"), "RefreshToken([redacted])");
    }

    #[test]
    fn what_is_no_refresh_token_is_refused() {
        let good = RefreshToken::from_random([7; 32]).expose();
        let body = good.trim_start_matches("vrt_");
        for bad in [
            "",
            "vrt_",
            body,
            &good[..46],
            &format!("{}A", good.as_str()),
            &format!("VRT_{body}"),
            "vrt_ü",
        ] {
            assert!(RefreshToken::parse(bad).is_err(), "{bad}");
        }
        assert!(RefreshToken::parse(&"A".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn a_token_comes_back_from_its_text(random: [u8; 32]) {
            let token = RefreshToken::from_random(random);
            let read = RefreshToken::parse(&token.expose()).expect("parses");
            prop_assert_eq!(read.hash(), token.hash());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,64}") {
            if let Ok(token) = RefreshToken::parse(&text) {
                let exposed = token.expose();
                prop_assert_eq!(exposed.as_str(), text.as_str());
            }
        }
    }
}
