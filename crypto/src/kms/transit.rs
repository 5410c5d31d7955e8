//! The transit engine of `OpenBao` and `HashiCorp` Vault, over its HTTP API.

use std::{fmt, path::PathBuf};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Client, StatusCode, Url, redirect::Policy};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{EncryptionContext, Kms, KmsError, WrappedKey};
use crate::secret::SecretKey;

const PROVIDER: &str = "vault";
/// The longest answer that is read, in bytes: a wrapped key has some hundred.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The longest token file that is read, in bytes.
const MAX_TOKEN_BYTES: usize = 4096;

/// Which key of a transit engine, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitKmsConfig {
    /// Where the server stands, such as `https://bao.internal:8200`.
    pub endpoint: String,
    /// Where the engine is mounted, such as `transit`.
    pub mount: String,
    /// The key's name. Its type must be an authenticated cipher, such as `aes256-gcm96`, and not derived.
    pub key_id: String,
    /// The namespace, where there are any.
    pub namespace: Option<String>,
    /// The file of the token. It is read at every call, so that an agent may renew it.
    pub token_path: PathBuf,
}

/// The configuration is not usable.
#[derive(Debug, thiserror::Error)]
pub enum TransitConfigError {
    /// The address is none.
    #[error("encryption.endpoint is no address of a server")]
    Endpoint,
    /// A mount or a key's name holds what cannot stand in a path.
    #[error(
        "encryption.mount and encryption.key_id hold letters, digits, `-`, `_`, `.` (and `/` in a mount) alone"
    )]
    Name,
    /// No client can be made.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
}

/// A root key in a transit engine.
pub struct TransitKms {
    client: Client,
    base: Url,
    config: TransitKmsConfig,
    name: String,
}

/// Why the server did not do what it was asked. What it says itself is left out: it may quote what it was sent.
#[derive(Debug, thiserror::Error)]
enum TransitFault {
    #[error("the transit engine answered with status {0}")]
    Status(u16),
    #[error("the answer of the transit engine is malformed")]
    Malformed,
    #[error("the token file cannot be read")]
    Token(#[source] std::io::Error),
    #[error("the token file holds no token")]
    NoToken,
    #[error("the transit engine cannot be reached")]
    Unreachable(#[source] reqwest::Error),
}

#[derive(Serialize, Zeroize, ZeroizeOnDrop)]
struct EncryptBody {
    plaintext: String,
    associated_data: String,
}

#[derive(Serialize)]
struct DecryptBody<'a> {
    ciphertext: &'a str,
    associated_data: String,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Encrypted {
    ciphertext: String,
}

#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Decrypted {
    plaintext: String,
}

impl TransitKms {
    /// Prepares the client; nothing is asked yet.
    ///
    /// # Errors
    /// When a setting is not usable.
    pub fn new(config: TransitKmsConfig) -> Result<Self, TransitConfigError> {
        let named = |text: &str| !text.is_empty() && !text.starts_with('.') && text.chars().all(is_name);
        let mounted = config.mount.split('/').all(named);
        if !mounted || !named(&config.key_id) {
            return Err(TransitConfigError::Name);
        }
        let base = Url::parse(&config.endpoint)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.query().is_none());
        let client = Client::builder()
            // the token is for this server alone
            .redirect(Policy::none())
            .build()
            .map_err(TransitConfigError::Client)?;
        Ok(Self {
            client,
            base: base.ok_or(TransitConfigError::Endpoint)?,
            name: format!("{}/{}", config.mount, config.key_id),
            config,
        })
    }

