use proptest::prelude::*;

use super::*;

#[test]
fn a_key_has_its_prefix_and_a_check_sum_and_debug_shows_nothing() {
    let key = ApiKeySecret::from_random([0xab; 32]);
    let text = key.expose();
    assert_eq!(text.len(), 76);
    assert!(text.starts_with(&format!("vak_{}", "ab".repeat(32))));
    assert_eq!(key.hint(), "vak_ababab");
    assert_eq!(format!("{key:?}"), "ApiKeySecret([redacted])");
}

#[test]
fn what_is_no_key_is_refused() {
    let good = ApiKeySecret::from_random([0xab; 32]).expose();
    let digits = good.trim_start_matches(API_KEY_PREFIX);
    for bad in [
        "",
        "vak_",
        digits,
        &good[..75],
        &format!("{}0", good.as_str()),
        &format!("VAK_{digits}"),
        &format!("vak_{}", digits.to_uppercase()),
        &good.replacen("ab", "ac", 1),
        "vak_ü",
    ] {
        assert_eq!(ApiKeySecret::parse(bad).err(), Some(InvalidApiKey), "{bad}");
    }
    assert!(ApiKeySecret::parse(&"a".repeat(100_000)).is_err());
}

proptest! {
    #[test]
    fn a_key_comes_back_from_its_text(random: [u8; 32]) {
        let key = ApiKeySecret::from_random(random);
        let read = ApiKeySecret::parse(&key.expose()).expect("parses");
        prop_assert_eq!(read.hash(), key.hash());
    }

    #[test]
    fn one_changed_character_is_noticed(random: [u8; 32], place in 4_usize..76, to in "[0-9a-f]") {
        let good = ApiKeySecret::from_random(random).expose();
        let mut other = good.to_string();
        other.replace_range(place..=place, &to);
        prop_assert_eq!(ApiKeySecret::parse(&other).is_ok(), other == *good);
    }
}
