//! Positions of the log as clients hold them: opaque.

use std::{fmt, str::FromStr};

use axum::http::{HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The header in which a write says where it stands in the log.
pub const VAULT_POSITION: HeaderName = HeaderName::from_static("vault-position");
/// The header in which a read says what it must see.
pub const VAULT_MIN_POSITION: HeaderName = HeaderName::from_static("vault-min-position");
/// The header of a write whose read models are not there yet; its value is `behind`.
pub const VAULT_READ_MODELS: HeaderName = HeaderName::from_static("vault-read-models");

const PREFIX: &str = "p1.";
const ENCODED_BYTES: usize = 11;

/// A position of the log; its text has no meaning to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PositionToken(u64);

/// The text is no position token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position token")]
pub struct InvalidPosition;

impl PositionToken {
    /// Wraps a position.
    #[must_use]
    pub const fn new(position: u64) -> Self {
        Self(position)
    }

    /// The position.
    #[must_use]
    pub const fn position(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PositionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

impl FromStr for PositionToken {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let encoded = text
            .strip_prefix(PREFIX)
            .filter(|encoded| encoded.len() == ENCODED_BYTES);
        let mut bytes = [0; 8];
        URL_SAFE_NO_PAD
            .decode_slice(encoded.ok_or(InvalidPosition)?, &mut bytes)
            .map_err(|_| InvalidPosition)?;
        let position = u64::from_be_bytes(bytes);
        // The log counts in PostgreSQL's bigint.
        if i64::try_from(position).is_ok() {
            Ok(Self(position))
        } else {
            Err(InvalidPosition)
        }
    }
}

impl From<PositionToken> for HeaderValue {
    fn from(token: PositionToken) -> Self {
        Self::from_str(&token.to_string()).unwrap_or_else(|_| Self::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_position_is_refused() {
        for bad in [
            "",
            "p1.",
            "12",
            "p2.AAAAAAAAAAE",
            "p1.AAAAAAAAAAE=",
            "p1.AAAAAAAAAAEA",
            "p1._________8",
            "p1.AAAAAAAAAAF",
        ] {
            assert_eq!(bad.parse::<PositionToken>(), Err(InvalidPosition), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_position_comes_back_from_its_text(position in 0..=i64::MAX.unsigned_abs()) {
            let token = PositionToken::new(position);
            prop_assert_eq!(token.to_string().parse(), Ok(token));
            let header = HeaderValue::from(token);
            prop_assert_eq!(header.to_str().ok().map(str::to_owned), Some(token.to_string()));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            if let Ok(token) = text.parse::<PositionToken>() {
                prop_assert_eq!(token.to_string(), text);
            }
        }
    }
}
