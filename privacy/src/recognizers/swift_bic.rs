//! Codes of banks (ISO 9362): near their name only, and right beside it among capitals, as eight of them are most often a
//! word.

use std::ops::Range;

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, ContextNeed, Recognizer, Trigger, ends_word, starts_word},
};

/// How far after its name the code may start, in bytes.
const REACH_BYTES: usize = 48;
/// How far after its name it may start among capitals: `BIC NUMBER IS`.
const CAPITALS_REACH_BYTES: usize = 14;
/// How far around a code it is looked whether the text is written in capitals, in bytes.
const AROUND_BYTES: usize = 24;
/// How far before its name the code may start, in bytes.
const BACK_BYTES: usize = 28;
const MAX_CODE_BYTES: usize = 11;
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ \
    CA CD CF CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD \
    GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM \
    KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX \
    MY MZ NA NC NE NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE \
    SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG \
    VI VN VU WF WS XK YE YT ZA ZM ZW";

pub(super) struct SwiftBic;

impl Recognizer for SwiftBic {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::SwiftBic]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[
            Trigger::Words(&["bic", "swift", "swift-code", "bic-code"]),
            Trigger::FieldName(&["bic", "swift"]),
        ]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let bytes = text.as_bytes();
        match anchor {
            Anchor::Word { start, end } => {
                let after = find_within(bytes, end..end + REACH_BYTES);
                let need = |code: &Range<usize>| match stands_out(bytes, code) {
                    true => Some(ContextNeed::Required),
                    false if code.start - end <= CAPITALS_REACH_BYTES => Some(ContextNeed::Label),
                    false => None,
                };
                let after = after.and_then(|code| Some((need(&code)?, code)));
                add(after, Strength::Weak, found);
                let before = find_within(bytes, start.saturating_sub(BACK_BYTES)..start);
                add(
                    before.map(|code| (ContextNeed::Label, code)),
                    Strength::Weak,
                    found,
                );
            }
            Anchor::Field => {
                let code = find_within(bytes, 0..REACH_BYTES);
                add(
                    code.map(|code| (ContextNeed::Label, code)),
                    Strength::Medium,
                    found,
                );
            }
            _ => {}
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "bic",
            "swift",
            "swift code",
            "swift number",
            "swift/bic",
            "bic/swift",
            "bic code",
        ]
    }

    fn specificity(&self) -> u8 {
        78
    }
}

fn add(code: Option<(ContextNeed, Range<usize>)>, strength: Strength, found: &mut Candidates) {
    if let Some((context, code)) = code {
        found.push(Candidate {
            strength,
            context,
            ..Candidate::new(EntityType::SwiftBic, code.start, code.end)
        });
    }
}

/// The first code that starts in a stretch of the text.
fn find_within(bytes: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let is_code = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let mut at = range.start;
    while at < range.end.min(bytes.len()) {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take(MAX_CODE_BYTES + 1).take_while(is_code).count();
        let code = rest.get(..length).unwrap_or_default();
        if is_bic(code) && starts_word(bytes, at) && ends_word(bytes, at + length) {
            return Some(at..at + length);
        }
        at += length.max(1);
    }
    None
}

/// Whether a code is no word in capitals: a digit or the `XXX` of a head office is in it, or there are small letters
/// around it.
fn stands_out(bytes: &[u8], range: &Range<usize>) -> bool {
    let code = bytes.get(range.clone()).unwrap_or_default();
    let before = bytes
        .get(range.start.saturating_sub(AROUND_BYTES)..range.start)
        .unwrap_or_default();
    let after = bytes
        .get(range.end..bytes.len().min(range.end + AROUND_BYTES))
        .unwrap_or_default();
    let (small, large) = before
        .iter()
        .chain(after)
        .fold((0, 0), |(small, large), byte| match byte {
            b'a'..=b'z' => (small + 1, large),
            b'A'..=b'Z' => (small, large + 1),
            _ => (small, large),
        });
    code.iter().any(u8::is_ascii_digit) || code.ends_with(b"XXX") || small > large
}

/// Four letters, a country, a place, and perhaps a branch.
fn is_bic(code: &[u8]) -> bool {
    let letters = code
        .get(..6)
        .is_some_and(|six| six.iter().all(u8::is_ascii_uppercase));
    let country = code.get(4..6).unwrap_or_default();
    let is_known = || {
        COUNTRIES
            .as_bytes()
            .chunks(3)
            .any(|known| known.starts_with(country))
    };
    matches!(code.len(), 8 | 11) && letters && is_known()
}
