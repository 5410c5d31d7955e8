//! Hardware addresses: six pairs of hexadecimal digits, with colons or dashes.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, follows_label, is_word_byte},
};

const LENGTH: usize = 17;

pub(super) struct MacAddress;

impl Recognizer for MacAddress {
    fn entity_types(&self) -> &'static [EntityType] {
        &[EntityType::MacAddress]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Bytes(b":-")]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Byte(at) = anchor else { return };
        let bytes = text.as_bytes();
        let Some(start) = at.checked_sub(2) else { return };
        let (Some(address), Some(separator)) = (bytes.get(start..start + LENGTH), bytes.get(at)) else {
            return;
        };
        let fits = address.iter().enumerate().all(|(index, byte)| match index % 3 {
            2 => byte == separator,
            _ => byte.is_ascii_hexdigit(),
        });
        let joins = |byte: &u8| is_word_byte(*byte) || byte == separator;
        let before = start
            .checked_sub(1)
            .and_then(|at| bytes.get(at))
            .filter(|_| !follows_label(bytes, start));
        let after = bytes.get(start + LENGTH);
        // A colon after the address belongs to the sentence unless more digits follow it.
        let goes_on = after.is_some_and(joins)
            && (after != Some(separator) || bytes.get(start + LENGTH + 1).is_some_and(u8::is_ascii_hexdigit));
        if fits && !before.is_some_and(joins) && !goes_on {
            found.add(EntityType::MacAddress, start, start + LENGTH, Strength::Strong);
        }
    }

    fn validate(&self, _: &Candidate, matched: &str) -> Validity {
        let digits = || matched.bytes().filter(u8::is_ascii_hexdigit);
        let blank =
            digits().all(|byte| byte == b'0') || digits().all(|byte| byte.eq_ignore_ascii_case(&b'f'));
        if blank {
            Validity::Invalid
        } else {
            Validity::Unknown
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "mac",
            "mac address",
            "hwaddr",
            "ether",
            "bssid",
            "hardware address",
        ]
    }

    fn specificity(&self) -> u8 {
        65
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        let mut candidates = Candidates::default();
        for (at, _) in text.match_indices([':', '-']) {
            MacAddress.find(text, Anchor::Byte(at), &mut candidates);
        }
        let valid =
            |item: &&Candidate| MacAddress.validate(item, &text[item.start..item.end]) != Validity::Invalid;
        candidates.items.iter().filter(valid).count()
    }

    #[test]
    fn six_pairs_stand_alone() {
        assert_eq!(count("cc:7e:9f:b9:57:d6"), 1);
        assert_eq!(count("x CC-7E-9F-B9-57-D6: down"), 1);
        for text in [
            "cc:7e:9f:b9:57",
            "cc:7e:9f:b9:57:d6:11",
            "cc:7e-9f:b9:57:d6",
            "xcc:7e:9f:b9:57:d6",
            ":",
        ] {
            assert_eq!(count(text), 0, "{text}");
        }
        assert_eq!(count("ff:ff:ff:ff:ff:ff 00:00:00:00:00:00"), 0);
    }
}
