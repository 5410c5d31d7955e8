//! Why a use case did not do what was asked.

use vault_access::PasswordError;
use vault_crypto::{CryptoError, KeyError, RandomError};
use vault_domain::{
    ErrorCode, api_key::ApiKeyRefusal, approval::ApprovalRefusal, custom_type::CustomTypeRefusal,
    dataset::DatasetRefusal, grant::GrantRefusal, policy::PolicyRefusal, record_batch::RecordBatchRefusal,
    session::SessionRefusal, subject::SubjectRefusal, totp::TotpRefusal, user::UserRefusal,
};
use vault_event_store::{AppendError, EncodeError, LoadError, NotRecorded, archive::BundleError};
use vault_privacy::span_model::ModelFailure;
use vault_storage::ContentError;

/// What a key is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyNeed {
    /// It seals what is new.
    #[error("it seals what is new; rotate it first")]
    Seals,
    /// Values in the log are sealed with it.
    #[error("it sealed values in the log, which stay; it goes with its dataset")]
    SealsValues,
    /// Something may be left that it sealed.
    #[error("contents may be left that it sealed; rewrap it first")]
    NotRewrapped,
    /// It seals no contents of a dataset.
    #[error("only content keys of datasets are rewrapped and destroyed")]
    NoContents,
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A field of the request is not acceptable.
    #[error("{field} {message}")]
    Invalid {
        /// The field's path.
        field: String,
        /// Its code.
        code: ErrorCode,
        /// What is wrong with it, free of its value.
        message: String,
    },
    /// There is no such dataset for this caller.
    #[error("there is no such dataset")]
    DatasetNotFound,
    /// There is no such key for this caller.
    #[error("there is no such key")]
    KeyNotFound,
    /// The key does not seal, or does so no more.
    #[error("the key does not seal, or was rotated already")]
    KeyNotRotatable,
    /// Something needs the key.
    #[error("the key is needed: {0}")]
    KeyNeeded(KeyNeed),
    /// There is no such subject for this caller.
    #[error("there is no such subject")]
    SubjectNotFound,
    /// The subject was erased.
    #[error("the subject was erased")]
    SubjectErased,
    /// The subject must not be erased.
    #[error("the subject is held")]
    SubjectHeld {
        /// Why.
        reason: String,
    },
    /// The caller's tenant describes no such type.
    #[error("there is no such type")]
    CustomTypeNotFound,
    /// Another type that the tenant describes has that name.
    #[error("another type has that name")]
    CustomTypeNameTaken,
    /// The tenant describes as many types as it may.
    #[error("there are as many types as there may be")]
    TooManyCustomTypes,
    /// The caller's tenant has no such policy.
    #[error("there is no such policy")]
    PolicyNotFound,
    /// The policy is not in the state that the caller saw.
    #[error("the policy has changed meanwhile")]
    StalePolicy,
    /// The tenant has as many policies as it may.
    #[error("there are as many policies as there may be")]
    TooManyPolicies,
    /// The tenant has as many policies as it may that name neither a user nor a dataset.
    #[error("there are as many wide policies as there may be")]
    TooManyWidePolicies,
    /// The dataset has no such grant in force.
    #[error("there is no such grant")]
    GrantNotFound,
    /// The dataset has as many grants in force as it may.
    #[error("there are as many grants as there may be")]
    TooManyGrants,
    /// The tenant has no such approval, or it was over long ago.
    #[error("there is no such approval")]
    ApprovalNotFound,
    /// The approval is over, or in a state in which this cannot become of it.
    #[error("the approval is not in a state for this")]
    ApprovalNotInState,
    /// The caller asked for it.
    #[error("nobody decides on what they asked for themselves")]
    OwnApproval,
    /// The tenant, or the caller, has as many approvals as it may.
    #[error("there are as many approvals as there may be")]
    TooManyApprovals(#[source] ApprovalRefusal),
    /// Another dataset has that name.
    #[error("another dataset has that name")]
    NameTaken,
    /// Another dataset of the tenant has a name that looks the same.
    #[error("another dataset has a name that looks the same")]
    NameLooksAlike,
    /// The dataset is archived.
    #[error("the dataset is archived")]
    DatasetArchived,
    /// The dataset is not in the state that the caller saw.
    #[error("the dataset has changed meanwhile")]
    Stale,
    /// Others changed the same thing again and again.
    #[error("others change the same thing at the same time")]
    Contended,
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    IdempotencyKeyReused,
    /// The email or the password is wrong.
    #[error("the email or the password is wrong")]
    InvalidCredentials,
    /// The password is right, and logins of the account have failed too often.
    #[error("the account is locked")]
    AccountLocked,
    /// Logins from the caller's network have failed too often.
    #[error("logins from this network have failed too often")]
    NetworkLocked {
        /// When one may be tried again, in seconds.
        retry_after_s: u32,
    },
    /// The password is right, and the user is disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The invitation is unknown, used, or too old.
    #[error("the invitation is not valid")]
    InvalidInvitation,
    /// There is no such user for this caller.
    #[error("there is no such user")]
    UserNotFound,
    /// Somebody logs in with that email already.
    #[error("somebody has that email")]
    EmailTaken,
    /// The caller is no administrator, and does not have the roles itself.
    #[error("the caller does not have these roles")]
    RolesBeyondOwn,
    /// The tenant would have no administrator who can log in.
    #[error("the tenant would have no administrator")]
    LastAdministrator,
    /// The password is right, and a second factor is wanted.
    #[error("a second factor is wanted")]
    MfaRequired,
    /// The code of the second factor is wrong, or was used before.
    #[error("the code of the second factor is wrong")]
    InvalidMfaCode,
    /// There is a second factor already.
    #[error("there is a second factor already")]
    MfaActive,
    /// No second factor was begun with.
    #[error("no second factor was begun with")]
    MfaNotEnrolled,
    /// The secret of a second factor is not usable.
    #[error("the secret of a second factor is not usable")]
    TotpSecret(#[from] vault_access::UnusableSecret),
    /// The caller has no such session.
    #[error("there is no such session")]
    SessionNotFound,
    /// There is no such API key for this caller, or its time is over.
    #[error("there is no such API key")]
    ApiKeyNotFound,
    /// A certificate's name is mapped already, or was and is not any more.
    #[error("the name of the certificate is mapped already")]
    CertificateMapped,
    /// The caller has as many API keys as it may have.
    #[error("the caller has too many API keys")]
    TooManyApiKeys,
    /// The request was answered before, with a secret that is kept nowhere.
    #[error("an answer with a secret is not repeated")]
    SecretNotRepeated,
    /// The refresh token is unknown, used, or revoked.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// The refresh token's session has ended.
    #[error("the refresh token has expired")]
    RefreshTokenExpired,
    /// Passwords cannot be hashed now.
    #[error("passwords cannot be hashed")]
    Password(#[from] PasswordError),
    /// What was asked for could not be recorded.
    #[error("the access cannot be recorded")]
    NotRecorded(#[from] NotRecorded),
    /// The log cannot take it now.
    #[error("the log cannot take it")]
    Append(#[source] AppendError),
    /// The log cannot be read now.
    #[error("the log cannot be read")]
    Load(#[source] LoadError),
    /// Events are archived, and their bundle is not what was archived.
    #[error("an archived event is damaged")]
    ArchiveDamaged(#[source] BundleError),
    /// Events are archived, and their bundle cannot be read now.
    #[error("an archived event cannot be read")]
    Archive(#[source] BundleError),
    /// An event has no stored form.
    #[error("an event cannot be encoded")]
    Encode(#[from] EncodeError),
    /// A key cannot be had now.
    #[error("a key cannot be had")]
    Key(#[from] KeyError),
    /// Something does not encrypt or open.
    #[error("encryption failed")]
    Crypto(#[from] CryptoError),
    /// Large contents cannot be stored now.
    #[error("the content cannot be stored")]
    Content(#[source] ContentError),
    /// The operating system gives no randomness.
    #[error("no randomness")]
    Random(#[from] RandomError),
    /// An access token cannot be signed.
    #[error("a token cannot be signed")]
    Sign(#[from] vault_access::IssueError),
    /// Accounts cannot be read or written now.
    #[error("accounts cannot be reached")]
    Accounts(#[source] LoadError),
    /// The model of this deployment did not look at what was given.
    #[error("the model did not look at it")]
    Model(#[from] ModelFailure),
    /// Something went wrong that no caller can mend.
    #[error("internal fault")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl CommandError {
    pub(crate) fn accounts(error: vault_event_store::DatabaseError) -> Self {
        Self::Accounts(error.into())
    }

    pub(crate) fn invalid(field: &str, code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.to_owned(),
            code,
            message: message.into(),
        }
    }
}

impl From<ContentError> for CommandError {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Keys(error) => Self::Key(error),
            error => Self::Content(error),
        }
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Archive(error @ BundleError::Damaged { .. }) => Self::ArchiveDamaged(error),
            LoadError::Archive(error) => Self::Archive(error),
            error => Self::Load(error),
        }
    }
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::GuardMissing { .. } | AppendError::OtherTenant => Self::DatasetNotFound,
            AppendError::GuardClosed { .. } => Self::DatasetArchived,
            AppendError::Conflict { .. } => Self::Contended,
            error => Self::Append(error),
        }
    }
}

impl From<DatasetRefusal> for CommandError {
    fn from(refusal: DatasetRefusal) -> Self {
        match refusal {
            DatasetRefusal::Unknown | DatasetRefusal::Deleted => Self::DatasetNotFound,
            DatasetRefusal::Archived => Self::DatasetArchived,
            DatasetRefusal::AlreadyExists => Self::Internal(Box::new(refusal)),
        }
    }
}

impl From<CustomTypeRefusal> for CommandError {
    fn from(refusal: CustomTypeRefusal) -> Self {
        match refusal {
            CustomTypeRefusal::NameTaken => Self::CustomTypeNameTaken,
            CustomTypeRefusal::TooMany => Self::TooManyCustomTypes,
            CustomTypeRefusal::Unknown => Self::CustomTypeNotFound,
        }
    }
}

impl From<PolicyRefusal> for CommandError {
    fn from(refusal: PolicyRefusal) -> Self {
        match refusal {
            PolicyRefusal::TooMany => Self::TooManyPolicies,
            PolicyRefusal::TooManyWide => Self::TooManyWidePolicies,
            PolicyRefusal::Unknown => Self::PolicyNotFound,
        }
    }
}

impl From<GrantRefusal> for CommandError {
    fn from(refusal: GrantRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            GrantRefusal::TooMany => Self::TooManyGrants,
            GrantRefusal::Unknown => Self::GrantNotFound,
            GrantRefusal::NoActions | GrantRefusal::NotGrantable(_) => {
                Self::invalid("actions", ErrorCode::InvalidFieldValue, message)
            }
            GrantRefusal::BadExpiry => Self::invalid("expires_at", ErrorCode::InvalidFieldValue, message),
        }
    }
}

impl From<ApprovalRefusal> for CommandError {
    fn from(refusal: ApprovalRefusal) -> Self {
        match refusal {
            ApprovalRefusal::TooMany | ApprovalRefusal::TooManyOfOne | ApprovalRefusal::TooManyUnreviewed => {
                Self::TooManyApprovals(refusal)
            }
            ApprovalRefusal::BadDuration(_) => {
                Self::invalid("minutes", ErrorCode::InvalidFieldValue, refusal.to_string())
            }
            ApprovalRefusal::Unknown => Self::ApprovalNotFound,
            ApprovalRefusal::NotInState => Self::ApprovalNotInState,
            ApprovalRefusal::Own => Self::OwnApproval,
        }
    }
}

impl From<RecordBatchRefusal> for CommandError {
    fn from(refusal: RecordBatchRefusal) -> Self {
        match refusal {
            RecordBatchRefusal::Empty | RecordBatchRefusal::TooMany { .. } => {
                Self::invalid("records", ErrorCode::InvalidArraySize, refusal.to_string())
            }
            RecordBatchRefusal::AlreadyAdded => Self::Internal(Box::new(refusal)),
        }
    }
}

impl From<SubjectRefusal> for CommandError {
    fn from(refusal: SubjectRefusal) -> Self {
        match refusal {
            SubjectRefusal::Unknown => Self::SubjectNotFound,
            SubjectRefusal::Erased => Self::SubjectErased,
            SubjectRefusal::Held => Self::Internal(Box::new(refusal)),
        }
    }
}

impl From<SessionRefusal> for CommandError {
    fn from(refusal: SessionRefusal) -> Self {
        Self::Internal(Box::new(refusal))
    }
}

impl From<TotpRefusal> for CommandError {
    fn from(refusal: TotpRefusal) -> Self {
        match refusal {
            TotpRefusal::AlreadyActive => Self::MfaActive,
            TotpRefusal::NotEnrolled => Self::MfaNotEnrolled,
            TotpRefusal::NothingToUse => Self::InvalidMfaCode,
        }
    }
}

impl From<ApiKeyRefusal> for CommandError {
    fn from(refusal: ApiKeyRefusal) -> Self {
        Self::Internal(Box::new(refusal))
    }
}

impl From<UserRefusal> for CommandError {
    fn from(refusal: UserRefusal) -> Self {
        match refusal {
            UserRefusal::Unknown => Self::UserNotFound,
            UserRefusal::Disabled => Self::AccountDisabled,
            UserRefusal::AlreadyRegistered => Self::Internal(Box::new(refusal)),
        }
    }
}
