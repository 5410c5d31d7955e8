//! AWS KMS. The root key never leaves it; each call names tenant and key in the encryption context, which AWS logs.

use std::{error::Error, fmt};

use async_trait::async_trait;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_sdk_kms::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::DataKeySpec,
};
use aws_smithy_http_client::tls;
use zeroize::Zeroizing;

use super::{EncryptionContext, GeneratedKey, Kms, KmsError, WrappedKey};
use crate::secret::SecretKey;

const PROVIDER: &str = "aws";
const SESSION_NAME: &str = "llm-data-vault";

/// What may pass without anybody doing anything; all other answers of the service are final.
const PASSING_FAULTS: [&str; 8] = [
    "DependencyTimeoutException",
    "KMSInternalException",
    "KeyUnavailableException",
    "ThrottlingException",
    "LimitExceededException",
    "RequestLimitExceeded",
    "ExpiredTokenException",
    "ServiceUnavailableException",
];

/// What says that the ciphertext, and not the right to open it, is at fault.
const REFUSALS: [&str; 2] = ["InvalidCiphertextException", "IncorrectKeyException"];

/// Which key of AWS KMS, and how to reach it. Credentials come from the environment, as with every AWS SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKmsConfig {
    /// The key's id, ARN or alias.
    pub key_id: String,
    /// The region; what the environment says when not set.
    pub region: Option<String>,
    /// Another address than the region's own, such as that of a VPC endpoint.
    pub endpoint: Option<String>,
    /// A role to assume first.
    pub role_arn: Option<String>,
}

/// A root key in AWS KMS.
pub struct AwsKms {
    client: Client,
    key_id: String,
    region: Option<String>,
}

impl AwsKms {
    /// Prepares the client; nothing is asked yet.
    pub async fn new(config: AwsKmsConfig) -> Self {
        Self::over(&shared_config(&config).await, config)
    }

    fn over(shared: &SdkConfig, config: AwsKmsConfig) -> Self {
        let mut builder = aws_sdk_kms::config::Builder::from(shared);
        // STS keeps its own address: an endpoint of KMS is none of STS.
        if let Some(endpoint) = config.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        Self {
            client: Client::from_conf(builder.build()),
            key_id: config.key_id,
            region: shared.region().map(ToString::to_string),
        }
    }

    fn wrapped(key_id: Option<String>, blob: Option<Blob>) -> Result<WrappedKey, KmsError> {
        let bytes = blob.ok_or_else(incomplete)?.into_inner();
        Ok(WrappedKey {
            provider: PROVIDER.to_owned(),
            kms_key: key_id.ok_or_else(incomplete)?,
            bytes,
        })
    }
}

async fn shared_config(config: &AwsKmsConfig) -> SdkConfig {
    // The process has one TLS implementation, and it is not the SDK's own.
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        // who wraps this KMS repeats, and sets the time of each attempt
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled());
    if let Some(region) = &config.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let shared = loader.load().await;
    match &config.role_arn {
        None => shared,
        Some(role) => {
            let role = AssumeRoleProvider::builder(role)
                .session_name(SESSION_NAME)
                .configure(&shared)
                .build()
                .await;
            shared
                .into_builder()
                .credentials_provider(aws_sdk_kms::config::SharedCredentialsProvider::new(role))
                .build()
        }
    }
}

/// The service answered with success and without what it promises.
#[derive(Debug, thiserror::Error)]
#[error("the answer of AWS KMS is incomplete")]
struct Incomplete;

fn incomplete() -> KmsError {
    KmsError::Unavailable(Box::new(Incomplete))
}

fn secret(blob: Option<Blob>) -> Result<SecretKey, KmsError> {
    let bytes = Zeroizing::new(blob.ok_or_else(incomplete)?.into_inner());
    Ok(SecretKey::from_slice(&bytes)?)
}

fn fault<E>(error: SdkError<E>) -> KmsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let SdkError::ServiceError(answer) = &error else {
        return KmsError::Unavailable(Box::new(error));
    };
    let code = answer.err().code().unwrap_or_default();
    let server_side = answer.raw().status().is_server_error();
    if server_side || PASSING_FAULTS.contains(&code) {
        KmsError::Unavailable(Box::new(error))
    } else if REFUSALS.contains(&code) {
        KmsError::Refused(Box::new(error))
    } else {
        KmsError::Denied(Box::new(error))
    }
}

impl fmt::Debug for AwsKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwsKms({})", self.key_id)
    }
}

#[async_trait]
impl Kms for AwsKms {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Every key that AWS KMS wrapped in this region: which of its keys that was stands beside it.
    fn opens(&self, wrapped: &WrappedKey) -> bool {
        // arn:aws:kms:REGION:ACCOUNT:key/ID
        let region = wrapped.kms_key.split(':').nth(3);
        wrapped.provider == PROVIDER && (region.is_none() || region == self.region.as_deref())
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        let mut call = self.client.encrypt().key_id(&self.key_id);
        for (name, value) in context.pairs() {
            call = call.encryption_context(name, value);
        }
        let answer = call.plaintext(Blob::new(key.expose().as_slice())).send().await;
        let answer = answer.map_err(fault)?;
        Self::wrapped(answer.key_id, answer.ciphertext_blob)
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError> {
        if !self.opens(wrapped) {
            return Err(KmsError::OtherProvider {
                expected: PROVIDER,
                found: wrapped.provider.as_str().into(),
            });
        }
        let mut call = self.client.decrypt().key_id(&wrapped.kms_key);
        for (name, value) in context.pairs() {
            call = call.encryption_context(name, value);
        }
        let answer = call.ciphertext_blob(Blob::new(wrapped.bytes.as_slice())).send();
        secret(answer.await.map_err(fault)?.plaintext)
    }

    async fn generate(&self, context: &EncryptionContext) -> Result<GeneratedKey, KmsError> {
        let mut call = self.client.generate_data_key().key_id(&self.key_id);
        for (name, value) in context.pairs() {
            call = call.encryption_context(name, value);
        }
        let answer = call.key_spec(DataKeySpec::Aes256).send().await.map_err(fault)?;
        Ok(GeneratedKey {
            key: secret(answer.plaintext)?,
            wrapped: Self::wrapped(answer.key_id, answer.ciphertext_blob)?,
        })
    }

    async fn rewrap(
        &self,
        wrapped: &WrappedKey,
        context: &EncryptionContext,
    ) -> Result<WrappedKey, KmsError> {
        let mut call = self.client.re_encrypt();
        for (name, value) in context.pairs() {
            call = call
                .source_encryption_context(name, &value)
                .destination_encryption_context(name, value);
        }
        let answer = call
            .source_key_id(&wrapped.kms_key)
            .destination_key_id(&self.key_id)
            .ciphertext_blob(Blob::new(wrapped.bytes.as_slice()))
            .send()
            .await
            .map_err(fault)?;
        Self::wrapped(answer.key_id, answer.ciphertext_blob)
    }
}

#[cfg(test)]
mod tests;
