use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
};

use tempfile::TempDir;
use vault_domain::TenantId;

use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("root.key");
    (folder, path)
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("chmod");
}

fn context(tenant: u128, key_id: u128) -> EncryptionContext {
    EncryptionContext {
        tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
        key_id: KeyId::from_uuid(Uuid::from_u128(key_id)),
    }
}

fn local(byte: u8) -> LocalKms {
    LocalKms::from_root(SecretKey::take(&mut [byte; 32]))
}

#[test]
fn a_new_key_file_is_private_whole_and_opens_to_the_same_key() {
    let (folder, path) = folder();
    let created = LocalKms::create(&path).expect("created");
    assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
    let opened = LocalKms::open(&path).expect("opened");
    assert_eq!(opened.key_id(), created.key_id());
    assert_eq!(
        opened.service_key().derive("batch-mac"),
        created.service_key().derive("batch-mac")
    );
    assert_eq!(
        fs::read_dir(folder.path()).expect("listed").count(),
        1,
        "no temporary file is left"
    );
}

#[test]
fn an_existing_key_file_is_never_replaced() {
    let (folder, path) = folder();
    LocalKms::create(&path).expect("created");
    let before = fs::read(&path).expect("read");
    assert!(matches!(LocalKms::create(&path), Err(KeyFileError::Exists { path: named }) if named == path));
    assert_eq!(fs::read(&path).expect("read"), before);
    assert_eq!(
        fs::read_dir(folder.path()).expect("listed").count(),
        1,
        "no temporary file is left"
    );
}

#[test]
fn a_missing_file_or_folder_is_named() {
    let (folder, path) = folder();
    assert!(matches!(LocalKms::open(&path), Err(KeyFileError::Missing { path: named }) if named == path));
    let deeper = folder.path().join("absent").join("root.key");
    assert!(
        matches!(LocalKms::create(&deeper), Err(KeyFileError::Missing { path: named }) if named == deeper)
    );
}

