//! What answers say of a subject.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_domain::ErrorCode;
use vault_http::Problem;
use vault_queries::subject::{SubjectName, SubjectView};

/// Begins a subject's name that is the client's own.
const EXTERNAL: &str = "ext:";

/// How much a subject's records are in one dataset.
#[derive(Serialize, ToSchema)]
#[schema(as = SubjectDataset)]
pub(crate) struct SubjectDatasetBody {
    /// The dataset.
    dataset_id: Uuid,
    /// How many records.
    records: i64,
    /// The size of their data.
    size_bytes: i64,
}

/// What is known of a person whom records are about.
#[derive(Serialize, ToSchema)]
#[schema(as = Subject)]
pub(crate) struct SubjectBody {
    /// The minted id.
    id: Uuid,
    /// `active`, `restricted` or `erased`.
    status: String,
    /// Whether an erasure is refused.
    held: bool,
    /// When a record named it first.
    registered_at: DateTime<Utc>,
    /// Where its records are; nothing any more once they are removed.
    datasets: Vec<SubjectDatasetBody>,
}

impl From<SubjectView> for SubjectBody {
    fn from(view: SubjectView) -> Self {
        Self {
            id: view.row.subject_id,
            status: view.row.status,
            held: view.row.held,
            registered_at: view.row.registered_at,
            datasets: view
                .datasets
                .into_iter()
                .map(|dataset| SubjectDatasetBody {
                    dataset_id: dataset.dataset_id,
                    records: dataset.records,
                    size_bytes: dataset.size_bytes,
                })
                .collect(),
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
