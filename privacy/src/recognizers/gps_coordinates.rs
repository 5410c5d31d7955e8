//! Points on the earth: two decimal numbers, or degrees, minutes and seconds with their directions.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

/// The fewest decimals of a number that names a place and not an amount.
const MIN_DECIMALS: usize = 3;
/// How far the second number may start after the first, in bytes.
const MAX_GAP_BYTES: usize = 8;

pub(super) struct GpsCoordinates;

impl Recognizer for GpsCoordinates {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::GpsCoordinates]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Bytes(b",;"), Trigger::Literals(&["°"])]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        match anchor {
            Anchor::Byte(at) => find_pair(text, at, found),
            Anchor::Literal(at) => find_degrees(text, at, found),
            _ => {}
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "gps",
            "coordinates",
            "coordinate",
            "coords",
            "latitude",
            "longitude",
            "lat",
            "lon",
            "lng",
            "geo",
            "geolocation",
            "location",
            "position",
            "latlng",
            "koordinaten",
            "located",
        ]
    }

    fn specificity(&self) -> u8 {
        62
    }
}

/// Two numbers with decimals on either side of a comma.
fn find_pair(text: &str, comma: usize, found: &mut Candidates) {
    let bytes = text.as_bytes();
    let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    let start = comma
        - bytes
            .get(..comma)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(16)
            .take_while(is_part)
            .count();
    let after = bytes.get(comma + 1..).unwrap_or_default();
    let gap = after
        .iter()
        .take(MAX_GAP_BYTES)
        .take_while(|byte| **byte == b' ')
        .count();
    let second = comma + 1 + gap;
    let rest = bytes.get(second..).unwrap_or_default();
    let mut end = second + rest.iter().take(16).take_while(is_part).count();
    if bytes.get(..end).is_some_and(|all| all.ends_with(b".")) {
        end -= 1;
    }
    let (Some(latitude), Some(longitude)) = (text.get(start..comma), text.get(second..end)) else {
        return;
    };
    let alone = |at: Option<usize>| {
        !at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    if !alone(start.checked_sub(1)) || !alone(Some(end)) {
        return;
    }
    let (Some(north), Some(east)) = (degrees(latitude, 90.0), degrees(longitude, 180.0)) else {
        return;
    };
    // A pair such as `0.12345,0.54321` is a row of a table; whole degrees on both sides are rather a place.
    let strength = if north.abs() >= 1.0 && east.abs() >= 1.0 {
        Strength::Weak
    } else {
        Strength::Hint
    };
    found.add(EntityType::GpsCoordinates, start, end, strength);
}

/// A decimal number within the bound, with enough decimals.
fn degrees(text: &str, bound: f64) -> Option<f64> {
    let (_, decimals) = text.split_once('.')?;
    let value: f64 = text.parse().ok()?;
    (decimals.len() >= MIN_DECIMALS && value.abs() <= bound).then_some(value)
}

/// `40°26'46"N 79°58'56"W` and `52.52°N, 13.40°E`: the anchor is the first degree sign.
fn find_degrees(text: &str, sign: usize, found: &mut Candidates) {
    let digits = text.as_bytes().get(..sign).unwrap_or_default();
    let number = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    let start = sign - digits.iter().rev().take(10).take_while(number).count();
    let rest = text.get(sign..).unwrap_or_default();
    let is_part = |c: char| c.is_ascii_digit() || ".°'’′\"″ ".contains(c);
    let length = |part: &str, most: usize| {
        part.chars()
            .take(most)
            .take_while(|c| is_part(*c))
            .map(char::len_utf8)
            .sum()
    };
    let latitude: usize = length(rest, 24);
    let Some(east) = rest
        .get(latitude..)
        .and_then(|rest| rest.strip_prefix(['N', 'S']))
    else {
        return;
    };
    let gap = east.len() - east.trim_start_matches([',', ';', '/', ' ']).len();
    let longitude: usize = length(east.get(gap..).unwrap_or_default(), 24);
    let ends = east
        .get(gap + longitude..)
        .is_some_and(|rest| rest.starts_with(['E', 'W']));
    let end = sign + latitude + 1 + gap + longitude + 1;
    found.examined(sign + latitude);
    if start < sign && gap <= 4 && longitude > 1 && ends {
        found.add(EntityType::GpsCoordinates, start, end, Strength::Strong);
    }
}
