//! The frozen names under which sealed values are bound to their place, and under which texts are hashed to be found.

/// A dataset's name.
pub const DATASET_NAME: &str = "dataset.name";
/// What a dataset's name looks like.
pub const DATASET_LOOK: &str = "dataset.look";
/// A dataset's description.
pub const DATASET_DESCRIPTION: &str = "dataset.description";
/// A dataset's task type.
pub const DATASET_TASK_TYPE: &str = "dataset.task_type";
/// A dataset's tags.
pub const DATASET_TAGS: &str = "dataset.tags";
/// A dataset's schema.
pub const DATASET_SCHEMA: &str = "dataset.schema";
/// A dataset's settings.
pub const DATASET_SETTINGS: &str = "dataset.settings";
/// After which dataset a page of a list begins.
pub const DATASET_PLACE: &str = "dataset.place";
/// A record's external id.
pub const RECORD_EXTERNAL_ID: &str = "record.external_id";
/// A record's metadata.
pub const RECORD_METADATA: &str = "record.metadata";
/// A record's metadata without the values in which something was found.
pub const RECORD_CLEAN_METADATA: &str = "record.clean_metadata";
/// By what a client names a person whom records are about.
pub const SUBJECT_NAME: &str = "subject.name";
/// Why a person's records must not be erased.
pub const SUBJECT_HOLD_REASON: &str = "subject.hold_reason";
/// The name of a type that a tenant describes itself.
pub const CUSTOM_TYPE_NAME: &str = "custom_type.name";
/// The definition of a type that a tenant describes itself.
pub const CUSTOM_TYPE_DEFINITION: &str = "custom_type.definition";
/// A user's email.
pub const USER_EMAIL: &str = "user.email";
/// The network that a login was tried from.
pub const LOGIN_NETWORK: &str = "login.network";
/// Why an operator let a projection pass over an event.
pub const SKIP_REASON: &str = "projection.skip_reason";
/// The seed of a key that signs access tokens.
pub const TOKEN_KEY: &str = "auth.token_key";
/// The secret of a user's second factor.
pub const TOTP_SECRET: &str = "totp.secret";
/// An API key's name.
pub const API_KEY_NAME: &str = "api_key.name";
/// A policy of a tenant's own, with its name.
pub const POLICY: &str = "policy.policy";
/// Why somebody was given rights to a dataset.
pub const GRANT_REASON: &str = "grant.reason";
/// Why somebody asked for a second person's approval, or did not wait for it.
pub const APPROVAL_REASON: &str = "approval.reason";
/// What a second person says of it.
pub const APPROVAL_NOTE: &str = "approval.note";
