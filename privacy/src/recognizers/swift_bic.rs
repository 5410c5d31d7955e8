//! Codes of banks (ISO 9362): beside their name only, as eight capitals are most often a word.

use std::ops::Range;

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, ContextNeed, Recognizer, Trigger, ends_word, starts_word},
};

/// How far after its name the code may start, in bytes.
const REACH_BYTES: usize = 36;
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
                find_within(bytes, end..end + REACH_BYTES, Strength::Weak, found);
                find_within(
                    bytes,
                    start.saturating_sub(BACK_BYTES)..start,
                    Strength::Weak,
                    found,
                );
            }
            Anchor::Field => find_within(bytes, 0..REACH_BYTES, Strength::Medium, found),
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

/// Adds the first code that starts in a stretch of the text.
fn find_within(bytes: &[u8], range: Range<usize>, strength: Strength, found: &mut Candidates) {
    let is_code = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let mut at = range.start;
    while at < range.end.min(bytes.len()) {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take(MAX_CODE_BYTES + 1).take_while(is_code).count();
        let code = rest.get(..length).unwrap_or_default();
        if is_bic(code) && starts_word(bytes, at) && ends_word(bytes, at + length) {
            found.push(Candidate {
                strength,
                context: ContextNeed::Label,
                ..Candidate::new(EntityType::SwiftBic, at, at + length)
            });
            return;
        }
        at += length.max(1);
    }
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
