//! What the countries' account numbers are made of (the IBAN registry, release 101).

/// After each country: so many digits (`n`), letters (`a`) or either (`c`).
const SHAPES: &str = "\
    AD:n8c12 AE:n19 AL:n8c16 AT:n16 AZ:a4c20 BA:n16 BE:n12 BG:a4n6c8 BH:a4c14 BI:n23 BR:n23a1c1 \
    BY:c4n4c16 CH:n5c12 CR:n18 CY:n8c16 CZ:n20 DE:n18 DJ:n23 DK:n14 DO:c4n20 EE:n16 EG:n25 ES:n20 FI:n14 \
    FK:a2n12 FO:n14 FR:n10c11n2 GB:a4n14 GE:a2n16 GI:a4c15 GL:n14 GR:n7c16 GT:c24 HN:a4n20 HR:n17 HU:n24 \
    IE:a4n14 IL:n19 IQ:a4n15 IS:n22 IT:a1n10c12 JO:a4n4c18 KW:a4c22 KZ:n3c13 LB:n4c20 LC:a4c24 LI:n5c12 \
    LT:n16 LU:n3c13 LV:a4c13 LY:n21 MC:n10c11n2 MD:c20 ME:n18 MK:n3c10n2 MN:n16 MR:n23 MT:a4n5c18 \
    MU:a4n19a3 NI:a4n20 NL:a4n10 NO:n11 OM:n3c16 PK:a4c16 PL:n24 PS:a4c21 PT:n21 QA:a4c21 RO:a4c16 \
    RS:n18 RU:n14c15 SA:n2c18 SC:a4n20a3 SD:n14 SE:n20 SI:n15 SK:n20 SM:a1n10c12 SO:n19 ST:n21 SV:a4n20 \
    TL:n19 TN:n20 TR:n6c16 UA:n6c19 VA:n18 VG:a4n16 XK:n16 YE:a4n4c18";

/// Whether an account number, without its country and check digits, is made as its country makes them; of countries
/// that are not in the registry only the length is known.
pub(super) fn fits(country: &[u8], account: &[u8]) -> bool {
    let named = |entry: &&str| {
        entry
            .get(..2)
            .is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(country))
    };
    let Some(shape) = SHAPES
        .split_ascii_whitespace()
        .find(named)
        .and_then(|entry| entry.get(3..))
    else {
        return true;
    };
    let (mut rest, mut shape) = (account, shape);
    while let Some(class) = shape.chars().next() {
        let digits = shape.get(1..).unwrap_or_default();
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        let count = digits.get(..length).and_then(|count| count.parse().ok());
        let Some((group, tail)) = count.and_then(|count: usize| rest.split_at_checked(count)) else {
            return false;
        };
        let takes = |byte: &u8| match class {
            'n' => byte.is_ascii_digit(),
            'a' => byte.is_ascii_alphabetic(),
            _ => byte.is_ascii_alphanumeric(),
        };
        if !group.iter().all(takes) {
            return false;
        }
        rest = tail;
        shape = digits.get(length..).unwrap_or_default();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_made_as_their_countries_make_them() {
        assert!(fits(b"DE", b"370400440532013000") && !fits(b"DE", b"37040044053201300A"));
        assert!(fits(b"gb", b"NWBK60161331926819") && !fits(b"GB", b"NWB160161331926819"));
        assert!(!fits(b"DE", b"37040044053201300") && !fits(b"DE", b"3704004405320130000"));
        assert!(fits(b"DZ", b"anything1"));
    }
}
