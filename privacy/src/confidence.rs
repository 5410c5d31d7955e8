//! What a finding's confidence means, and how it is computed.
//!
//! Three independent pieces of evidence speak for a finding: the strength of the pattern it matched, the answer of
//! its validator, and words around it. Each is a probability that the finding is real when nothing else is known,
//! and they are combined as independent evidence: `1 - (1 - pattern) × (1 - validator) × (1 - context)`.
//!
//! | evidence | percent |
//! |---|---|
//! | pattern: hint, weak, medium, strong, exact | 20, 35, 55, 80, 95 |
//! | validator: valid, plausible, unknown (an invalid one drops the finding) | 70, 30, 0 |
//! | context: in the field's name, before, after | 70, 60, 50 |
//! | the same, by a word that speaks for no other type | 75, 65, 55 |
//! | its own name right before it | 85 |
//!
//! Only the best context counts. A name right before a number that other types share counts in full where the number's
//! check digit agrees. A national phone number that the word right before it calls something else, as in
//! `NHS number 943 476 5919`, has no context, and at most 60 %. The default threshold of 50 % therefore asks of a hint either a validator's full yes
//! or a word of context, of a weak pattern at least a check digit, and nothing more of a medium one. A number of bare
//! digits with a single check digit is a hint that is plausible: 44 %, and reported only with context.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How sure the detector is, in whole percent; in JSON a number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u8);

impl Confidence {
    /// The most of what is called something else right before it.
    pub(crate) const CALLED_OTHER: Self = Self(60);

    /// Wraps a percentage; what is over 100 becomes 100.
    #[must_use]
    pub const fn from_percent(percent: u8) -> Self {
        Self(if percent > 100 { 100 } else { percent })
    }

    /// Reads a number from 0 to 1; anything else, and what is no number, is `None`.
    #[must_use]
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&fraction) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked above"
        )]
        let percent = (fraction * 100.0).round() as u8;
        Some(Self(percent))
    }

    /// The confidence in percent, 0 to 100.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// The confidence as a number from 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// Combines the three pieces of evidence.
    #[must_use]
    pub fn combine(strength: Strength, validity: Validity, context: Context) -> Self {
        let doubt = [strength.percent(), validity.percent(), context.percent()]
            .into_iter()
            .fold(1_000_000_u32, |doubt, percent| {
                doubt * u32::from(100 - percent) / 100
            });
        let percent = (1_000_000 - doubt + 5_000) / 10_000;
        Self(u8::try_from(percent.min(99)).unwrap_or(99))
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.fraction())
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fraction = f64::deserialize(deserializer)?;
        Self::from_fraction(fraction).ok_or_else(|| D::Error::custom("a confidence is a number from 0 to 1"))
    }
}

/// How much the shape of a match alone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Countless other things look like this: nine digits.
    Hint,
    /// Other things often look like this: nine digits in groups.
    Weak,
    /// Mostly this: three, two and four digits with dashes.
    Medium,
    /// Hardly anything else looks like this: an address with `@` and a domain.
    Strong,
    /// Made to be recognized: a key with its vendor's prefix and length.
    Exact,
}

impl Strength {
    const fn percent(self) -> u8 {
        match self {
            Self::Hint => 20,
            Self::Weak => 35,
            Self::Medium => 55,
            Self::Strong => 80,
            Self::Exact => 95,
        }
    }
}

/// A validator's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// A checksum, several rules together or a register entry agree: chance does so once in a hundred or less.
    Valid,
    /// A single check digit or a date agrees: chance does so once in ten or twenty.
    Plausible,
    /// It cannot be such a thing: the finding is dropped.
    Invalid,
    /// There is nothing to check.
    Unknown,
}

impl Validity {
    /// `Valid` if the check held, `Invalid` otherwise.
    #[must_use]
    pub const fn require(holds: bool) -> Self {
        if holds { Self::Valid } else { Self::Invalid }
    }

    /// `Plausible` if the check held, `Invalid` otherwise.
    #[must_use]
    pub const fn plausible(holds: bool) -> Self {
        if holds { Self::Plausible } else { Self::Invalid }
    }

    const fn percent(self) -> u8 {
        match self {
            Self::Valid => 70,
            Self::Plausible => 30,
            Self::Invalid | Self::Unknown => 0,
        }
    }
}

/// Where a word of the entity's context was seen; the best place counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Nowhere.
    Absent,
    /// Shortly after the finding.
    After,
    /// Shortly after it, by a word that speaks for no other type.
    AfterByName,
    /// Shortly before the finding.
    Before,
    /// Shortly before it, by a word that speaks for no other type.
    BeforeByName,
    /// In the name of the JSON field that holds the text.
    FieldName,
    /// In the field's name, by a word that speaks for no other type.
    FieldByName,
    /// Its own name, which speaks for no other type, stands right before it.
    Label,
}

impl Context {
    /// A word before the finding; `alone` if it speaks for no other type.
    pub(crate) const fn before(alone: bool) -> Self {
        if alone { Self::BeforeByName } else { Self::Before }
    }

    /// A word after the finding; `alone` if it speaks for no other type.
    pub(crate) const fn after(alone: bool) -> Self {
        if alone { Self::AfterByName } else { Self::After }
    }

    /// A word in the field's name; `alone` if it speaks for no other type.
    pub(crate) const fn field(alone: bool) -> Self {
        if alone { Self::FieldByName } else { Self::FieldName }
    }

    const fn percent(self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::After => 50,
            Self::AfterByName => 55,
            Self::Before => 60,
            Self::BeforeByName => 65,
            Self::FieldName => 70,
            Self::FieldByName => 75,
            Self::Label => 85,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_adds_up_and_never_reaches_certainty() {
        let alone = Confidence::combine(Strength::Weak, Validity::Unknown, Context::Absent);
        assert_eq!(alone.percent(), 35);
        let validated = Confidence::combine(Strength::Weak, Validity::Valid, Context::Absent);
        assert_eq!(validated.percent(), 81);
        let all = Confidence::combine(Strength::Exact, Validity::Valid, Context::FieldName);
        assert_eq!(all.percent(), 99);
    }

    #[test]
    fn more_evidence_never_lowers_confidence() {
        let strengths = [
            Strength::Hint,
            Strength::Weak,
            Strength::Medium,
            Strength::Strong,
            Strength::Exact,
        ];
        let contexts = [
            Context::Absent,
            Context::After,
            Context::AfterByName,
            Context::Before,
            Context::BeforeByName,
            Context::FieldName,
            Context::FieldByName,
            Context::Label,
        ];
        for pair in strengths.windows(2) {
            for context in contexts {
                let [weaker, stronger] = [pair[0], pair[1]]
                    .map(|strength| Confidence::combine(strength, Validity::Unknown, context));
                assert!(weaker < stronger);
            }
        }
        for pair in contexts.windows(2) {
            let [less, more] = [pair[0], pair[1]]
                .map(|context| Confidence::combine(Strength::Weak, Validity::Unknown, context));
            assert!(less < more);
        }
    }

    #[test]
    fn json_is_a_fraction_within_its_range() {
        let json = serde_json::to_string(&Confidence::from_percent(85)).ok();
        assert_eq!(json.as_deref(), Some("0.85"));
        assert_eq!(
            serde_json::from_str("0.85").ok(),
            Some(Confidence::from_percent(85))
        );
        assert!(serde_json::from_str::<Confidence>("1.01").is_err());
        assert!(serde_json::from_str::<Confidence>("-0.1").is_err());
        assert_eq!(Confidence::from_fraction(f64::NAN), None);
    }
}
