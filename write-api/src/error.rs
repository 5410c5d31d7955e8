//! From the errors of use cases to problem documents: the one table.

use axum::http::StatusCode;
use vault_commands::CommandError;
use vault_domain::ErrorCode;
use vault_http::{IdempotencyKey, Problem};
use vault_privacy::span_model::ModelFailure;

/// How many seconds a client should wait when a part is away.
const RETRY_AFTER_S: u32 = 1;

/// The problem that a caller is shown.
#[expect(
    clippy::too_many_lines,
    reason = "it is a table, and the compiler sees that no error is left out"
)]
pub(crate) fn problem(error: CommandError) -> Problem {
    match error {
        CommandError::Invalid { field, code, message } => Problem::in_field(field, code, message),
        CommandError::DatasetNotFound => Problem::new(ErrorCode::DatasetNotFound),
        CommandError::KeyNotFound => Problem::new(ErrorCode::KeyNotFound),
        CommandError::KeyNotRotatable => Problem::new(ErrorCode::ConflictingUpdate)
            .with_detail("The key does not seal, or was rotated already: GET /keys shows the active ones."),
        CommandError::KeyNeeded(need) => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail(format!("The key is needed: {need}.")),
        CommandError::SubjectNotFound => {
            Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such subject.")
        }
        CommandError::SubjectErased => Problem::new(ErrorCode::ResourceNotFound)
            .with_status(StatusCode::GONE)
            .with_detail("The subject was erased."),
        CommandError::SubjectHeld { reason } => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail(format!("The subject is held and must not be erased: {reason}")),
        CommandError::NameTaken => Problem::in_field(
            "name",
            ErrorCode::DatasetAlreadyExists,
            "is the name of another dataset",
        ),
        CommandError::NameLooksAlike => Problem::in_field(
            "name",
            ErrorCode::DatasetAlreadyExists,
            "looks like the name of another dataset",
        ),
        CommandError::CustomTypeNotFound => {
            Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such type.")
        }
        CommandError::CustomTypeNameTaken => Problem::in_field(
            "name",
            ErrorCode::ResourceAlreadyExists,
            "is the name of another type",
        ),
        CommandError::TooManyCustomTypes => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail("The tenant describes 64 types already: remove one first."),
        CommandError::PolicyNotFound => {
            Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such policy.")
        }
        CommandError::StalePolicy => Problem::new(ErrorCode::StaleVersion)
            .with_status(StatusCode::PRECONDITION_FAILED)
            .with_detail("The policy has changed since the state that If-Match names."),
        CommandError::TooManyPolicies => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail("The tenant has 1,000 policies already: delete one first."),
        CommandError::TooManyWidePolicies => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail(
                "The tenant has 50 policies already whose scope names neither one user nor one dataset: delete one, or name one.",
            ),
        CommandError::GrantNotFound => Problem::new(ErrorCode::ResourceNotFound)
            .with_detail("There is no such grant, or its time is over."),
        CommandError::TooManyGrants => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail("The dataset has 1,000 grants in force already: take one back first."),
        CommandError::ApprovalNotFound => Problem::new(ErrorCode::ResourceNotFound)
            .with_detail("There is no such approval, or it was over long ago."),
        CommandError::ApprovalNotInState => Problem::new(ErrorCode::ConflictingUpdate)
            .with_detail("The approval is over, or somebody has decided on it: GET it to see."),
        CommandError::OwnApproval => Problem::new(ErrorCode::OperationNotPermitted)
            .with_detail("Nobody decides on what they asked for themselves."),
        CommandError::TooManyApprovals(refusal) => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail(format!("It is too much at a time: {refusal}.")),
        CommandError::DatasetArchived => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail("The dataset is archived: unarchive it first."),
        CommandError::Stale => Problem::new(ErrorCode::StaleVersion)
            .with_status(StatusCode::PRECONDITION_FAILED)
            .with_detail("The dataset has changed since the state that If-Match names."),
        CommandError::Contended => Problem::new(ErrorCode::ConflictingUpdate)
            .with_detail("Others change the same thing at the same time: try again."),
        CommandError::IdempotencyKeyReused => IdempotencyKey::used_with_another_body(),
        CommandError::InvalidCredentials => Problem::new(ErrorCode::InvalidCredentials),
        CommandError::AccountLocked => Problem::new(ErrorCode::AccountLocked)
            .with_detail("Logins of this account have failed too often: try again in a quarter of an hour."),
        CommandError::NetworkLocked { retry_after_s } => Problem::new(ErrorCode::RateLimitExceeded)
            .with_detail("Logins from your network have failed too often.")
            .with_retry_after(retry_after_s),
        CommandError::AccountDisabled => Problem::new(ErrorCode::AccountDisabled),
        CommandError::InvalidInvitation => Problem::new(ErrorCode::InvalidCredentials)
            .with_detail("The invitation is none, was used, or is too old: ask for another."),
        CommandError::UserNotFound => {
            Problem::new(ErrorCode::ResourceNotFound).with_detail("There is no such user.")
        }
        CommandError::EmailTaken => Problem::in_field(
            "email",
            ErrorCode::ResourceAlreadyExists,
            "is what somebody logs in with",
        ),
        CommandError::RolesBeyondOwn => Problem::new(ErrorCode::PermissionDenied)
            .with_detail("Whoever is no administrator manages nobody with roles that it does not have itself."),
        CommandError::LastAdministrator => Problem::new(ErrorCode::OperationNotPermitted)
            .with_status(StatusCode::CONFLICT)
            .with_detail("The tenant would have no administrator who can log in: make another first."),
        CommandError::MfaRequired => Problem::new(ErrorCode::MfaRequired)
            .with_detail("Log in again with a code of your authenticator app in totp, or a recovery code."),
        CommandError::InvalidMfaCode => Problem::new(ErrorCode::InvalidMfaCode),
        CommandError::MfaActive => Problem::new(ErrorCode::ConflictingUpdate)
            .with_detail("You have a second factor already: remove it first."),
        CommandError::MfaNotEnrolled => {
            Problem::new(ErrorCode::ConflictingUpdate).with_detail("Begin with POST /auth/mfa/totp/enroll.")
        }
        CommandError::SessionNotFound => Problem::new(ErrorCode::InvalidSessionId)
            .with_status(StatusCode::NOT_FOUND)
            .with_detail("There is no such session."),
        CommandError::ApiKeyNotFound => Problem::new(ErrorCode::ApiKeyInvalid)
            .with_status(StatusCode::NOT_FOUND)
            .with_detail("There is no such API key, or its time is over."),
        CommandError::TooManyApiKeys => Problem::new(ErrorCode::QuotaExceeded)
            .with_detail("You have as many API keys as a user may have: revoke one first."),
        CommandError::SecretNotRepeated => Problem::new(ErrorCode::ConflictingUpdate).with_detail(
            "The request was carried out before, and its answer held a secret, which is shown once.",
        ),
        CommandError::InvalidRefreshToken => Problem::new(ErrorCode::InvalidRefreshToken),
        CommandError::RefreshTokenExpired => Problem::new(ErrorCode::RefreshTokenExpired),
        CommandError::Password(error) => error.into(),
        error @ (CommandError::Append(_) | CommandError::Load(_) | CommandError::Accounts(_)) => {
            away(ErrorCode::DatabaseConnectionFailed, error)
        }
        CommandError::Model(failure) => match failure {
            // what is too long is refused as the field that it is
            ModelFailure::Busy | ModelFailure::TooSlow { .. } => {
                away(ErrorCode::ServiceUnavailable, CommandError::Model(failure))
            }
            ModelFailure::TooLong { .. } | ModelFailure::Failed(_) => {
                Problem::new(ErrorCode::PiiDetectionFailed).with_cause(failure)
            }
        },
        error @ CommandError::NotRecorded(_) => away(ErrorCode::ServiceUnavailable, error),
        CommandError::Key(error) if error.is_outage() => away(error.code(), CommandError::Key(error)),
        CommandError::Key(error) => Problem::new(error.code()).with_cause(error),
        error @ (CommandError::Content(_) | CommandError::Archive(_)) => {
            away(ErrorCode::StorageUnavailable, error)
        }
        error @ CommandError::ArchiveDamaged(_) => Problem::new(ErrorCode::DataCorruption).with_cause(error),
        error @ (CommandError::Encode(_)
        | CommandError::Crypto(_)
        | CommandError::Random(_)
        | CommandError::Sign(_)
        | CommandError::TotpSecret(_)
        | CommandError::CertificateMapped
        | CommandError::Internal(_)) => Problem::internal(error),
    }
}

fn away(code: ErrorCode, error: CommandError) -> Problem {
    Problem::new(code)
        .with_retry_after(RETRY_AFTER_S)
        .with_cause(error)
}
