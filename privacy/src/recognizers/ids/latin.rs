//! Brazil and Mexico.

use vault_domain::EntityType::{BrCnpj, BrCpf, MxCurp};

use super::{
    super::checksum::{all_same, digit},
    IdRule,
    dates::is_year_first,
};
use crate::confidence::{
    Strength::{Hint, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        BrCpf,
        &[
            ("999.999.999-99", Strong),
            ("999999999-99", Weak),
            ("99999999999", Hint),
            ("999 999 999 99", Hint),
            ("999 999 999-99", Weak),
            ("999-999-999-99", Weak),
            ("999.999.999/99", Weak),
        ],
        cpf,
        &[
            "cpf",
            "cadastro de pessoas",
            "cpf nº",
            "contribuinte",
            "receita federal",
        ],
    ),
    IdRule::new(
        BrCnpj,
        &[
            ("99.999.999/9999-99", Strong),
            ("XX.XXX.XXX/XXXX-99", Strong),
            ("99999999/9999-99", Strong),
            ("99999999999999", Hint),
            ("XXXXXXXXXXXX99", Hint),
        ],
        cnpj,
        &["cnpj", "cadastro nacional", "pessoa jurídica", "razão social"],
    ),
    IdRule::new(
        MxCurp,
        &[("AAAA999999AAAAAAX9", Strong)],
        curp,
        &[
            "curp",
            "clave única",
            "clave unica",
            "registro de población",
            "renapo",
        ],
    ),
];

/// What a digit or capital counts in the tax office's new numbers: its place in ASCII after zero.
fn ordinal(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// The digit that checks what stands before it, with weights from two up to `top` from the right and again.
fn check_digit(payload: &[u8], top: u32) -> u32 {
    let sum: u32 = payload
        .iter()
        .rev()
        .zip((2..=top).cycle())
        .map(|(byte, weight)| ordinal(*byte) * weight)
        .sum();
    match sum % 11 {
        0 | 1 => 0,
        left => 11 - left,
    }
}

/// Whether both check digits, each over all before it, agree.
fn has_two_digits(code: &[u8], top: u32) -> bool {
    let length = code.len();
    [length.saturating_sub(2), length.saturating_sub(1)]
        .iter()
        .all(|at| {
            let (Some(payload), Some(check)) = (code.get(..*at), code.get(*at)) else {
                return false;
            };
            digit(*check) == Some(check_digit(payload, top))
        })
}

/// Weights two to eleven (Receita Federal).
fn cpf(code: &[u8]) -> Validity {
    Validity::require(has_two_digits(code, 11) && !all_same(code))
}

/// Weights two to nine, since 2026 over letters too (Receita Federal, IN 2.229/2024).
fn cnpj(code: &[u8]) -> Validity {
    Validity::require(has_two_digits(code, 9) && !all_same(code.get(..12).unwrap_or_default()))
}

/// The name's letters, birth date, sex, state, and a digit over an alphabet with Ñ (RENAPO).
fn curp(code: &[u8]) -> Validity {
    const STATES: &str =
        "AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS NE";
    let state = code.get(11..13).unwrap_or_default();
    let known = STATES
        .split_ascii_whitespace()
        .any(|name| name.as_bytes() == state);
    let person =
        matches!(code.get(10), Some(b'H' | b'M' | b'X')) && code.get(4..10).is_some_and(is_year_first);
    let Some((check, payload)) = code.split_last() else {
        return Validity::Invalid;
    };
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        // Ñ stands between N and O.
        letter => u32::from(letter.wrapping_sub(b'A')) + 10 + u32::from(letter > b'N'),
    };
    let sum: u32 = payload
        .iter()
        .zip((2..=18).rev())
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    Validity::require(known && person && digit(*check) == Some((10 - sum % 10) % 10))
}
