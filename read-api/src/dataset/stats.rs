//! `GET /datasets/{id}/stats`

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vault_access::act;
use vault_domain::DatasetId;
use vault_http::{ApiPath, ApiQuery, Asking, Problem, ProblemResponses, ReadHeaders};
use vault_queries::dataset;

use crate::{
    as_of::{AnsweredAsOf, AsOfQuery, Reading},
    error::problem,
    state::ReadState,
};

/// How much a dataset holds.
#[derive(Serialize, ToSchema)]
#[schema(as = DatasetStats)]
pub(crate) struct StatsBody {
    /// How many records.
    record_count: i64,
    /// The sum of their sizes.
    size_bytes: i64,
    /// In how many of them something was found.
    records_with_pii: i64,
    /// Findings by type.
    #[schema(value_type = Object, example = json!({"email": 3}))]
    pii_counts: Value,
    /// When a record was last added.
    last_added_at: Option<DateTime<Utc>>,
}

/// How much a dataset holds, and what was found in it; or how much it held.
#[utoipa::path(
    get, path = "/datasets/{id}/stats", tag = "Datasets",
    params(("id" = uuid::Uuid, Path, description = "The dataset."), AsOfQuery, ReadHeaders),
    responses((status = 200, description = "The dataset's figures.", body = StatsBody), ProblemResponses)
)]
pub(crate) async fn stats(
    State(state): State<ReadState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<DatasetId>,
    ApiQuery(query): ApiQuery<AsOfQuery>,
    reading: Reading,
) -> Result<(AnsweredAsOf, Json<StatsBody>), Problem> {
    let permit = state.permit::<act::DatasetRead>(&asker, id).await?;
    let moment = state.moment(&permit, query.as_of, reading).await?;
    let row = dataset::stats(&state.queries, &permit, moment)
        .await
        .map_err(problem)?;
    let body = StatsBody {
        record_count: row.record_count,
        size_bytes: row.size_bytes,
        records_with_pii: row.records_with_pii,
        pii_counts: row.pii_counts,
        last_added_at: row.last_added_at,
    };
    Ok((AnsweredAsOf(moment), Json(body)))
}
