//! What each code that is raised means, and what a caller can do about it.

use super::{ErrorCode, ErrorCode as E};

/// What one code means to its caller.
pub(super) struct Advice {
    pub(super) description: &'static str,
    pub(super) resolution: &'static str,
}

/// The advice for a code that is raised; none for one that is reserved.
pub(super) fn of(code: ErrorCode) -> Option<&'static Advice> {
    ADVICE
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, advice)| advice)
}

macro_rules! advice {
    ($($code:ident: $description:literal, $resolution:literal;)+) => {
        const ADVICE: &[(ErrorCode, Advice)] = &[
            $((E::$code, Advice { description: $description, resolution: $resolution }),)+
        ];
    };
}

advice! {
    InvalidToken: "The access token is not one of this vault.", "Log in again, or refresh.";
    TokenExpired: "The access token is older than 15 minutes.", "Refresh, and repeat the request.";
    TokenNotYetValid: "The token says that it begins later.", "Set the clock of whoever signs tokens.";
    InvalidSignature: "No key that the vault accepts has signed the token.", "Log in again; a key may have been rotated with refusal of earlier ones.";
    MissingToken: "The request names no caller.", "Send `Authorization: Bearer` or `X-API-Key`.";
    InvalidIssuer: "Another service issued the token.", "Log in at this vault.";
    InvalidAudience: "The token is for another service.", "Log in at this vault.";
    InvalidCredentials: "Email or password is wrong, whether or not the account exists.", "Check both. Five failures lock the email for 15 minutes.";
    AccountLocked: "Too many logins with this email failed.", "Wait 15 minutes. Who did not fail should change the password then.";
    AccountDisabled: "The password is right, and somebody who manages users has disabled the account.", "Ask an administrator of the tenant.";
    MfaRequired: "The password is right, and a code of the second factor is missing.", "Send `totp` with the login.";
    InvalidMfaCode: "The code is wrong, used already, or too old.", "Send the next one, or a recovery code. Check the clock of the device.";
    SessionExpired: "The session was ended, or not refreshed for too long.", "Log in again.";
    InvalidSessionId: "The caller has no such session.", "List the sessions with `GET /auth/sessions`.";
    InvalidRefreshToken: "The refresh token is none, or was used before: its session is over.", "Log in again. If only one program holds the token, somebody else has it too.";
    RefreshTokenExpired: "The refresh token is older than seven days.", "Log in again.";
    ApiKeyInvalid: "The API key is none of this vault, or there are two credentials.", "Send one key, whole, as it was shown once.";
    ApiKeyExpired: "The time of the API key is over.", "Make a new one, or rotate before the end next time.";
    ApiKeyRevoked: "Somebody revoked the API key, or its overlap after a rotation is over.", "Use the new key.";
    UnsupportedAuthMethod: "The scheme of `Authorization` is not Bearer.", "Send a token or a key as Bearer.";
    PermissionDenied: "The caller's roles do not allow this.", "Ask `POST /policies/evaluate` what is missing, and an administrator for it.";
    ScopeInsufficient: "The API key lacks the scope that the detail names.", "Make a key with that scope.";
    OperationNotPermitted: "The state of the thing does not allow this: an archived dataset, a person who is held or restricted.", "Change the state first, if that is yours to do.";
    PolicyViolation: "A policy wants a second person's approval for this.", "Ask for it with `POST /approvals`; or, in need, `POST /approvals/break-glass`.";
    RateLimitExceeded: "The caller, or its network, sends too many requests.", "Wait for `Retry-After` seconds. `X-RateLimit-Remaining` says what is left.";
    QuotaExceeded: "The caller has as many API keys as one may have.", "Revoke one that is not used.";
    ServiceAccountRestricted: "Only a person who has logged in may do this.", "Log in; an API key cannot.";
    InvalidRequestFormat: "The body is no JSON, or has a member that is not known.", "See `errors` or the place in the detail, and the document of the API.";
    MissingRequiredField: "A member that must be there is not.", "Add the one that `errors` names.";
    InvalidFieldType: "A value is of another type than its member takes.", "Change the one that `errors` names.";
    InvalidEmail: "What is given as an email is none.", "Send an address with two sides of an @ and no blanks.";
    InvalidFieldValue: "A value is outside what its member takes.", "Change the one that `errors` or the detail names.";
    FieldTooLong: "A text is longer than its member takes.", "Shorten the one that `errors` names.";
    FieldTooShort: "A text is empty or shorter than its member takes.", "Lengthen the one that `errors` names.";
    InvalidFormat: "A header, a cursor or a part of the path has the wrong form.", "Send what the vault gave, unchanged.";
    InvalidUuid: "An id is no UUID.", "Send an id that the vault gave.";
    InvalidTimeRange: "A span of time or of positions ends before it begins.", "Exchange its ends.";
    InvalidEnumValue: "A value is none of those that its member takes.", "Choose one that the message lists.";
    InvalidArraySize: "A list has too few or too many items.", "Send as many as the document of the API says.";
    DuplicateValue: "A member, or an item, is given twice.", "Send it once.";
    InvalidDatasetName: "The name is empty, too long, or holds characters that mislead.", "Choose another one: no control or invisible characters, and one script in each word.";
    InvalidEncoding: "The body is not UTF-8.", "Send UTF-8, uncompressed.";
    InvalidContentType: "The endpoint does not take this kind of body.", "Set `Content-Type` to what the document of the API says.";
    PayloadTooLarge: "The body is larger than the endpoint takes.", "Send less at once, or stream `application/x-ndjson`.";
    InvalidQueryParameter: "A parameter of the query string is not known or not valid.", "Change the one that `errors` names.";
    ResourceNotFound: "There is no such thing, or the caller may not see it.", "Check id and path.";
    DatasetNotFound: "There is no such dataset, or the caller may not see it.", "Check the id with `GET /datasets`.";
    RecordNotFound: "There is no such record, or its person was erased (410).", "Check the id; what is erased does not come back.";
    VersionNotFound: "There is no such version.", "Name `draft`, or a version that is there.";
    ResourceAlreadyExists: "There is one of this name already.", "Choose another name, or change the one that is there.";
    DatasetAlreadyExists: "The tenant has a dataset of this name.", "Choose another name, or use the one that is there.";
    DuplicateRecord: "The draft holds a record with this external id.", "Nothing: the first one was kept.";
    ConflictingUpdate: "Somebody else changed the same thing at the same time, or the idempotency key belongs to another request.", "Read again and repeat; use a new key for a new request.";
    StaleVersion: "`If-Match` names a state that is gone.", "Read again, and repeat with the new `ETag`.";
    DatabaseConnectionFailed: "The database is away.", "Wait for `Retry-After` seconds, and repeat under the same idempotency key.";
    StorageUnavailable: "The store of large contents is away.", "Wait for `Retry-After` seconds, and repeat.";
    DataCorruption: "What is stored is not what was written.", "Tell the operator, with `instance`.";
    EncryptionFailed: "Content could not be encrypted. Nothing was written.", "Repeat; if it stays, tell the operator, with `instance`.";
    DecryptionFailed: "Content could not be opened.", "Tell the operator, with `instance`.";
    KeyNotFound: "There is no such key, or the caller may not see it.", "Check the id with `GET /keys`.";
    KeyExpired: "The key is no longer the active one.", "Rotate the active one, which `GET /keys` names.";
    HsmUnavailable: "Who holds the root key is away.", "Wait for `Retry-After` seconds, and repeat.";
    HsmOperationFailed: "Who holds the root key refused.", "Tell the operator, with `instance`.";
    InternalServerError: "Something failed that should not.", "Tell the operator, with `instance`; repeat under the same idempotency key.";
    PiiDetectionFailed: "The model of this deployment failed on what was given; nothing of it was kept.", "Tell the operator, with `instance`.";
    ServiceUnavailable: "A part that this needs is away or busy, or reads are behind the position that was asked for.", "Wait for `Retry-After` seconds, and repeat.";
    TimeoutError: "The request took too long.", "Repeat under the same idempotency key.";
    ResourceExhausted: "The server works on as many requests, or uploads, as it can.", "Wait for `Retry-After` seconds, and repeat.";
    ThreadPoolExhausted: "Too many passwords are being checked.", "Wait for `Retry-After` seconds, and log in again.";
    CircuitBreakerOpen: "Who holds the root key failed too often, and is not asked for a moment.", "Wait for `Retry-After` seconds, and repeat.";
    HealthCheckFailed: "The process is not ready to serve.", "Send requests to another one.";
}
