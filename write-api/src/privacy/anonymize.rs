//! `POST /anonymize`

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::privacy::{self, AnonymizeStrategy};
use vault_http::{ApiJson, Asking, Problem, ProblemResponses};

use super::body::{DetectionBody, WantedBody};
use crate::{error::problem, state::WriteState};

/// How findings are taken out.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StrategyBody {
    /// `[REDACTED]`
    Redact,
    /// All characters but the last few become `*`.
    Mask,
    /// A keyed hash: the same for the same value within the tenant.
    Hash,
    /// The name of the type.
    Replace,
}

impl From<StrategyBody> for AnonymizeStrategy {
    fn from(body: StrategyBody) -> Self {
        match body {
            StrategyBody::Redact => Self::Redact,
            StrategyBody::Mask => Self::Mask,
            StrategyBody::Hash => Self::Hash,
            StrategyBody::Replace => Self::Replace,
        }
    }
}

/// A text to anonymize.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnonymizeBody {
    /// The text.
    #[schema(example = "My SSN is 123-45-6789")]
    text: String,
    /// How.
    strategy: StrategyBody,
    /// Only findings of these types, by their names or those of the tenant's own.
    entity_types: Option<Vec<String>>,
    /// Only findings at least this sure, from 0 to 1.
    #[schema(minimum = 0.0, maximum = 1.0)]
    min_confidence: Option<f64>,
}

/// The text without what was found in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnonymizedBody {
    /// The text without the findings.
    #[schema(example = "My SSN is [REDACTED]")]
    result: String,
    /// What was found, with offsets in the original text.
    detections: Vec<DetectionBody>,
}

/// Take personal data and secrets out of a text. Nothing of it is kept.
#[utoipa::path(
    post, path = "/anonymize", tag = "Privacy",
    request_body = AnonymizeBody,
    responses((status = 200, description = "The text without the findings.", body = AnonymizedBody), ProblemResponses)
)]
pub(crate) async fn anonymize(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiJson(body): ApiJson<AnonymizeBody>,
) -> Result<Json<AnonymizedBody>, Problem> {
    let permit = state.permit::<act::PrivacyAnonymize>(&asker, TenantWide).await?;
    let wanted = WantedBody {
        entity_types: body.entity_types,
        min_confidence: body.min_confidence,
    }
    .check()?;
    let (result, found) =
        privacy::anonymize(&state.vault, &permit, &body.text, body.strategy.into(), &wanted)
            .await
            .map_err(problem)?;
    Ok(Json(AnonymizedBody {
        result,
        detections: found.into_iter().map(DetectionBody::from).collect(),
    }))
}
