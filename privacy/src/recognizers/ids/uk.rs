//! The United Kingdom.

use vault_domain::EntityType::{UkDrivingLicence, UkNhs, UkNino, UkPassport, UkPostcode, UkVehiclePlate};

use super::{
    super::checksum::{all_same, number, weighted},
    IdRule,
    dates::days_of,
    unchecked,
};
use crate::confidence::{
    Strength::{Hint, Medium, Strong, Weak},
    Validity,
};

pub(super) const RULES: &[IdRule] = &[
    IdRule::new(
        UkNhs,
        &[
            ("999 999 9999", Hint),
            ("999-999-9999", Hint),
            ("9999999999", Hint),
        ],
        nhs,
        &[
            "nhs",
            "nhs number",
            "nhs no",
            "national health service",
            "health service",
            "chi number",
            "patient",
        ],
    ),
    IdRule::new(
        UkNino,
        &[
            ("AA999999A", Medium),
            ("AA 99 99 99 A", Strong),
            ("AA-99-99-99-A", Strong),
            ("AA 999999 A", Medium),
            ("AA999999 A", Medium),
            ("AA 999999A", Medium),
        ],
        nino,
        &[
            "nino",
            "national insurance",
            "national insurance number",
            "ni number",
            "ni no",
            "insurance number",
        ],
    ),
    IdRule::new(
        UkPassport,
        &[("999999999", Hint), ("AA9999999", Weak), ("999 999 999", Hint)],
        unchecked,
        &[
            "passport",
            "uk passport",
            "british passport",
            "hm passport",
            "hmpo",
            "passport number",
            "passport no",
            "united kingdom passport",
        ],
    )
    .with_context(),
    IdRule::new(
        UkDrivingLicence,
        &[
            ("XXXXX999999XX9AA", Strong),
            ("XXXXX 999999 XX9AA", Strong),
            ("XXXXX999999XX9AA99", Strong),
            ("XXXXX 999999 XX9AA 99", Strong),
            ("XXXXX-999999-XX9AA", Strong),
            ("XXXXX999999XX9AA 99", Strong),
            ("XXXXX999999XXXAA", Medium),
        ],
        driving_licence,
        &[
            "driving licence",
            "driving license",
            "driver number",
            "dvla",
            "licence number",
            "licence no",
        ],
    ),
    IdRule::new(
        UkPostcode,
        &[
            ("A9 9AA", Medium),
            ("A99 9AA", Medium),
            ("AA9 9AA", Medium),
            ("AA99 9AA", Medium),
            ("A9A 9AA", Medium),
            ("AA9A 9AA", Medium),
            ("A99AA", Hint),
            ("A999AA", Hint),
            ("AA99AA", Hint),
            ("AA999AA", Hint),
            ("A9A9AA", Hint),
            ("AA9A9AA", Hint),
        ],
        postcode,
        &[
            "postcode",
            "post code",
            "postal code",
            "postal address",
            "address",
        ],
    ),
    IdRule::new(
        UkVehiclePlate,
        &[("AA99 AAA", Medium), ("AA99AAA", Weak), ("AA99-AAA", Weak)],
        plate,
        &[
            "registration",
            "registration no",
            "registration number",
            "vehicle registration",
            "number plate",
            "licence plate",
            "license plate",
            "reg",
            "reg no",
            "vrm",
            "vrn",
            "plate",
            "vehicle",
            "dvla",
            "car",
        ],
    ),
    IdRule::new(
        UkVehiclePlate,
        &[
            ("A9{1,3} AAA", Weak),
            ("A9{1,3}AAA", Weak),
            ("AAA 9{1,3}A", Weak),
            ("AAA9{1,3}A", Weak),
        ],
        unchecked,
        &[],
    )
    .labelled(),
];

/// Weights ten to two, modulo eleven (NHS Data Dictionary).
fn nhs(code: &[u8]) -> Validity {
    let sum = weighted(code, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    Validity::plausible(sum.is_some_and(|sum| sum % 11 == 0) && !all_same(code))
}

/// Letters that are given out (HMRC, NIM39110).
fn nino(code: &[u8]) -> Validity {
    let &[first, second, .., suffix] = code else {
        return Validity::Invalid;
    };
    let refused: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    let given = !b"DFIQUV".contains(&first)
        && !b"DFIQUVO".contains(&second)
        && !refused.contains(&&[first, second])
        && (b'A'..=b'D').contains(&suffix);
    if given {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// Five letters of the name filled up with nines, the birth date turned about, two initials (DVLA).
fn driving_licence(code: &[u8]) -> Validity {
    let name = code.get(..5).unwrap_or_default();
    let letters = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let filled = letters > 0 && name.iter().skip(letters).all(|byte| *byte == b'9');
    let month = code.get(6..8).and_then(number).unwrap_or_default();
    let day = code.get(8..10).and_then(number).unwrap_or_default();
    let month = if month > 50 { month - 50 } else { month };
    let born = (1..=days_of(month)).contains(&day);
    let initial = |at: usize| {
        code.get(at)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'9')
    };
    Validity::require(filled && born && initial(11) && initial(12))
}

/// The areas of the Royal Mail, and letters that do not stand in the second half.
fn postcode(code: &[u8]) -> Validity {
    const ONE: &[u8] = b"BEGLMNSW";
    const TWO: &str = "AB AL BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY EC \
        EH EN EX FK FY GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY LA LD LE LL LN LS LU ME MK ML NE \
        NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS \
        TW UB WA WC WD WF WN WR WS WV YO ZE";
    let letters = code.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let area = code.get(..letters).unwrap_or_default();
    let known = match area {
        [one] => ONE.contains(one),
        [_, _] => TWO.as_bytes().chunks(3).any(|name| name.starts_with(area)),
        _ => false,
    };
    let inward = code
        .len()
        .checked_sub(2)
        .and_then(|at| code.get(at..))
        .unwrap_or_default();
    let fits = known && !inward.iter().any(|byte| b"CIKMOV".contains(byte));
    if fits {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// Letters that a memory tag and a serial have, and half-years since 2001 (DVLA, INF104).
fn plate(code: &[u8]) -> Validity {
    let &[first, second, .., x, y, z] = code else {
        return Validity::Invalid;
    };
    let age = code.get(2..4).and_then(number).unwrap_or_default();
    let letters = !b"IJQTUXZ".contains(&first)
        && !b"IQZ".contains(&second)
        && [x, y, z].iter().all(|byte| !b"IQ".contains(byte));
    let known = matches!(age, 2..=49 | 51..=99) && letters;
    if known {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}
