//! Codes that the catalogue names but nothing raises yet, each with the reason.

#[expect(clippy::enum_glob_use, reason = "a hundred paths would hide the reasons")]
use super::ErrorCode::{self, *};

/// Why nothing raises the code yet.
pub(super) const fn reason(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        MfaRequired | InvalidMfaCode | MfaCodeExpired => "second factors are not offered yet",
        InvalidSessionId | ConcurrentSessionLimit => "sessions are neither listed nor limited yet",
        ApiKeyInvalid | ApiKeyExpired | ApiKeyRevoked => "API keys are not offered yet",
        ResourceAccessDenied
        | RoleRequired
        | ScopeInsufficient
        | DatasetAccessDenied
        | VaultAccessDenied
        | OperationNotPermitted
        | IpAddressBlocked
        | OwnershipRequired
        | AdminRequired
        | PolicyViolation
        | GeofenceViolation
        | TimeRestriction
        | ConcurrentAccessDenied
        | DelegationNotPermitted
        | ServiceAccountRestricted => {
            "roles decide alone, and refuse with PermissionDenied, until policies are evaluated"
        }
        NamespaceAccessDenied | InvalidNamespace | VaultNotFound => "datasets stand directly in their tenant",
        ReadOnlyMode | MaintenanceMode => "the service has no read-only or maintenance mode yet",
        QuotaExceeded | InsufficientStorage => "tenants have no storage quotas yet",
        InvalidUrl => "no request carries a URL until webhooks are offered",
        InvalidDateFormat | InvalidTimeRange => "no request filters by time yet",
        InvalidSchema | SchemaValidationFailed => "datasets have no record schemas yet",
        InvalidVersionFormat | VersionNotFound => "records go to the draft until versions are published",
        InvalidChecksum | ChecksumMismatch => {
            "imports and exports, which carry checksums, are not offered yet"
        }
        ResourceAlreadyExists => {
            "only dataset names and record ids are unique so far, and have codes of their own"
        }
        DatabaseConstraintViolation | TransactionFailed => {
            "constraints are mapped to the refusal that they stand for, and other failures to InternalServerError"
        }
        StorageUnavailable | StorageReadError | StorageWriteError | StorageDeleteError => {
            "content is kept in the database until large content is chunked"
        }
        IndexingFailed | SearchFailed => "search is not offered yet",
        BackupFailed | RestoreFailed => "backups are taken by the database, not over the API",
        InvalidEncryptionKey
        | KeyNotFound
        | KeyExpired
        | KeyRotationFailed
        | UnsupportedAlgorithm
        | InvalidKeyLength
        | InvalidCiphertext
        | InvalidNonce
        | AuthenticationTagMismatch => "callers neither name nor hand over keys or ciphertexts yet",
        KeyDerivationFailed | RngFailed => {
            "derivation and randomness fail only as part of EncryptionFailed or DecryptionFailed"
        }
        HsmUnavailable | HsmOperationFailed => {
            "keys are wrapped by the local provider until a remote one is offered"
        }
        DeidentificationFailed
        | InsufficientKAnonymity
        | InsufficientLDiversity
        | ReidentificationRisk
        | MaskingFailed => "whole datasets are not anonymized yet",
        PolicyNotFound => "anonymization policies are given in the request, not stored",
        TokenizationFailed | DetokenizationFailed => "values are not tokenized yet",
        InvalidSyntheticData | SyntheticDataGenerationFailed => "synthetic data is not offered yet",
        DifferentialPrivacyBudgetExceeded => "private queries are not offered yet",
        ConfigurationError | InvalidConfiguration => {
            "a wrong configuration stops the start, before any request"
        }
        DependencyUnavailable | CircuitBreakerOpen => {
            "the database is the only dependency so far, and has codes of its own"
        }
        MemoryAllocationFailed => "a failed allocation ends the process",
        VersionMismatch | DeprecatedEndpoint => "there is one version of the API",
        CacheFailed => "a cache that fails is passed by, so no request fails for it",
        _ => return None,
    })
}
