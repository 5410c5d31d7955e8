//! `POST /detect-pii`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::privacy;
use vault_domain::ErrorCode;
use vault_http::{ApiJson, Asking, Problem, ProblemResponses, RawJson};
use vault_privacy::OffsetUnit;

use super::body::{DetectionBody, WantedBody};
use crate::{error::problem, state::WriteState};

/// What to look at: a text, or a JSON value that is looked at field by field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DetectBody {
    /// A text.
    #[schema(example = "Contact me at john.doe@example.com")]
    text: Option<String>,
    /// Any JSON value.
    #[schema(value_type = Option<serde_json::Value>)]
    data: Option<RawJson>,
    /// Only findings of these types, by their names or those of the tenant's own.
    entity_types: Option<Vec<String>>,
    /// Only findings at least this sure, from 0 to 1.
    #[schema(minimum = 0.0, maximum = 1.0)]
    min_confidence: Option<f64>,
    /// What offsets count: `code_point` (the default), `utf8` or `utf16`.
    #[schema(value_type = Option<String>, pattern = "^(code_point|utf8|utf16)$")]
    offset_unit: Option<OffsetUnit>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct DetectedBody {
    detections: Vec<DetectionBody>,
}

/// Find personal data and secrets in a text or a JSON value. Nothing of it is kept.
#[utoipa::path(
    post, path = "/detect-pii", tag = "Privacy",
    request_body = DetectBody,
    responses((status = 200, description = "What was found.", body = DetectedBody), ProblemResponses)
)]
pub(crate) async fn detect(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiJson(body): ApiJson<DetectBody>,
) -> Result<Json<DetectedBody>, Problem> {
    let permit = state.permit::<act::PrivacyScan>(&asker, TenantWide).await?;
    let wanted = WantedBody {
        entity_types: body.entity_types,
        min_confidence: body.min_confidence,
    }
    .check()?;
    let unit = body.offset_unit.unwrap_or_default();
    let found = match (body.text, body.data) {
        (Some(text), None) => privacy::detect_text(&state.vault, &permit, &text, &wanted, unit)
            .await
            .map(|found| found.into_iter().map(DetectionBody::from).collect()),
        (None, Some(data)) if unit == OffsetUnit::CodePoint => {
            privacy::detect_json(&state.vault, &permit, data.0.get(), &wanted)
                .await
                .map(|found| found.into_iter().map(DetectionBody::from).collect())
        }
        (None, Some(_)) => {
            let message = "applies to text: in data offsets count code points";
            return Err(Problem::in_field(
                "offset_unit",
                ErrorCode::InvalidFieldValue,
                message,
            ));
        }
        (Some(_), Some(_)) => {
            let message = "must not be given together with text";
            return Err(Problem::in_field("data", ErrorCode::InvalidFieldValue, message));
        }
        // neither of them is missing rather than the other
        (None, None) => {
            let detail = "Either text or data must be given.";
            return Err(Problem::new(ErrorCode::MissingRequiredField).with_detail(detail));
        }
    };
    Ok(Json(DetectedBody {
        detections: found.map_err(problem)?,
    }))
}
