use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;
use vault_domain::{KeyId, TenantId};

use super::*;
use crate::kms::LocalKms;

const CONTEXT: EncryptionContext = EncryptionContext {
    tenant: TenantId::from_uuid(Uuid::from_u128(1)),
    key_id: KeyId::from_uuid(Uuid::from_u128(2)),
};

fn local(folder: &TempDir, name: &str) -> Arc<dyn Kms> {
    Arc::new(LocalKms::create(&folder.path().join(name)).expect("created"))
}

#[tokio::test]
async fn old_keys_unwrap_where_they_were_wrapped_and_new_ones_are_wrapped_by_the_current() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (local(&folder, "old"), local(&folder, "new"));
    let generated = old.generate(&CONTEXT).await.expect("generated");
    let set = KmsSet::new(Arc::clone(&new), vec![Arc::clone(&old)]);
    let opened = set.unwrap(&generated.wrapped, &CONTEXT).await.expect("unwrapped");
    assert_eq!(opened, generated.key);

    let rewrapped = set.rewrap(&generated.wrapped, &CONTEXT).await.expect("rewrapped");
    assert_eq!(rewrapped.kms_key, new.key_id());
    let alone = new.unwrap(&rewrapped, &CONTEXT).await.expect("unwrapped");
    assert_eq!(alone, generated.key);
}

#[tokio::test]
async fn a_key_of_a_kms_that_is_gone_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (local(&folder, "old"), local(&folder, "new"));
    let wrapped = old.generate(&CONTEXT).await.expect("generated").wrapped;
    let error = KmsSet::new(new, Vec::new()).unwrap(&wrapped, &CONTEXT).await;
    let error = error.expect_err("nobody holds it");
    assert!(matches!(error, KmsError::NotConfigured { .. }), "{error:?}");
    assert!(error.to_string().contains(old.key_id()), "{error}");
}