#[test]
fn a_file_that_others_may_use_is_refused() {
    let (_folder, path) = folder();
    LocalKms::create(&path).expect("created");
    for mode in [0o640, 0o604, 0o620, 0o610, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        let error = LocalKms::open(&path).expect_err("exposed");
        assert!(
            matches!(error, KeyFileError::Exposed { mode: named, .. } if named == mode),
            "{error}"
        );
        assert!(error.to_string().contains(path.to_str().expect("UTF-8")));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("chmod");
    assert!(LocalKms::open(&path).is_ok());
}

#[test]
fn links_and_folders_are_refused() {
    let (folder, path) = folder();
    LocalKms::create(&path).expect("created");
    let link = folder.path().join("link.key");
    symlink(&path, &link).expect("linked");
    assert!(matches!(
        LocalKms::open(&link),
        Err(KeyFileError::NotRegular { .. })
    ));
    assert!(matches!(
        LocalKms::open(folder.path()),
        Err(KeyFileError::NotRegular { .. })
    ));
    let dangling = folder.path().join("dangling.key");
    symlink(folder.path().join("absent"), &dangling).expect("linked");
    assert!(matches!(
        LocalKms::create(&dangling),
        Err(KeyFileError::Exists { .. })
    ));
}

#[test]
fn malformed_files_are_refused() {
    let (_folder, path) = folder();
    let digits = "ab".repeat(32);
    let good = format!("vault-local-key-v1\n{digits}\n");
    write(&path, &good);
    assert!(LocalKms::open(&path).is_ok());
    let bad = [
        String::new(),
        digits.clone(),
        format!("{digits}\n"),
        format!("vault-local-key-v2\n{digits}\n"),
        format!("vault-local-key-v1\n{digits}"),
        format!("vault-local-key-v1\n{}\n", "ab".repeat(31)),
        format!("vault-local-key-v1\n{}\n", "ab".repeat(33)),
        format!("vault-local-key-v1\n{}zz\n", "ab".repeat(31)),
        format!("{good}\n"),
        good.repeat(1000),
    ];
    for text in bad {
        write(&path, &text);
        assert!(
            matches!(LocalKms::open(&path), Err(KeyFileError::Malformed { .. })),
            "{text:.80}"
        );
    }
}

#[tokio::test]
async fn a_wrapped_key_unwraps_in_its_own_context_alone() {
    let kms = local(1);
    let generated = kms.generate(&context(1, 2)).await.expect("generated");
    let unwrapped = kms
        .unwrap(&generated.wrapped, &context(1, 2))
        .await
        .expect("unwrapped");
    assert_eq!(unwrapped, generated.key);
    for other in [context(9, 2), context(1, 9)] {
        let refused = kms.unwrap(&generated.wrapped, &other).await;
        assert!(matches!(refused, Err(KmsError::Refused(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_key_wrapped_elsewhere_is_refused_with_the_reason() {
    let wrapped = local(1)
        .generate(&context(1, 2))
        .await
        .expect("generated")
        .wrapped;
    let other = local(2);
    let refused = other.unwrap(&wrapped, &context(1, 2)).await;
    assert!(
        matches!(refused, Err(KmsError::OtherRootKey { .. })),
        "{refused:?}"
    );
    let relabelled = WrappedKey {
        kms_key: other.key_id().to_owned(),
        ..wrapped.clone()
    };
    let refused = other.unwrap(&relabelled, &context(1, 2)).await;
    assert!(matches!(refused, Err(KmsError::Refused(_))), "{refused:?}");
    let foreign = WrappedKey {
        provider: "aws".to_owned(),
        ..wrapped
    };
    let refused = local(1).unwrap(&foreign, &context(1, 2)).await;
    assert!(
        matches!(refused, Err(KmsError::OtherProvider { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn rewrapping_keeps_the_key() {
    let kms = local(1);
    let generated = kms.generate(&context(1, 2)).await.expect("generated");
    let rewrapped = kms
        .rewrap(&generated.wrapped, &context(1, 2))
        .await
        .expect("rewrapped");
    assert_ne!(rewrapped, generated.wrapped);
    assert_eq!(
        kms.unwrap(&rewrapped, &context(1, 2)).await.expect("unwrapped"),
        generated.key
    );
}

#[test]
fn derived_keys_depend_on_label_and_root_and_are_not_the_root() {
    assert_ne!(
        local(1).service_key().derive("a"),
        local(1).service_key().derive("b")
    );
    assert_ne!(
        local(1).service_key().derive("a"),
        local(2).service_key().derive("a")
    );
    assert_ne!(local(1).service_key().derive(""), SecretKey::take(&mut [1; 32]));
    assert_eq!(
        format!("{:?}", local(1)),
        format!("LocalKms({})", local(1).key_id())
    );
}

#[test]
fn a_passphrase_seals_the_file_and_nothing_else_opens_it() {
    const PASSPHRASE: &str = "correct horse battery";
    let (_folder, path) = folder();
    let short = LocalKms::create_with_passphrase(&path, "too short");
    assert!(matches!(short, Err(KeyFileError::ShortPassphrase)), "{short:?}");
    let created = LocalKms::create_with_passphrase(&path, PASSPHRASE).expect("created");
    assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
    let opened = LocalKms::open_with_passphrase(&path, PASSPHRASE).expect("opened");
    assert_eq!(opened.key_id(), created.key_id());
    let text = fs::read_to_string(&path).expect("text");
    assert!(!text.contains(&hex::encode(created.root.expose())), "sealed");

    let bare = LocalKms::open(&path);
    assert!(
        matches!(bare, Err(KeyFileError::NeedsPassphrase { .. })),
        "{bare:?}"
    );
    let wrong = LocalKms::open_with_passphrase(&path, "correct horse batterx");
    assert!(
        matches!(wrong, Err(KeyFileError::WrongPassphrase { .. })),
        "{wrong:?}"
    );
    for (from, to) in [
        ("argon2id 65536 6 4", "argon2id 65536 1 4"),
        ("argon2id 65536", "argon2id 9999999"),
    ] {
        write(&path, &text.replace(from, to));
        let changed = LocalKms::open_with_passphrase(&path, PASSPHRASE);
        assert!(
            matches!(changed, Err(KeyFileError::WrongPassphrase { .. })),
            "{to}: {changed:?}"
        );
    }
    for bad in [
        text.replace("argon2id", "scrypt"),
        text.trim_end().to_owned(),
        format!("{text}x\n"),
    ] {
        write(&path, &bad);
        let malformed = LocalKms::open_with_passphrase(&path, PASSPHRASE);
        assert!(
            matches!(malformed, Err(KeyFileError::Malformed { .. })),
            "{malformed:?}"
        );
    }
}

#[test]
fn a_file_in_clear_is_refused_where_a_passphrase_is_set() {
    let (_folder, path) = folder();
    LocalKms::create(&path).expect("created");
    let refused = LocalKms::open_with_passphrase(&path, "correct horse battery");
    assert!(
        matches!(refused, Err(KeyFileError::NotSealed { .. })),
        "{refused:?}"
    );
}
