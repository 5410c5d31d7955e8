//! The facts of a second factor, in their stored form. No event holds a secret, a code, or a hash of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::events;

events! {
    /// A fact of one user's second factor.
    TotpEvent {
        /// The user was given a secret.
        Enrolled(TotpEnrolled) = "totp.enrolled" v 1,
        /// Codes are asked for from now on.
        Confirmed(TotpConfirmed) = "totp.confirmed" v 1,
        /// A recovery code let the user in.
        RecoveryCodeUsed(RecoveryCodeUsed) = "recovery_code.used" v 1,
        /// No codes are asked for any more.
        Removed(TotpRemoved) = "totp.removed" v 1,
    }
}

/// The user was given a secret, and has shown no code of it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpEnrolled {}

/// Codes are asked for from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirmed {
    /// How many recovery codes the user was given.
    pub recovery_codes: u32,
}

/// A recovery code let the user in, for the first and last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryCodeUsed {
    /// How many are left.
    pub left: u32,
}

/// No codes are asked for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpRemoved {
    /// Who wanted it.
    pub reason: TotpRemoval,
}

/// Why a second factor was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TotpRemoval {
    /// The user wanted it, and gave a code.
    ByUser,
    /// Somebody who manages the tenant's users wanted it, for a user who lost it.
    ByAdministrator,
    /// An operator of the vault wanted it, for a user who lost it.
    ByOperator,
}
