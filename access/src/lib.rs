#![doc = include_str!("../README.md")]

mod api_key;
mod authenticator;
mod certificate;
mod invitation;
mod password;
mod permission;
pub mod policy;
mod principal;
mod rate_limit;
mod refresh;
mod standing;
mod token;
mod totp;

#[cfg(test)]
mod testing;

pub use api_key::{
    API_KEY_HINT_CHARS, API_KEY_PREFIX, ApiKeyHash, ApiKeySecret, ApiKeySource, ApiKeyUse, ApiKeysAway,
    InvalidApiKey, StoredApiKey,
};
pub use authenticator::{Authenticator, Proof, Seen, Unauthenticated};
pub use certificate::{
    CertificateName, ClientCertificate, InvalidCertificateName, MAX_CERTIFICATE_NAME_BYTES,
};
pub use invitation::{INVITATION_LIFETIME_S, InvalidInvitation, Invitation};
pub use password::{
    HasherLimits, MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Password, PasswordError, PasswordHasher,
    PasswordRefusal, PasswordSalt, PasswordTooLong, PhcHash, UnusableHash, Verdict,
};
pub use permission::{
    Act, Asker, Authorizer, ChangesOfPolicies, Denied, Permit, Refusal, Resource, Said, TargetKind,
    TenantWide, act, target_of,
};
pub use principal::{Credential, Login, Principal, RoleSet, Scopes};
pub use rate_limit::{
    ClientNetwork, RateLimit, RateLimitKey, RateLimitState, RateLimiter, SharedLimits, Tiers,
};
pub use refresh::{
    InvalidRefreshToken, REFRESH_LIFETIME_S, RefreshDecision, RefreshToken, RefreshTokenHash,
    RefreshTokenRow, refresh_family_end,
};
pub use standing::UserStanding;
pub use token::{
    ACCESS_TOKEN_LIFETIME_S, AccessToken, AccessTokens, IssueError, KeyError, LEEWAY_S, MIN_SECRET_BYTES,
    SigningKeys, TokenAudience, TokenError, TokenKeys,
};
pub use totp::{RECOVERY_CODES, RecoveryCode, TotpSecret, UnusableSecret};
pub use vault_domain::{Action, Role};