    async fn call<B: Serialize + Sync>(
        &self,
        operation: &str,
        body: &B,
    ) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let TransitKmsConfig { mount, key_id, .. } = &self.config;
        let mut url = self.base.clone();
        let path = format!(
            "{}/v1/{mount}/{operation}/{key_id}",
            url.path().trim_end_matches('/')
        );
        url.set_path(&path);
        let token = self.token().await.map_err(away)?;
        let mut request = self
            .client
            .post(url)
            .header("X-Vault-Token", token.as_str())
            .header("X-Vault-Request", "true");
        if let Some(namespace) = &self.config.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        let sent = request.json(body).send().await;
        let mut answer = sent.map_err(|error| away(TransitFault::Unreachable(error.without_url())))?;
        check(answer.status(), operation)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
        while let Some(part) = answer
            .chunk()
            .await
            .map_err(|error| away(TransitFault::Unreachable(error.without_url())))?
        {
            if bytes.len() + part.len() > MAX_ANSWER_BYTES {
                return Err(away(TransitFault::Malformed));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }

    async fn token(&self) -> Result<Zeroizing<String>, TransitFault> {
        let read = tokio::fs::read_to_string(&self.config.token_path).await;
        let text = Zeroizing::new(read.map_err(TransitFault::Token)?);
        let token = text.trim();
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES || !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(TransitFault::NoToken);
        }
        Ok(Zeroizing::new(token.to_owned()))
    }
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn away(fault: TransitFault) -> KmsError {
    KmsError::Unavailable(Box::new(fault))
}

fn check(status: StatusCode, operation: &str) -> Result<(), KmsError> {
    let fault = Box::new(TransitFault::Status(status.as_u16()));
    match status {
        ok if ok.is_success() => Ok(()),
        // what does not decrypt is a bad request to the engine
        StatusCode::BAD_REQUEST if operation == "decrypt" => Err(KmsError::Refused(fault)),
        // sealed, standby without forwarding, too many requests
        StatusCode::TOO_MANY_REQUESTS | StatusCode::PRECONDITION_FAILED => Err(KmsError::Unavailable(fault)),
        other if other.is_client_error() && !matches!(other.as_u16(), 472 | 473) => {
            Err(KmsError::Denied(fault))
        }
        _ => Err(KmsError::Unavailable(fault)),
    }
}

/// What the engine binds the ciphertext to: the context, in one frozen spelling.
fn associated_data(context: &EncryptionContext) -> String {
    let pairs = context.pairs().map(|(name, value)| format!("{name}={value}"));
    BASE64_STANDARD.encode(pairs.join(";"))
}

fn parse<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, KmsError> {
    let answer: Result<Answer<T>, _> = serde_json::from_slice(bytes);
    answer
        .map(|answer| answer.data)
        .map_err(|_| away(TransitFault::Malformed))
}

impl fmt::Debug for TransitKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransitKms({})", self.name)
    }
}

#[async_trait]
impl Kms for TransitKms {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn key_id(&self) -> &str {
        &self.name
    }

    fn opens(&self, wrapped: &WrappedKey) -> bool {
        wrapped.provider == PROVIDER && wrapped.kms_key == self.name
    }

    async fn wrap(&self, key: &SecretKey, context: &EncryptionContext) -> Result<WrappedKey, KmsError> {
        let body = EncryptBody {
            plaintext: BASE64_STANDARD.encode(key.expose()),
            associated_data: associated_data(context),
        };
        let answer: Encrypted = parse(&self.call("encrypt", &body).await?)?;
        Ok(WrappedKey {
            provider: PROVIDER.to_owned(),
            kms_key: self.name.clone(),
            bytes: answer.ciphertext.into_bytes(),
        })
    }

    async fn unwrap(&self, wrapped: &WrappedKey, context: &EncryptionContext) -> Result<SecretKey, KmsError> {
        if !self.opens(wrapped) {
            return Err(KmsError::OtherRootKey {
                expected: self.name.as_str().into(),
                found: wrapped.kms_key.as_str().into(),
            });
        }
        let ciphertext =
            str::from_utf8(&wrapped.bytes).map_err(|error| KmsError::Refused(Box::new(error)))?;
        let body = DecryptBody {
            ciphertext,
            associated_data: associated_data(context),
        };
        let answer: Decrypted = parse(&self.call("decrypt", &body).await?)?;
        let key = BASE64_STANDARD.decode(&answer.plaintext);
        let key = Zeroizing::new(key.map_err(|_| away(TransitFault::Malformed))?);
        Ok(SecretKey::from_slice(&key)?)
    }
}

#[cfg(test)]
mod tests;
