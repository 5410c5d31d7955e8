mod python;

use std::sync::Arc;

use proptest::prelude::*;
use vault_domain::{DatasetId, TenantId, UserId};

use super::*;
use crate::{
    address::ContentAddress,
    context::{ChunkPlace, Label, Scope},
    xaes::split,
};

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn data_key(id: u128, byte: u8) -> DataKey {
    DataKey::new(KeyId::from_uuid(uuid(id)), &SecretKey::take(&mut [byte; 32]))
}

fn context() -> SealContext {
    SealContext {
        tenant: TenantId::from_uuid(uuid(1)),
        scope: Scope::Dataset(DatasetId::from_uuid(uuid(2))),
        label: Label::Field("dataset.name"),
    }
}

#[test]
fn the_bytes_of_the_format_are_frozen() {
    let key = data_key(0x0123_4567_89ab_7def_8123_4567_89ab_cdef, 7);
    let (first, second) = split(b"ABCDEFGHIJKLMNOPQRSTUVWX");
    let nonce = FreshNonce {
        cipher: Arc::new(key.cipher.derive(&first)),
        first,
        second,
    };
    let sealed = key
        .seal_with_nonce(&context(), b"prompts", &nonce)
        .expect("short");
    let hex = hex::encode(&sealed);
    assert_eq!(
        &hex[..36],
        "01010123456789ab7def8123456789abcdef",
        "version, algorithm and key id"
    );
    assert_eq!(&hex[36..84], hex::encode(b"ABCDEFGHIJKLMNOPQRSTUVWX"), "nonce");
    assert_eq!(&hex[84..], FROZEN_BODY_AND_TAG);
    assert_eq!(sealed.len(), b"prompts".len() + OVERHEAD_BYTES);
    assert_eq!(
        key.open(&context(), &sealed).expect("authentic").as_slice(),
        b"prompts"
    );
}

const FROZEN_BODY_AND_TAG: &str = "bef885baa86644aa8c1904385bf18128b32d04bc541593";

#[test]
fn a_value_moved_elsewhere_does_not_open() {
    let key = data_key(1, 7);
    let here = context();
    let address = ContentAddress::from_bytes([1; 32]);
    let elsewhere = [
        SealContext {
            tenant: TenantId::from_uuid(uuid(9)),
            ..here
        },
        SealContext {
            scope: Scope::Tenant,
            ..here
        },
        SealContext {
            scope: Scope::Dataset(DatasetId::from_uuid(uuid(9))),
            ..here
        },
        SealContext {
            scope: Scope::User(UserId::from_uuid(uuid(2))),
            ..here
        },
        SealContext {
            label: Label::Field("dataset.nam"),
            ..here
        },
        SealContext {
            label: Label::FieldOf("dataset.name", uuid(2)),
            ..here
        },
        SealContext {
            label: Label::Content(address),
            ..here
        },
        SealContext {
            label: Label::Chunk {
                address,
                index: 0,
                place: ChunkPlace::Last,
            },
            ..here
        },
    ];
    let sealed = key.seal(&here, b"x").expect("sealed");
    for other in elsewhere {
        assert_eq!(
            key.open(&other, &sealed),
            Err(CryptoError::NotAuthentic(NotAuthentic)),
            "{other:?}"
        );
    }
    assert_eq!(key.open(&here, &sealed).expect("authentic").as_slice(), b"x");
}

#[test]
fn a_value_opens_under_its_own_key_and_key_id_alone() {
    let sealed = data_key(1, 7).seal(&context(), b"x").expect("sealed");
    let [expected, found] = [2, 1].map(|id| KeyId::from_uuid(uuid(id)));
    let other_id = data_key(2, 7);
    assert_eq!(
        other_id.open(&context(), &sealed),
        Err(CryptoError::OtherKey { expected, found })
    );
    let mut relabelled = sealed.clone();
    relabelled[2..18].copy_from_slice(uuid(2).as_bytes());
    assert_eq!(key_id(&relabelled), Ok(expected));
    assert_eq!(
        other_id.open(&context(), &relabelled),
        Err(CryptoError::NotAuthentic(NotAuthentic))
    );
    assert_eq!(
        data_key(1, 8).open(&context(), &sealed),
        Err(CryptoError::NotAuthentic(NotAuthentic))
    );
}

#[test]
fn unknown_versions_and_algorithms_are_named() {
    let key = data_key(1, 7);
    let mut sealed = key.seal(&context(), b"x").expect("sealed");
    sealed[1] = 9;
    assert_eq!(
        key.open(&context(), &sealed),
        Err(CryptoError::UnknownAlgorithm { found: 9 })
    );
    sealed[0] = 0;
    assert_eq!(key_id(&sealed), Err(CryptoError::UnknownVersion { found: 0 }));
}

#[test]
fn every_truncation_is_refused() {
    let key = data_key(1, 7);
    let sealed = key.seal(&context(), b"0123456789").expect("sealed");
    for length in 0..sealed.len() {
        let expected = if length < OVERHEAD_BYTES {
            CryptoError::Truncated { found_bytes: length }
        } else {
            CryptoError::NotAuthentic(NotAuthentic)
        };
        assert_eq!(key.open(&context(), &sealed[..length]), Err(expected), "{length}");
    }
}

#[test]
fn two_seals_of_one_value_share_no_nonce() {
    let key = data_key(1, 7);
    let one = key.seal(&context(), b"x").expect("sealed");
    let other = key.seal(&context(), b"x").expect("sealed");
    assert_ne!(one[NONCE..BODY], other[NONCE..BODY]);
}

#[test]
fn debug_shows_the_id_alone() {
    assert_eq!(
        format!("{:?}", data_key(1, 7)),
        "DataKey(00000000-0000-0000-0000-000000000001)"
    );
}

proptest! {
    #[test]
    fn what_was_sealed_opens(plaintext: Vec<u8>) {
        let key = data_key(1, 7);
        let sealed = key.seal_value(&context(), &plaintext).expect("sealed");
        prop_assert_eq!(key_id(sealed.envelope()), Ok(key.id()));
        let opened = key.open_value(&context(), &sealed).expect("authentic");
        prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
    }

    #[test]
    fn one_wrong_bit_is_refused(plaintext: Vec<u8>, place: proptest::sample::Index, bit in 0..8) {
        let key = data_key(1, 7);
        let mut sealed = key.seal(&context(), &plaintext).expect("sealed");
        let index = place.index(sealed.len());
        sealed[index] ^= 1_u8 << bit;
        prop_assert!(key.open(&context(), &sealed).is_err());
    }

    #[test]
    fn bytes_from_outside_never_open_and_never_panic(bytes: Vec<u8>) {
        prop_assert!(data_key(1, 7).open(&context(), &bytes).is_err());
    }
}
