use std::env;

use aws_sdk_kms::config::{Credentials, SharedCredentialsProvider};
use serde_json::json;
use uuid::Uuid;
use vault_domain::{KeyId, TenantId};

use super::*;
use crate::kms::fake_http::FakeHttp;

const REGION: &str = "eu-central-1";

fn context(tenant: u128) -> EncryptionContext {
    EncryptionContext {
        tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
        key_id: KeyId::from_uuid(Uuid::from_u128(2)),
    }
}

async fn at(endpoint: String, key_id: String) -> AwsKms {
    let config = AwsKmsConfig {
        key_id,
        region: Some(REGION.to_owned()),
        endpoint: Some(endpoint),
        role_arn: None,
    };
    let credentials = Credentials::new("test", "test", None, None, "tests");
    let shared = shared_config(&config).await.into_builder();
    let shared = shared.credentials_provider(SharedCredentialsProvider::new(credentials));
    AwsKms::over(&shared.build(), config)
}

/// A key of its own at the service that `scripts/services start --kms` runs.
async fn new_key() -> AwsKms {
    let endpoint = env::var("VAULT_TEST_KMS_ENDPOINT")
        .expect("VAULT_TEST_KMS_ENDPOINT: scripts/services start --kms; eval \"$(scripts/services env)\"");
    let kms = at(endpoint.clone(), "none yet".to_owned()).await;
    let created = kms.client.create_key().send().await.expect("a key");
    let arn = created.key_metadata.expect("told").arn.expect("an ARN");
    at(endpoint, arn).await
}

#[tokio::test]
async fn generated_and_wrapped_keys_unwrap_in_their_own_context_alone() {
    let kms = new_key().await;
    let generated = kms.generate(&context(1)).await.expect("generated");
    assert_eq!(generated.wrapped.provider, "aws");
    assert_eq!(generated.wrapped.kms_key, kms.key_id());
    let wrapped = kms.wrap(&generated.key, &context(1)).await.expect("wrapped");
    for wrapped in [&generated.wrapped, &wrapped] {
        let opened = kms.unwrap(wrapped, &context(1)).await.expect("unwrapped");
        assert_eq!(opened, generated.key);
        let refused = kms.unwrap(wrapped, &context(9)).await;
        assert!(matches!(refused, Err(KmsError::Refused(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn an_older_keys_wrapping_is_renewed_without_showing_the_key() {
    let (old, new) = (new_key().await, new_key().await);
    let generated = old.generate(&context(1)).await.expect("generated");
    let rewrapped = new
        .rewrap(&generated.wrapped, &context(1))
        .await
        .expect("rewrapped");
    assert_eq!(rewrapped.kms_key, new.key_id());
    assert_ne!(new.key_id(), old.key_id());
    assert_eq!(
        new.unwrap(&rewrapped, &context(1)).await.expect("unwrapped"),
        generated.key
    );
    let elsewhere = new.rewrap(&generated.wrapped, &context(9)).await;
    assert!(matches!(elsewhere, Err(KmsError::Refused(_))), "{elsewhere:?}");
}

#[tokio::test]
async fn an_unknown_key_and_a_dead_service_are_told_apart() {
    let known = new_key().await;
    let wrapped = known.generate(&context(1)).await.expect("generated").wrapped;
    let endpoint = env::var("VAULT_TEST_KMS_ENDPOINT").expect("set");
    let unknown = at(
        endpoint,
        format!("arn:aws:kms:{REGION}:123456789012:key/{}", Uuid::nil()),
    )
    .await;
    let error = unknown.generate(&context(1)).await.expect_err("unknown");
    assert!(matches!(error, KmsError::Denied(_)), "{error:?}");
    let dead = at("http://127.0.0.1:1".to_owned(), known.key_id.clone()).await;
    let error = dead.unwrap(&wrapped, &context(1)).await.expect_err("dead");
    assert!(error.is_outage(), "{error:?}");
}

#[tokio::test]
async fn a_key_of_another_region_is_another_clients() {
    let kms = at("http://127.0.0.1:1".to_owned(), "alias/root".to_owned()).await;
    let wrapped = |provider: &str, kms_key: &str| WrappedKey {
        provider: provider.to_owned(),
        kms_key: kms_key.to_owned(),
        bytes: Vec::new(),
    };
    assert!(kms.opens(&wrapped("aws", "arn:aws:kms:eu-central-1:123456789012:key/1")));
    assert!(!kms.opens(&wrapped("aws", "arn:aws:kms:us-east-1:123456789012:key/1")));
    assert!(!kms.opens(&wrapped("vault", "transit/root")));
}

/// Moto lets disabled keys work, so what AWS answers comes from here.
#[tokio::test]
async fn a_disabled_key_is_denied_and_a_busy_service_is_an_outage() {
    for (status, code, outage) in [
        (400, "DisabledException", false),
        (400, "KMSInvalidStateException", false),
        (400, "AccessDeniedException", false),
        (400, "ThrottlingException", true),
        (400, "ExpiredTokenException", true),
        (500, "KMSInternalException", true),
        (503, "SomethingNew", true),
    ] {
        let fake = FakeHttp::start(move |_| (status, json!({"__type": code, "message": "no"}))).await;
        let kms = at(fake.address.clone(), "alias/root".to_owned()).await;
        let error = kms.generate(&context(1)).await.expect_err("no success");
        assert_eq!(error.is_outage(), outage, "{code}: {error:?}");
        assert_eq!(matches!(error, KmsError::Denied(_)), !outage, "{code}: {error:?}");
        let [asked] = <[_; 1]>::try_from(fake.asked()).expect("one attempt: repeating is not the SDK's");
        assert_eq!(asked.headers["x-amz-target"], "TrentService.GenerateDataKey");
        let bound = &asked.body["EncryptionContext"];
        assert_eq!(bound["vault:tenant"], context(1).tenant.to_string());
        assert_eq!(bound["vault:key"], context(1).key_id.to_string());
        assert!(asked.headers["authorization"].contains(&format!("/{REGION}/kms/aws4_request")));
    }
}

#[tokio::test]
async fn an_answer_without_a_key_is_an_outage() {
    let fake = FakeHttp::start(|_| (200, json!({"KeyId": "alias/root"}))).await;
    let kms = at(fake.address.clone(), "alias/root".to_owned()).await;
    let error = kms.generate(&context(1)).await.expect_err("incomplete");
    assert!(error.is_outage(), "{error:?}");
}
