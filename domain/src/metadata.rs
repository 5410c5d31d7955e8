//! What every event says of the request that caused it.

use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{ApiKeyId, ApprovalId, EventId, Sealed, TenantId, UserId};

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A user.
    User(UserId),
    /// The vault itself.
    System,
    /// A program with an API key, in the name of its user.
    #[serde(untagged)]
    Program(Program),
}

/// A program with an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// In whose name it calls.
    pub user: UserId,
    /// The key.
    pub api_key: ApiKeyId,
}

impl Actor {
    /// Who acted, or in whose name somebody did.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) | Self::Program(Program { user, .. }) => Some(user),
            Self::System => None,
        }
    }
}

/// The operation of the API, or of the vault itself, that caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST /datasets`
    CreateDataset,
    /// `PUT` or `PATCH /datasets/{id}`
    UpdateDataset,
    /// `POST /datasets/{id}/archive`
    ArchiveDataset,
    /// `POST /datasets/{id}/unarchive`
    UnarchiveDataset,
    /// `DELETE /datasets/{id}`
    DeleteDataset,
    /// `POST /datasets/{id}/records` and `POST /datasets/{id}/versions/draft/records`
    AddRecords,
    /// Reading the contents of records.
    ReadRecords,
    /// Asking whether a caller may do what it asks for.
    CheckAccess,
    /// Making and unwrapping keys.
    UseKeys,
    /// `POST /auth/login`
    Login,
    /// `POST /auth/refresh`
    Refresh,
    /// `POST /auth/logout`
    Logout,
    /// `DELETE /auth/sessions/{session_id}`
    EndSession,
    /// Making a tenant.
    CreateTenant,
    /// `POST /users`, and registration by an operator.
    RegisterUser,
    /// `PATCH /users/{user_id}`
    ChangeUser,
    /// `POST /users/{user_id}/reset-password`
    ResetPassword,
    /// `POST /auth/password` and `POST /auth/invitation`
    ChangePassword,
    /// `POST /keys/{id}/rotate`, and rotation by age.
    RotateKey,
    /// Revoking a key.
    RevokeKey,
    /// Wrapping tenant keys by another root key.
    RewrapKeys,
    /// `POST /keys/{id}/rewrap`: sealing contents anew.
    RewrapContents,
    /// `POST /keys/{id}/destroy`
    DestroyKey,
    /// Letting a projection pass over an event.
    SkipEvent,
    /// `POST /api-keys`
    CreateApiKey,
    /// `POST /api-keys/{api_key_id}/rotate`
    RotateApiKey,
    /// `DELETE /api-keys/{api_key_id}`
    RevokeApiKey,
    /// Taking down that an API key's time is over.
    ExpireApiKey,
    /// `POST /auth/mfa/totp/enroll`
    EnrollTotp,
    /// `POST /auth/mfa/totp/confirm`
    ConfirmTotp,
    /// `POST /auth/mfa/totp/remove`
    RemoveTotp,
    /// `PUT` and `DELETE /subjects/{sid}/hold`
    HoldSubject,
    /// `POST` and `DELETE /subjects/{sid}/restrict`
    RestrictSubject,
    /// `DELETE /subjects/{sid}`, and what follows from it.
    EraseSubject,
    /// Destroying the key of an erasure epoch.
    EndEpoch,
    /// `POST /privacy/custom-types`
    DefineCustomType,
    /// `PUT /privacy/custom-types/{id}`
    ChangeCustomType,
    /// `DELETE /privacy/custom-types/{id}`
    RemoveCustomType,
    /// `POST /policies`
    CreatePolicy,
    /// `PUT /policies/{id}`
    ReplacePolicy,
    /// `DELETE /policies/{id}`
    DeletePolicy,
    /// `POST /datasets/{id}/grants`
    GiveGrant,
    /// `DELETE /datasets/{id}/grants/{grant_id}`
    RevokeGrant,
    /// `POST /approvals`
    RequestApproval,
    /// `POST /approvals/{approval_id}/approve`
    GiveApproval,
    /// `POST /approvals/{approval_id}/refuse`
    RefuseApproval,
    /// `DELETE /approvals/{approval_id}`
    WithdrawApproval,
    /// `POST /approvals/break-glass`
    BreakGlass,
    /// `POST /approvals/{approval_id}/review`
    ReviewBrokenGlass,
}

/// The trace and parent ids of a W3C `traceparent` header: 16 and 8 bytes, as hexadecimal digits in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace_id: [u8; 16],
    parent_id: [u8; 8],
}

/// A text that is no `trace id-parent id` pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a trace parent")]
pub struct InvalidTraceParent;

impl TraceParent {
    /// Takes the raw ids.
    #[must_use]
    pub const fn new(trace_id: [u8; 16], parent_id: [u8; 8]) -> Self {
        Self { trace_id, parent_id }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}",
            hex::encode(self.trace_id),
            hex::encode(self.parent_id)
        )
    }
}

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, InvalidTraceParent> {
        let (trace, parent) = text.split_once('-').ok_or(InvalidTraceParent)?;
        let (mut trace_id, mut parent_id) = ([0; 16], [0; 8]);
        hex::decode_to_slice(trace, &mut trace_id).map_err(|_| InvalidTraceParent)?;
        hex::decode_to_slice(parent, &mut parent_id).map_err(|_| InvalidTraceParent)?;
        Ok(Self { trace_id, parent_id })
    }
}

impl Serialize for TraceParent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceParent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for TraceParent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TraceParent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "trace-parent"})
    }
}

/// What every event says of the request that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The tenant, as in the event's own column.
    pub tenant_id: TenantId,
    /// Who acted.
    pub actor: Actor,
    /// What was asked for.
    pub operation: Operation,
    /// The id of the request, which all its events share.
    pub correlation_id: EventId,
    /// The event that caused this one, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The approval without which the actor could not have done it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<ApprovalId>,
    /// The trace that the request belonged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
    /// The client's address and user agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Sealed>,
}
