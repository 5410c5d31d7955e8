//! Codes of banks (ISO 9362): beside their name only, as eight capitals are most often a word.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, ContextNeed, Recognizer, Trigger, ends_word, starts_word},
};

/// How far after its name the code may start, in bytes.
const REACH_BYTES: usize = 24;
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
        let (from, strength) = match anchor {
            Anchor::Word { end, .. } => (end, Strength::Weak),
            Anchor::Field => (0, Strength::Medium),
            _ => return,
        };
        let is_code = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let to = (from + REACH_BYTES).min(bytes.len());
        let mut at = from;
        while at < to {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().take(12).take_while(is_code).count();
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

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        &["bic", "swift", "swift code", "swift/bic", "bic/swift", "bic code"]
    }

    fn specificity(&self) -> u8 {
        78
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
