//! The rows of the catalogue; the order is that of `docs/api/error-codes.csv`.

use super::Entry;

macro_rules! catalogue {
    ($($prefix:literal { $($variant:ident = $number:literal $name:literal $status:literal $title:literal,)+ })+) => {
        /// A stable error code of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(
                #[doc = concat!("`", $prefix, $number, "`: ", $title, ".")]
                $variant,
            )+)+
        }

        impl ErrorCode {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            pub(super) const fn entry(self) -> &'static Entry {
                &ENTRIES[self as usize]
            }
        }

        const ENTRIES: &[Entry] = &[
            $($(Entry { code: concat!($prefix, $number), name: $name, http_status: $status, title: $title },)+)+
        ];
    };
}

catalogue! {
    // Who is calling.
    "VAULT_AUTH_" {
        InvalidToken = 1001 "InvalidToken" 401 "Invalid token",
        TokenExpired = 1002 "TokenExpired" 401 "Token expired",
        TokenNotYetValid = 1003 "TokenNotYetValid" 401 "Token not yet valid",
        InvalidSignature = 1004 "InvalidSignature" 401 "Invalid signature",
        MissingToken = 1005 "MissingToken" 401 "Missing token",
        InvalidIssuer = 1006 "InvalidIssuer" 401 "Invalid issuer",
        InvalidAudience = 1007 "InvalidAudience" 401 "Invalid audience",
        InvalidCredentials = 1008 "InvalidCredentials" 401 "Invalid credentials",
        AccountLocked = 1009 "AccountLocked" 401 "Account locked",
        AccountDisabled = 1010 "AccountDisabled" 401 "Account disabled",
        MfaRequired = 1011 "MFARequired" 401 "A second factor is required",
        InvalidMfaCode = 1012 "InvalidMFACode" 401 "Invalid second-factor code",
        MfaCodeExpired = 1013 "MFACodeExpired" 401 "Second-factor code expired",
        SessionExpired = 1014 "SessionExpired" 401 "Session expired",
        InvalidSessionId = 1015 "InvalidSessionID" 401 "Invalid session id",
        ConcurrentSessionLimit = 1016 "ConcurrentSessionLimit" 401 "Concurrent session limit",
        InvalidRefreshToken = 1017 "InvalidRefreshToken" 401 "Invalid refresh token",
        RefreshTokenExpired = 1018 "RefreshTokenExpired" 401 "Refresh token expired",
        ApiKeyInvalid = 1019 "APIKeyInvalid" 401 "Invalid API key",
        ApiKeyExpired = 1020 "APIKeyExpired" 401 "API key expired",
        ApiKeyRevoked = 1021 "APIKeyRevoked" 401 "API key revoked",
        UnsupportedAuthMethod = 1022 "UnsupportedAuthMethod" 401 "Unsupported authentication method",
    }

    // What the caller may do.
    "VAULT_AUTHZ_" {
        PermissionDenied = 2001 "PermissionDenied" 403 "Permission denied",
        ResourceAccessDenied = 2002 "ResourceAccessDenied" 403 "Resource access denied",
        RoleRequired = 2003 "RoleRequired" 403 "Role required",
        ScopeInsufficient = 2004 "ScopeInsufficient" 403 "Scope insufficient",
        DatasetAccessDenied = 2005 "DatasetAccessDenied" 403 "Dataset access denied",
        NamespaceAccessDenied = 2006 "NamespaceAccessDenied" 403 "Namespace access denied",
        VaultAccessDenied = 2007 "VaultAccessDenied" 403 "Vault access denied",
        OperationNotPermitted = 2008 "OperationNotPermitted" 403 "Operation not permitted",
        ReadOnlyMode = 2009 "ReadOnlyMode" 403 "Read only mode",
        IpAddressBlocked = 2010 "IPAddressBlocked" 403 "IP address blocked",
        RateLimitExceeded = 2011 "RateLimitExceeded" 429 "Rate limit exceeded",
        QuotaExceeded = 2012 "QuotaExceeded" 403 "Quota exceeded",
        OwnershipRequired = 2013 "OwnershipRequired" 403 "Ownership required",
        AdminRequired = 2014 "AdminRequired" 403 "Admin required",
        PolicyViolation = 2015 "PolicyViolation" 403 "Policy violation",
        GeofenceViolation = 2016 "GeofenceViolation" 403 "Geofence violation",
        TimeRestriction = 2017 "TimeRestriction" 403 "Time restriction",
        ConcurrentAccessDenied = 2018 "ConcurrentAccessDenied" 403 "Concurrent access denied",
        DelegationNotPermitted = 2019 "DelegationNotPermitted" 403 "Delegation not permitted",
        ServiceAccountRestricted = 2020 "ServiceAccountRestricted" 403 "Service account restricted",
    }

    // What the request says.
    "VAULT_VALID_" {
        InvalidRequestFormat = 3001 "InvalidRequestFormat" 400 "Invalid request format",
        MissingRequiredField = 3002 "MissingRequiredField" 400 "Missing required field",
        InvalidFieldType = 3003 "InvalidFieldType" 400 "Invalid field type",
        InvalidFieldValue = 3004 "InvalidFieldValue" 400 "Invalid field value",
        FieldTooLong = 3005 "FieldTooLong" 400 "Field too long",
        FieldTooShort = 3006 "FieldTooShort" 400 "Field too short",
        InvalidFormat = 3007 "InvalidFormat" 400 "Invalid format",
        InvalidEmail = 3008 "InvalidEmail" 400 "Invalid email",
        InvalidUrl = 3009 "InvalidURL" 400 "Invalid URL",
        InvalidUuid = 3010 "InvalidUUID" 400 "Invalid UUID",
        InvalidDateFormat = 3011 "InvalidDateFormat" 400 "Invalid date format",
        InvalidTimeRange = 3012 "InvalidTimeRange" 400 "Invalid time range",
        InvalidEnumValue = 3013 "InvalidEnumValue" 400 "Invalid enum value",
        InvalidArraySize = 3014 "InvalidArraySize" 400 "Invalid array size",
        DuplicateValue = 3015 "DuplicateValue" 400 "Duplicate value",
        InvalidSchema = 3016 "InvalidSchema" 400 "Invalid schema",
        SchemaValidationFailed = 3017 "SchemaValidationFailed" 400 "Schema validation failed",
        InvalidDatasetName = 3018 "InvalidDatasetName" 400 "Invalid dataset name",
        InvalidNamespace = 3019 "InvalidNamespace" 400 "Invalid namespace",
        InvalidVersionFormat = 3020 "InvalidVersionFormat" 400 "Invalid version format",
        InvalidChecksum = 3021 "InvalidChecksum" 400 "Invalid checksum",
        InvalidEncoding = 3022 "InvalidEncoding" 400 "Invalid encoding",
        InvalidContentType = 3023 "InvalidContentType" 400 "Invalid content type",
        PayloadTooLarge = 3024 "PayloadTooLarge" 413 "Payload too large",
        InvalidQueryParameter = 3025 "InvalidQueryParameter" 400 "Invalid query parameter",
    }

    // What is stored.
    "VAULT_DATA_" {
        ResourceNotFound = 4001 "ResourceNotFound" 404 "Resource not found",
        DatasetNotFound = 4002 "DatasetNotFound" 404 "Dataset not found",
        VaultNotFound = 4003 "VaultNotFound" 404 "Vault not found",
        RecordNotFound = 4004 "RecordNotFound" 404 "Record not found",
        VersionNotFound = 4005 "VersionNotFound" 404 "Version not found",
        ResourceAlreadyExists = 4006 "ResourceAlreadyExists" 409 "Resource already exists",
        DatasetAlreadyExists = 4007 "DatasetAlreadyExists" 409 "Dataset already exists",
        DuplicateRecord = 4008 "DuplicateRecord" 409 "Duplicate record",
        ConflictingUpdate = 4009 "ConflictingUpdate" 409 "Conflicting update",
        StaleVersion = 4010 "StaleVersion" 409 "Stale version",
        DatabaseConnectionFailed = 4011 "DatabaseConnectionFailed" 503 "Database connection failed",
        DatabaseQueryTimeout = 4012 "DatabaseQueryTimeout" 504 "Database query timeout",
        DatabaseConstraintViolation = 4013 "DatabaseConstraintViolation" 409 "Database constraint violation",
        TransactionFailed = 4014 "TransactionFailed" 500 "Transaction failed",
        StorageUnavailable = 4015 "StorageUnavailable" 503 "Storage unavailable",
        StorageReadError = 4016 "StorageReadError" 500 "Storage read error",
        StorageWriteError = 4017 "StorageWriteError" 500 "Storage write error",
        StorageDeleteError = 4018 "StorageDeleteError" 500 "Storage delete error",
        DataCorruption = 4019 "DataCorruption" 500 "Data corruption",
        ChecksumMismatch = 4020 "ChecksumMismatch" 500 "Checksum mismatch",
        InsufficientStorage = 4021 "InsufficientStorage" 507 "Insufficient storage",
        IndexingFailed = 4022 "IndexingFailed" 500 "Indexing failed",
        SearchFailed = 4023 "SearchFailed" 500 "Search failed",
        BackupFailed = 4024 "BackupFailed" 500 "Backup failed",
        RestoreFailed = 4025 "RestoreFailed" 500 "Restore failed",
    }

    // Keys and ciphertexts.
    "VAULT_CRYPTO_" {
        EncryptionFailed = 5001 "EncryptionFailed" 500 "Encryption failed",
        DecryptionFailed = 5002 "DecryptionFailed" 500 "Decryption failed",
        InvalidEncryptionKey = 5003 "InvalidEncryptionKey" 400 "Invalid encryption key",
        KeyNotFound = 5004 "KeyNotFound" 404 "Key not found",
        KeyExpired = 5005 "KeyExpired" 400 "Key expired",
        KeyRotationFailed = 5006 "KeyRotationFailed" 500 "Key rotation failed",
        UnsupportedAlgorithm = 5007 "UnsupportedAlgorithm" 400 "Unsupported algorithm",
        InvalidKeyLength = 5008 "InvalidKeyLength" 400 "Invalid key length",
        KeyDerivationFailed = 5009 "KeyDerivationFailed" 500 "Key derivation failed",
        HsmUnavailable = 5010 "HSMUnavailable" 503 "HSM unavailable",
        HsmOperationFailed = 5011 "HSMOperationFailed" 500 "HSM operation failed",
        InvalidCiphertext = 5012 "InvalidCiphertext" 400 "Invalid ciphertext",
        InvalidNonce = 5013 "InvalidNonce" 400 "Invalid nonce",
        AuthenticationTagMismatch = 5014 "AuthenticationTagMismatch" 400 "Authentication tag mismatch",
        RngFailed = 5015 "RNGFailed" 500 "Random number generator failed",
    }

    // Detection and anonymization.
    "VAULT_ANON_" {
        AnonymizationFailed = 6001 "AnonymizationFailed" 500 "Anonymization failed",
        DeidentificationFailed = 6002 "DeidentificationFailed" 500 "De-identification failed",
        InvalidAnonymizationPolicy = 6003 "InvalidAnonymizationPolicy" 400 "Invalid anonymization policy",
        PolicyNotFound = 6004 "PolicyNotFound" 404 "Policy not found",
        UnsupportedTechnique = 6005 "UnsupportedTechnique" 400 "Unsupported technique",
        InsufficientKAnonymity = 6006 "InsufficientKAnonymity" 400 "Insufficient k-anonymity",
        InsufficientLDiversity = 6007 "InsufficientLDiversity" 400 "Insufficient l-diversity",
        ReidentificationRisk = 6008 "ReidentificationRisk" 400 "Re-identification risk",
        PiiDetectionFailed = 6009 "PIIDetectionFailed" 500 "PII detection failed",
        MaskingFailed = 6010 "MaskingFailed" 500 "Masking failed",
        TokenizationFailed = 6011 "TokenizationFailed" 500 "Tokenization failed",
        DetokenizationFailed = 6012 "DetokenizationFailed" 500 "Detokenization failed",
        InvalidSyntheticData = 6013 "InvalidSyntheticData" 400 "Invalid synthetic data",
        SyntheticDataGenerationFailed = 6014 "SyntheticDataGenerationFailed" 500 "Synthetic data generation failed",
        DifferentialPrivacyBudgetExceeded = 6015 "DifferentialPrivacyBudgetExceeded" 400 "Differential privacy budget exceeded",
    }

    // The service itself.
    "VAULT_SYS_" {
        InternalServerError = 9001 "InternalServerError" 500 "Internal server error",
        ServiceUnavailable = 9002 "ServiceUnavailable" 503 "Service unavailable",
        ConfigurationError = 9003 "ConfigurationError" 500 "Configuration error",
        DependencyUnavailable = 9004 "DependencyUnavailable" 503 "Dependency unavailable",
        TimeoutError = 9005 "TimeoutError" 504 "Timeout",
        ResourceExhausted = 9006 "ResourceExhausted" 503 "Resource exhausted",
        MemoryAllocationFailed = 9007 "MemoryAllocationFailed" 500 "Memory allocation failed",
        ThreadPoolExhausted = 9008 "ThreadPoolExhausted" 503 "Thread pool exhausted",
        CircuitBreakerOpen = 9009 "CircuitBreakerOpen" 503 "Circuit breaker open",
        HealthCheckFailed = 9010 "HealthCheckFailed" 503 "Health check failed",
        MaintenanceMode = 9011 "MaintenanceMode" 503 "Maintenance mode",
        VersionMismatch = 9012 "VersionMismatch" 400 "Version mismatch",
        DeprecatedEndpoint = 9013 "DeprecatedEndpoint" 410 "Deprecated endpoint",
        InvalidConfiguration = 9014 "InvalidConfiguration" 500 "Invalid configuration",
        CacheFailed = 9015 "CacheFailed" 500 "Cache failed",
    }
}
