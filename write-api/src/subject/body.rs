//! What requests and answers say of a subject.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_commands::subject::SubjectName;
use vault_domain::{ErrorCode, SubjectId};
use vault_http::Problem;

/// Begins a subject's name that is the client's own.
const EXTERNAL: &str = "ext:";

/// The subject that was changed.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedSubject)]
pub(super) struct ChangedSubjectBody {
    /// The minted id.
    id: Uuid,
}

impl From<SubjectId> for ChangedSubjectBody {
    fn from(id: SubjectId) -> Self {
        Self { id: id.as_uuid() }
    }
}

/// The subject that was erased.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasedSubject)]
pub(super) struct ErasedSubjectBody {
    /// The minted id; the client's own name for it means nobody any more.
    id: Uuid,
    /// `erased`
    status: &'static str,
    /// Where the signed certificate is, which says what is purged and what is pending.
    certificate: String,
}

impl From<SubjectId> for ErasedSubjectBody {
    fn from(id: SubjectId) -> Self {
        Self {
            id: id.as_uuid(),
            status: "erased",
            certificate: format!("/api/v1/subjects/{id}/certificate"),
        }
    }
}

/// A subject's name in a path: the minted id, or `ext:` and the client's own.
pub(super) fn subject_name(text: &str) -> Result<SubjectName, Problem> {
    if let Some(external) = text.strip_prefix(EXTERNAL) {
        return Ok(SubjectName::External(external.to_owned()));
    }
    text.parse().map(SubjectName::Id).map_err(|_| {
        Problem::in_field(
            "sid",
            ErrorCode::InvalidUuid,
            "is neither a UUID nor ext: and the client's own name",
        )
    })
}
