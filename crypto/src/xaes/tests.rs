mod gcm;

use aes::Aes256;
use aes_gcm::Aes256Gcm;
use cmac::{Cmac, Mac};
use proptest::prelude::*;
use shake::{
    Shake128,
    digest::{ExtendableOutput, Update, XofReader},
};

use super::*;

fn key(bytes: [u8; 32]) -> SecretKey {
    SecretKey::from_slice(&bytes).expect("32 bytes")
}

fn seal(cipher: &Xaes256Gcm, nonce: [u8; 24], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut buffer = plaintext.to_vec();
    let tag = cipher.seal_in_place(&nonce, aad, &mut buffer).expect("short");
    buffer.extend_from_slice(&tag);
    buffer
}

#[test]
fn the_vectors_of_the_specification_hold() {
    let nonce = *b"ABCDEFGHIJKLMNOPQRSTUVWX";
    let clear_top_bit = Xaes256Gcm::new(&key([1; 32]));
    assert_eq!(
        hex::encode(*clear_top_bit.subkey),
        "e531954aca063d5b8d9c47a47d4cc6f0"
    );
    assert_eq!(
        hex::encode(seal(&clear_top_bit, nonce, b"", b"XAES-256-GCM")),
        "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"
    );
    let set_top_bit = Xaes256Gcm::new(&key([3; 32]));
    assert_eq!(
        hex::encode(*set_top_bit.subkey),
        "23810ec50edb99f374409466ed1f4b7b"
    );
    assert_eq!(
        hex::encode(seal(
            &set_top_bit,
            nonce,
            b"c2sp.org/XAES-256-GCM",
            b"XAES-256-GCM"
        )),
        "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"
    );
}

fn read_array<const N: usize>(random: &mut impl XofReader) -> [u8; N] {
    let mut bytes = [0; N];
    random.read(&mut bytes);
    bytes
}

fn read_opaque(random: &mut impl XofReader) -> Vec<u8> {
    let [length] = read_array(random);
    let mut bytes = vec![0; usize::from(length)];
    random.read(&mut bytes);
    bytes
}

#[test]
fn ten_thousand_accumulated_vectors_hold_and_open_again() {
    let mut random = Shake128::default().finalize_xof();
    let mut accumulated = Shake128::default();
    for _ in 0..10_000 {
        let cipher = Xaes256Gcm::new(&key(read_array(&mut random)));
        let nonce = read_array(&mut random);
        let plaintext = read_opaque(&mut random);
        let aad = read_opaque(&mut random);
        let sealed = seal(&cipher, nonce, &aad, &plaintext);
        accumulated.update(&sealed);

        let (body, tag) = sealed.split_at(plaintext.len());
        let mut opened = body.to_vec();
        cipher
            .open_in_place(&nonce, &aad, &mut opened, tag.try_into().expect("16 bytes"))
            .expect("authentic");
        assert_eq!(opened, plaintext);
    }
    let digest: [u8; 32] = read_array(&mut accumulated.finalize_xof());
    assert_eq!(
        hex::encode(digest),
        "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"
    );
}

proptest! {
    /// The derivation written out here against the CMAC crate.
    #[test]
    fn the_derived_key_is_cmac(bytes: [u8; 32], nonce: [u8; 24], plaintext: Vec<u8>) {
        let mut derived = [0; 32];
        for (counter, half) in [1, 2].into_iter().zip(derived.chunks_exact_mut(16)) {
            let mut mac = Cmac::<Aes256>::new(&bytes.into());
            Mac::update(&mut mac, &[0, counter, b'X', 0]);
            Mac::update(&mut mac, &nonce[..12]);
            half.copy_from_slice(&mac.finalize().into_bytes());
        }
        let mut expected = plaintext.clone();
        let gcm_nonce: [u8; 12] = nonce[12..].try_into().expect("12 bytes");
        let tag = Aes256Gcm::new(&derived.into())
            .encrypt_inout_detached(&gcm_nonce.into(), b"aad", expected.as_mut_slice().into())
            .expect("short");
        expected.extend_from_slice(&tag);
        prop_assert_eq!(seal(&Xaes256Gcm::new(&key(bytes)), nonce, b"aad", &plaintext), expected);
    }

    #[test]
    fn one_wrong_bit_anywhere_is_refused_and_decrypts_nothing(
        plaintext in proptest::collection::vec(any::<u8>(), 0..200),
        aad in proptest::collection::vec(any::<u8>(), 0..50),
        nonce: [u8; 24],
        place: proptest::sample::Index,
        bit in 0..8,
    ) {
        let cipher = Xaes256Gcm::new(&key([9; 32]));
        let sealed = seal(&cipher, nonce, &aad, &plaintext);
        let mut all = [nonce.as_slice(), &aad, &sealed].concat();
        all[place.index(nonce.len() + aad.len() + sealed.len())] ^= 1_u8 << bit;
        let (wrong_nonce, rest) = all.split_at(24);
        let (wrong_aad, rest) = rest.split_at(aad.len());
        let (body, tag) = rest.split_at(plaintext.len());
        let mut buffer = body.to_vec();
        let opened = cipher.open_in_place(
            wrong_nonce.try_into().expect("24 bytes"),
            wrong_aad,
            &mut buffer,
            tag.try_into().expect("16 bytes"),
        );
        prop_assert_eq!(opened, Err(NotAuthentic));
        prop_assert_eq!(buffer.as_slice(), body);
    }
}
