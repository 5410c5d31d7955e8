//! `GET /privacy/entity-types`

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use vault_domain::EntityType;
use vault_http::{Caller, Problem, ProblemResponses};

/// A kind of personal data or secret that the vault finds.
#[derive(Serialize, ToSchema)]
#[schema(as = EntityType)]
pub(crate) struct EntityTypeBody {
    /// The stable name, as it stands in findings, policies and filters.
    #[schema(example = "us_ssn")]
    name: &'static str,
    /// What it is.
    #[schema(example = "A social security number of the United States.")]
    description: &'static str,
    /// What sort of thing it tells: `contact`, `personal`, `location`, `government_id`, `organization`, `health`,
    /// `financial`, `vehicle`, `network`, `secret` or `custom`.
    #[schema(example = "government_id")]
    category: &'static str,
    /// How much harm its disclosure does: `low`, `medium`, `high` or `critical`.
    #[schema(example = "high")]
    sensitivity: &'static str,
    /// The countries that use it (ISO 3166); empty where it is used everywhere.
    #[schema(example = json!(["US"]))]
    jurisdictions: &'static [&'static str],
    /// The laws and standards that name such data: `GDPR`, `CCPA`, `HIPAA`, `PCI`.
    #[schema(example = json!(["GDPR", "CCPA", "HIPAA"]))]
    regulations: Vec<&'static str>,
    /// How it looks.
    #[schema(example = json!(["536-22-1234"]))]
    examples: &'static [&'static str],
}

impl From<EntityType> for EntityTypeBody {
    fn from(kind: EntityType) -> Self {
        Self {
            name: kind.as_str(),
            description: kind.description(),
            category: kind.category().as_str(),
            sensitivity: kind.sensitivity().as_str(),
            jurisdictions: kind.jurisdictions(),
            regulations: kind.regulations().iter().map(|law| law.as_str()).collect(),
            examples: kind.examples(),
        }
    }
}

/// All entity types, on one page.
#[derive(Serialize, ToSchema)]
#[schema(as = EntityTypeList)]
pub(crate) struct EntityTypesBody {
    items: Vec<EntityTypeBody>,
}

/// List the kinds of personal data and secrets that the vault knows. The list is the same for everybody.
#[utoipa::path(
    get, path = "/privacy/entity-types", tag = "Privacy",
    responses((status = 200, description = "The entity types.", body = EntityTypesBody), ProblemResponses)
)]
pub(crate) async fn entity_types(Caller(_principal): Caller) -> Result<Json<EntityTypesBody>, Problem> {
    let items = EntityType::ALL
        .iter()
        .copied()
        .map(EntityTypeBody::from)
        .collect();
    Ok(Json(EntityTypesBody { items }))
}
