//! How many items a page may have.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// A number of items between 1 and `MAX`, or `DEFAULT` if none is given; for the query structs of endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit<const DEFAULT: u16, const MAX: u16>(u16);

impl<const DEFAULT: u16, const MAX: u16> PageLimit<DEFAULT, MAX> {
    /// The number of items.
    #[must_use]
    pub const fn items(self) -> usize {
        self.0 as usize
    }

    /// One more than the number of items: what to ask the database for, see [`Page::of`](crate::Page::of).
    #[must_use]
    pub const fn rows(self) -> i64 {
        self.0 as i64 + 1
    }
}

impl<const DEFAULT: u16, const MAX: u16> Default for PageLimit<DEFAULT, MAX> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<'de, const DEFAULT: u16, const MAX: u16> Deserialize<'de> for PageLimit<DEFAULT, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const MAX: u16>;

        impl<const MAX: u16> de::Visitor<'_> for Visitor<MAX> {
            type Value = u16;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 1 to {MAX}")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<u16, E> {
                let limit = u16::try_from(number)
                    .ok()
                    .filter(|limit| (1..=MAX).contains(limit));
                limit.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            // A query string has nothing but strings.
            fn visit_str<E: de::Error>(self, text: &str) -> Result<u16, E> {
                let number = text
                    .parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))?;
                self.visit_u64(number)
            }
        }

        deserializer.deserialize_any(Visitor::<MAX>).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Limit = PageLimit<20, 100>;

    #[test]
    fn a_limit_is_between_one_and_the_most() {
        for (text, limit) in [("1", 1), ("100", 100), ("\"42\"", 42)] {
            let read: Limit = serde_json::from_str(text).expect("is in range");
            assert_eq!(
                (read.items(), read.rows()),
                (limit, i64::try_from(limit).expect("is small") + 1)
            );
        }
        for bad in [
            "0",
            "101",
            "-1",
            "70000",
            "\"\"",
            "\"ten\"",
            "1.5",
            "null",
            "\"18446744073709551616\"",
        ] {
            assert!(serde_json::from_str::<Limit>(bad).is_err(), "{bad}");
        }
        assert_eq!(Limit::default().items(), 20);
    }
}
