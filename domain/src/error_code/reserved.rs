//! Codes that the catalogue names but nothing raises yet, each with the reason.

use super::{ErrorCode, ErrorCode as E};

/// Why nothing raises the code yet. Whoever raises one takes it out here.
pub(super) fn reason(code: ErrorCode) -> Option<&'static str> {
    RESERVED
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map(|(reason, _)| *reason)
}

const RESERVED: &[(&str, &[ErrorCode])] = &[
    (
        "a code that is too old is refused like any other wrong one",
        &[E::MfaCodeExpired],
    ),
    (
        "the session that was not used for the longest time makes room for a new one",
        &[E::ConcurrentSessionLimit],
    ),
    (
        "whatever it is that a policy asks for and misses, the refusal is PermissionDenied",
        &[
            E::ResourceAccessDenied,
            E::RoleRequired,
            E::DatasetAccessDenied,
            E::VaultAccessDenied,
            E::IpAddressBlocked,
            E::OwnershipRequired,
            E::AdminRequired,
            E::GeofenceViolation,
            E::TimeRestriction,
            E::ConcurrentAccessDenied,
            E::DelegationNotPermitted,
        ],
    ),
    (
        "a query that takes too long ends with its request, as TimeoutError",
        &[E::DatabaseQueryTimeout],
    ),
    (
        "anonymization of a text is pure: what it refuses is a field, and it does not fail",
        &[
            E::AnonymizationFailed,
            E::InvalidAnonymizationPolicy,
            E::UnsupportedTechnique,
        ],
    ),
    (
        "datasets stand directly in their tenant",
        &[E::NamespaceAccessDenied, E::InvalidNamespace, E::VaultNotFound],
    ),
    (
        "the service has no read-only or maintenance mode yet",
        &[E::ReadOnlyMode, E::MaintenanceMode],
    ),
    ("tenants have no storage quotas yet", &[E::InsufficientStorage]),
    (
        "no request carries a URL until webhooks are offered",
        &[E::InvalidUrl],
    ),
    ("no request filters by time yet", &[E::InvalidDateFormat]),
    (
        "datasets have no record schemas yet",
        &[E::InvalidSchema, E::SchemaValidationFailed],
    ),
    (
        "records go to the draft until versions are published",
        &[E::InvalidVersionFormat],
    ),
    (
        "imports and exports, which carry checksums, are not offered yet",
        &[E::InvalidChecksum, E::ChecksumMismatch],
    ),
    (
        "constraints are mapped to the refusal that they stand for, and other failures to InternalServerError",
        &[E::DatabaseConstraintViolation, E::TransactionFailed],
    ),
    (
        "a store of contents that fails is away: StorageUnavailable",
        &[E::StorageReadError, E::StorageWriteError, E::StorageDeleteError],
    ),
    ("search is not offered yet", &[E::IndexingFailed, E::SearchFailed]),
    (
        "backups are taken by the database, not over the API",
        &[E::BackupFailed, E::RestoreFailed],
    ),
    (
        "callers hand over neither keys nor ciphertexts yet",
        &[
            E::InvalidEncryptionKey,
            E::KeyRotationFailed,
            E::UnsupportedAlgorithm,
            E::InvalidKeyLength,
            E::InvalidCiphertext,
            E::InvalidNonce,
            E::AuthenticationTagMismatch,
        ],
    ),
    (
        "derivation and randomness fail only as part of EncryptionFailed or DecryptionFailed",
        &[E::KeyDerivationFailed, E::RngFailed],
    ),
    (
        "whole datasets are not anonymized yet",
        &[
            E::DeidentificationFailed,
            E::InsufficientKAnonymity,
            E::InsufficientLDiversity,
            E::ReidentificationRisk,
            E::MaskingFailed,
        ],
    ),
    (
        "anonymization policies are given in the request, not stored",
        &[E::PolicyNotFound],
    ),
    (
        "values are not tokenized yet",
        &[E::TokenizationFailed, E::DetokenizationFailed],
    ),
    (
        "synthetic data is not offered yet",
        &[E::InvalidSyntheticData, E::SyntheticDataGenerationFailed],
    ),
    (
        "private queries are not offered yet",
        &[E::DifferentialPrivacyBudgetExceeded],
    ),
    (
        "a wrong configuration stops the start, before any request",
        &[E::ConfigurationError, E::InvalidConfiguration],
    ),
    (
        "each dependency has codes of its own",
        &[E::DependencyUnavailable],
    ),
    (
        "a failed allocation ends the process",
        &[E::MemoryAllocationFailed],
    ),
    (
        "there is one version of the API",
        &[E::VersionMismatch, E::DeprecatedEndpoint],
    ),
    (
        "a cache that fails is passed by, so no request fails for it",
        &[E::CacheFailed],
    ),
];
