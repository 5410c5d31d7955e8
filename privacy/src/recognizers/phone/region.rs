//! Regions whose national forms are known.

use std::{fmt, str::FromStr};

use phonenumber::metadata::DATABASE;

/// A region with its own numbering plan, by its two letters in ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region([u8; 2]);

/// A text that names no region with a numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a region with a numbering plan")]
pub struct UnknownRegion;

impl Region {
    /// The United States, the United Kingdom, Germany, France, Spain, Italy, Poland and the Netherlands.
    pub const DEFAULTS: &'static [Self] = &[
        Self(*b"US"),
        Self(*b"GB"),
        Self(*b"DE"),
        Self(*b"FR"),
        Self(*b"ES"),
        Self(*b"IT"),
        Self(*b"PL"),
        Self(*b"NL"),
    ];

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        let letters = <[u8; 2]>::try_from(text.as_bytes()).map_err(|_| UnknownRegion)?;
        DATABASE.by_id(text).map(|_| Self(letters)).ok_or(UnknownRegion)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_those_with_a_plan() {
        for region in Region::DEFAULTS {
            assert_eq!(region.as_str().parse(), Ok(*region));
        }
        for text in ["", "us", "XX", "USA", "é"] {
            assert_eq!(text.parse::<Region>(), Err(UnknownRegion), "{text}");
        }
    }
}
