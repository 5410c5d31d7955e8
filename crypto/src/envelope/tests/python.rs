//! A decryptor that shares no code with this crate: Python, and the page that describes the format.

use std::{env, process::Command};

use super::*;

/// The Python that has the package `cryptography`.
fn python() -> String {
    env::var("VAULT_TEST_CRYPTO_PYTHON")
        .expect("VAULT_TEST_CRYPTO_PYTHON: scripts/services start --kms; eval \"$(scripts/services env)\"")
}

/// What `decrypt.py` makes of an envelope, by a context that was taken apart as the page says.
fn decrypt(envelope: &[u8], scope: &str, label: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/decrypt.py"))
        .args([hex::encode([7; 32]), hex::encode(envelope), uuid(1).to_string()])
        .arg(scope)
        .args(label)
        .output()
        .expect("Python runs");
    let text = String::from_utf8(output.stdout).expect("text");
    output
        .status
        .success()
        .then(|| hex::decode(text.trim()).expect("hexadecimal"))
}

#[test]
fn python_opens_every_kind_of_value_by_the_page_alone() {
    const DATASET: &str = "0100000000000000000000000000000002";
    const USER: &str = "0200000000000000000000000000000003";
    let dataset = Scope::Dataset(DatasetId::from_uuid(uuid(2)));
    let user = Scope::User(UserId::from_uuid(uuid(3)));
    let address = ContentAddress::from_bytes([9; 32]);
    let (address_hex, id_hex) = (hex::encode([9; 32]), hex::encode(uuid(5).as_bytes()));
    let key_id = KeyId::from_uuid(uuid(5));
    let name_hex = hex::encode("record.metadata");
    let chunk = |index, place| Label::Chunk {
        address,
        index,
        place,
    };
    let wrapped = Label::Key {
        key_id,
        purpose: crate::hierarchy::KeyPurpose::Content,
        generation: 3,
    };
    let content_hex = hex::encode("content");
    let cases: [(Scope, Label, &str, &[&str]); 7] = [
        (
            dataset,
            Label::Field("record.metadata"),
            DATASET,
            &["0", &name_hex],
        ),
        (
            user,
            Label::FieldOf("record.metadata", uuid(5)),
            USER,
            &["1", &name_hex, &id_hex],
        ),
        (dataset, Label::Content(address), DATASET, &["2", &address_hex]),
        (
            dataset,
            chunk(1, ChunkPlace::Inner),
            DATASET,
            &["3", &address_hex, "00000001", "00"],
        ),
        (
            dataset,
            chunk(2, ChunkPlace::Last),
            DATASET,
            &["3", &address_hex, "00000002", "01"],
        ),
        (
            dataset,
            wrapped,
            DATASET,
            &["4", &id_hex, &content_hex, "00000003"],
        ),
        (Scope::Tenant, Label::TenantKey(key_id), "00", &["5", &id_hex]),
    ];
    for (scope, label, scope_hex, parts) in cases {
        let context = SealContext {
            tenant: TenantId::from_uuid(uuid(1)),
            scope,
            label,
        };
        let sealed = data_key(4, 7)
            .seal(&context, b"opened elsewhere")
            .expect("sealed");
        let opened = decrypt(&sealed, scope_hex, parts);
        assert_eq!(opened.as_deref(), Some(&b"opened elsewhere"[..]), "{label:?}");
        assert_eq!(decrypt(&sealed, "00", &["0", "00"]), None, "elsewhere: {label:?}");
        let mut changed = sealed;
        changed[50] ^= 1;
        assert_eq!(decrypt(&changed, scope_hex, parts), None, "changed: {label:?}");
    }
}
