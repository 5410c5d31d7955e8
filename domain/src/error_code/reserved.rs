//! Codes that the catalogue names but nothing raises yet, each with the reason.

#[expect(clippy::enum_glob_use, reason = "a hundred paths would hide the reasons")]
use super::ErrorCode::{self, *};

/// Why nothing raises the code yet. Whoever raises one takes it out here.
pub(super) fn reason(code: ErrorCode) -> Option<&'static str> {
    RESERVED
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map(|(reason, _)| *reason)
}

const RESERVED: &[(&str, &[ErrorCode])] = &[
    (
        "second factors are not offered yet",
        &[MfaRequired, InvalidMfaCode, MfaCodeExpired],
    ),
    (
        "sessions are neither listed nor limited yet",
        &[InvalidSessionId, ConcurrentSessionLimit],
    ),
    (
        "API keys are not offered yet",
        &[ApiKeyInvalid, ApiKeyExpired, ApiKeyRevoked],
    ),
    (
        "roles decide alone, and refuse with PermissionDenied, until policies are evaluated",
        &[
            ResourceAccessDenied,
            RoleRequired,
            ScopeInsufficient,
            DatasetAccessDenied,
            VaultAccessDenied,
            OperationNotPermitted,
            IpAddressBlocked,
            OwnershipRequired,
            AdminRequired,
            PolicyViolation,
            GeofenceViolation,
            TimeRestriction,
            ConcurrentAccessDenied,
            DelegationNotPermitted,
            ServiceAccountRestricted,
        ],
    ),
    (
        "datasets stand directly in their tenant",
        &[NamespaceAccessDenied, InvalidNamespace, VaultNotFound],
    ),
    (
        "the service has no read-only or maintenance mode yet",
        &[ReadOnlyMode, MaintenanceMode],
    ),
    (
        "tenants have no storage quotas yet",
        &[QuotaExceeded, InsufficientStorage],
    ),
    (
        "no request carries a URL until webhooks are offered",
        &[InvalidUrl],
    ),
    (
        "no request filters by time yet",
        &[InvalidDateFormat, InvalidTimeRange],
    ),
    (
        "datasets have no record schemas yet",
        &[InvalidSchema, SchemaValidationFailed],
    ),
    (
        "records go to the draft until versions are published",
        &[InvalidVersionFormat, VersionNotFound],
    ),
    (
        "imports and exports, which carry checksums, are not offered yet",
        &[InvalidChecksum, ChecksumMismatch],
    ),
    (
        "only dataset names and record ids are unique so far, and have codes of their own",
        &[ResourceAlreadyExists],
    ),
    (
        "constraints are mapped to the refusal that they stand for, and other failures to InternalServerError",
        &[DatabaseConstraintViolation, TransactionFailed],
    ),
    (
        "content is kept in the database until large content is chunked",
        &[
            StorageUnavailable,
            StorageReadError,
            StorageWriteError,
            StorageDeleteError,
        ],
    ),
    ("search is not offered yet", &[IndexingFailed, SearchFailed]),
    (
        "backups are taken by the database, not over the API",
        &[BackupFailed, RestoreFailed],
    ),
    (
        "callers neither name nor hand over keys or ciphertexts yet",
        &[
            InvalidEncryptionKey,
            KeyNotFound,
            KeyExpired,
            KeyRotationFailed,
            UnsupportedAlgorithm,
            InvalidKeyLength,
            InvalidCiphertext,
            InvalidNonce,
            AuthenticationTagMismatch,
        ],
    ),
    (
        "derivation and randomness fail only as part of EncryptionFailed or DecryptionFailed",
        &[KeyDerivationFailed, RngFailed],
    ),
    (
        "keys are wrapped by the local provider until a remote one is offered",
        &[HsmUnavailable, HsmOperationFailed],
    ),
    (
        "whole datasets are not anonymized yet",
        &[
            DeidentificationFailed,
            InsufficientKAnonymity,
            InsufficientLDiversity,
            ReidentificationRisk,
            MaskingFailed,
        ],
    ),
    (
        "anonymization policies are given in the request, not stored",
        &[PolicyNotFound],
    ),
    (
        "values are not tokenized yet",
        &[TokenizationFailed, DetokenizationFailed],
    ),
    (
        "synthetic data is not offered yet",
        &[InvalidSyntheticData, SyntheticDataGenerationFailed],
    ),
    (
        "private queries are not offered yet",
        &[DifferentialPrivacyBudgetExceeded],
    ),
    (
        "a wrong configuration stops the start, before any request",
        &[ConfigurationError, InvalidConfiguration],
    ),
    (
        "the database is the only dependency so far, and has codes of its own",
        &[DependencyUnavailable, CircuitBreakerOpen],
    ),
    ("a failed allocation ends the process", &[MemoryAllocationFailed]),
    (
        "there is one version of the API",
        &[VersionMismatch, DeprecatedEndpoint],
    ),
    (
        "a cache that fails is passed by, so no request fails for it",
        &[CacheFailed],
    ),
];
