//! Whole numbers with bounds.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// The greatest position of a log, and size of a tree, that a request may name: what JSON carries exactly everywhere.
pub const MAX_POSITION: u64 = (1 << 53) - 1;

/// A position of the log, or the size of a tree over it.
pub type LogPosition = WholeNumber<0, MAX_POSITION>;

/// A whole number between `LEAST` and `MOST`; for the bodies and query structs of endpoints, which mark it `inline`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeNumber<const LEAST: u64, const MOST: u64>(u64);

impl<const LEAST: u64, const MOST: u64> WholeNumber<LEAST, MOST> {
    /// A number, if it is within the bounds.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if LEAST <= number && number <= MOST {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<const LEAST: u64, const MOST: u64> Default for WholeNumber<LEAST, MOST> {
    fn default() -> Self {
        Self(LEAST)
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for WholeNumber<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // a query string's text is parsed by its deserializer, and JSON's is refused by its own
        deserializer
            .deserialize_u64(Within {
                least: LEAST,
                most: MOST,
            })
            .map(Self)
    }
}

impl<const LEAST: u64, const MOST: u64> PartialSchema for WholeNumber<LEAST, MOST> {
    fn schema() -> RefOr<Schema> {
        let bound = |number| usize::try_from(number).ok();
        let schema = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(bound(LEAST))
            .maximum(bound(MOST));
        Schema::Object(schema.build()).into()
    }
}

impl<const LEAST: u64, const MOST: u64> ToSchema for WholeNumber<LEAST, MOST> {
    fn name() -> Cow<'static, str> {
        "WholeNumber".into()
    }
}

struct Within {
    least: u64,
    most: u64,
}

impl de::Visitor<'_> for Within {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", self.least, self.most)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        if (self.least..=self.most).contains(&number) {
            return Ok(number);
        }
        Err(E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        Err(E::invalid_value(de::Unexpected::Signed(number), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Number = WholeNumber<2, 5>;

    #[derive(Debug, Deserialize)]
    struct Query {
        number: Option<Number>,
    }

    #[test]
    fn a_number_keeps_to_its_bounds_in_bodies_and_in_queries() {
        for good in [2, 5] {
            let body: Number = serde_json::from_str(&good.to_string()).expect("is in range");
            let query = format!("http://localhost/?number={good}").parse().expect("a URL");
            let query = axum::extract::Query::<Query>::try_from_uri(&query).expect("is in range");
            assert_eq!((body.get(), query.number.map(Number::get)), (good, Some(good)));
        }
        for bad in ["1", "6", "-1", "2.5", "18446744073709551616", "x"] {
            assert!(serde_json::from_str::<Number>(bad).is_err(), "{bad}");
            let query = format!("http://localhost/?number={bad}").parse().expect("a URL");
            assert!(
                axum::extract::Query::<Query>::try_from_uri(&query).is_err(),
                "{bad}"
            );
        }
        assert!(
            serde_json::from_str::<Number>("\"3\"").is_err(),
            "a text is no number"
        );
        assert_eq!((Number::new(1), Number::new(6)), (None, None));
    }
}
