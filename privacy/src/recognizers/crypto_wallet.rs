//! Addresses of Bitcoin and Ethereum.

use bech32::primitives::decode::SegwitHrpstring;
use sha3::{Digest, Keccak256};
use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger, ends_word, starts_word},
};

/// The shortest and longest address in `Base58Check`.
const BASE58_LENGTHS: std::ops::RangeInclusive<usize> = 26..=35;
/// The shortest and longest segregated-witness address (BIP 173).
const SEGWIT_LENGTHS: std::ops::RangeInclusive<usize> = 14..=90;
/// An Ethereum address: `0x` and twenty bytes.
const ETHEREUM_LENGTH: usize = 42;
/// The bytes before an address in `Base58Check`: to a key's hash, to a script's hash.
const VERSIONS: [u8; 2] = [0x00, 0x05];

pub(super) struct CryptoWallet;

impl Recognizer for CryptoWallet {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::CryptoWallet]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Tokens]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Token { start, end } = anchor else {
            return;
        };
        let bytes = text.as_bytes();
        let Some(token) = text.get(start..end) else { return };
        let judged = match token.as_bytes() {
            [b'1' | b'3', ..] if BASE58_LENGTHS.contains(&token.len()) => bitcoin(token),
            [b'b' | b'B' | b't' | b'T', b'c' | b'C' | b'b' | b'B', b'1', ..]
                if SEGWIT_LENGTHS.contains(&token.len()) =>
            {
                segwit(token)
            }
            [b'0', b'x', ..] if token.len() == ETHEREUM_LENGTH => ethereum(token),
            _ => Validity::Invalid,
        };
        if judged != Validity::Invalid && starts_word(bytes, start) && ends_word(bytes, end) {
            found.push(Candidate {
                strength: Strength::Medium,
                validity: judged,
                ..Candidate::new(EntityType::CryptoWallet, start, end)
            });
        }
    }

    fn context_words(&self) -> &'static [&'static str] {
        &[
            "bitcoin",
            "btc",
            "wallet",
            "crypto",
            "eth",
            "ethereum",
            "blockchain",
            "wallet address",
            "usdt",
        ]
    }

    fn specificity(&self) -> u8 {
        85
    }
}

/// Base58 with a checksum and the version of an address.
fn bitcoin(token: &str) -> Validity {
    let decoded = bs58::decode(token).with_check(None).into_vec();
    let is_address = |bytes: Vec<u8>| bytes.len() == 21 && VERSIONS.contains(&bytes[0]);
    Validity::require(decoded.is_ok_and(is_address))
}

/// Bech32 for witness version zero, Bech32m for the later ones (BIP 350).
fn segwit(token: &str) -> Validity {
    Validity::require(SegwitHrpstring::new(token).is_ok())
}

/// Twenty bytes in hexadecimal; where capitals and small letters mix, they are the checksum (EIP-55).
fn ethereum(token: &str) -> Validity {
    let Some(digits) = token
        .get(2..)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    else {
        return Validity::Invalid;
    };
    let is_blank = digits.as_bytes().windows(2).all(|pair| pair[0] == pair[1]);
    let one_case = !digits.bytes().any(|byte| byte.is_ascii_uppercase())
        || !digits.bytes().any(|byte| byte.is_ascii_lowercase());
    match (is_blank, one_case) {
        (true, _) => Validity::Invalid,
        (false, true) => Validity::Unknown,
        (false, false) => Validity::require(has_eip_55_case(digits)),
    }
}

/// A letter is a capital where the hash of the small letters has its digit's high bit set.
fn has_eip_55_case(digits: &str) -> bool {
    let hash = Keccak256::digest(digits.to_ascii_lowercase());
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .bytes()
        .zip(nibbles)
        .all(|(digit, nibble)| !digit.is_ascii_alphabetic() || digit.is_ascii_uppercase() == (nibble >= 8))
}
