//! `POST /privacy/custom-types`, and `PUT` and `DELETE /privacy/custom-types/{id}`

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;
use vault_access::{TenantWide, act};
use vault_commands::custom_type;
use vault_domain::{CustomTypeDefinitionId, ErrorCode};
use vault_http::{ApiPath, Asking, CustomTypeBody, Problem, ProblemResponses, ReadModelWait, WriteHeaders};
use vault_privacy::{Validator, custom::CustomTypeDefinition, custom::DefinedStrength};

use crate::{
    error::problem,
    request::{Bodiless, Command},
    respond::written,
    state::WriteState,
};

/// A type of personal data that the tenant describes itself, at most 32 KiB of JSON.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomTypeBody {
    /// Its name, unique in the tenant: small letters, digits and `_`, starting with a letter, at most 64.
    #[schema(example = "employee_number")]
    name: String,
    /// What it is, at most 1,024 bytes.
    description: Option<String>,
    /// Regular expressions to find, at most 16 of 1,024 bytes: the syntax of the Rust crate `regex`, searched in linear
    /// time, so without look-around and back-references.
    #[serde(default)]
    #[schema(example = json!(["\\bE-\\d{6}\\b"]))]
    patterns: Vec<String>,
    /// Words and phrases to find as such, in any case of ASCII letters, of 2 to 256 bytes.
    #[serde(default)]
    words: Vec<String>,
    /// Words that make a finding likelier when they stand near it, or in its field's name: at most 256, of 2 to 40 bytes.
    #[serde(default)]
    #[schema(example = json!(["employee", "badge"]))]
    context: Vec<String>,
    /// Whether a match without a word of context is no finding.
    #[serde(default)]
    context_required: bool,
    /// How much a match alone says: `hint`, `weak`, `medium`, `strong` (the default) or `exact`. A hint or a weak match
    /// is reported by default only with context or a validator's yes.
    strength: Option<String>,
    /// What the letters and digits of a match must pass: `luhn`, `mod97`, `iban`, `mod11_2`, `mod11_10` or `verhoeff`.
    validator: Option<String>,
    /// How much harm its disclosure does: `low`, `medium` (the default), `high` or `critical`.
    sensitivity: Option<String>,
}

impl NewCustomTypeBody {
    fn check(self) -> Result<CustomTypeDefinition, Problem> {
        let strength = named("strength", self.strength)?;
        let sensitivity = named("sensitivity", self.sensitivity)?;
        let validator: Option<Validator> = named("validator", self.validator)?;
        Ok(CustomTypeDefinition {
            name: self.name,
            description: self.description,
            patterns: self.patterns,
            words: self.words,
            context: self.context,
            context_required: self.context_required,
            strength: strength.unwrap_or(DefinedStrength::Strong),
            validator,
            sensitivity: sensitivity.unwrap_or(vault_domain::Sensitivity::Medium),
        })
    }
}

/// One of a closed set of names.
fn named<T: serde::de::DeserializeOwned>(
    field: &'static str,
    name: Option<String>,
) -> Result<Option<T>, Problem> {
    let Some(name) = name else { return Ok(None) };
    serde_json::from_value(name.into()).map(Some).map_err(|_| {
        Problem::in_field(
            field,
            ErrorCode::InvalidEnumValue,
            "is none of the names that it can have",
        )
    })
}

/// Describe a type of personal data that the vault does not know. It is looked for from now on in everything that is
/// scanned and added; what was added before stays as it was found.
#[utoipa::path(
    post, path = "/privacy/custom-types", tag = "Privacy", params(WriteHeaders),
    request_body = NewCustomTypeBody,
    responses(
        (status = 201, description = "The type is looked for.", body = CustomTypeBody),
        (status = 409, description = "Another type has that name, or there are 64 already."),
        ProblemResponses
    )
)]
pub(crate) async fn define(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    wait: ReadModelWait,
    command: Command<NewCustomTypeBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PrivacyConfigure>(&asker, TenantWide).await?;
    let definition = command.body.check()?;
    let defined = custom_type::define(&state.vault, &permit, &command.request, definition).await;
    let defined = defined.map_err(problem)?;
    let location = format!("/api/v1/privacy/custom-types/{}", defined.value.id);
    let mut response = written(
        &state.vault,
        wait,
        StatusCode::CREATED,
        defined,
        CustomTypeBody::from,
    )
    .await;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Describe a type in another way: everything about it is replaced.
#[utoipa::path(
    put, path = "/privacy/custom-types/{id}", tag = "Privacy",
    params(("id" = Uuid, Path, description = "The type."), WriteHeaders),
    request_body = NewCustomTypeBody,
    responses(
        (status = 200, description = "The type as it is looked for now.", body = CustomTypeBody),
        (status = 409, description = "Another type has that name."),
        ProblemResponses
    )
)]
pub(crate) async fn replace(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<CustomTypeDefinitionId>,
    wait: ReadModelWait,
    command: Command<NewCustomTypeBody>,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PrivacyConfigure>(&asker, TenantWide).await?;
    let definition = command.body.check()?;
    let changed = custom_type::change(&state.vault, &permit, &command.request, id, definition).await;
    let changed = changed.map_err(problem)?;
    Ok(written(&state.vault, wait, StatusCode::OK, changed, CustomTypeBody::from).await)
}

/// Look for a type no more. What was found of it stays found.
#[utoipa::path(
    delete, path = "/privacy/custom-types/{id}", tag = "Privacy",
    params(("id" = Uuid, Path, description = "The type."), WriteHeaders),
    responses((status = 204, description = "The type is looked for no more."), ProblemResponses)
)]
pub(crate) async fn remove(
    State(state): State<WriteState>,
    Asking(asker): Asking,
    ApiPath(id): ApiPath<CustomTypeDefinitionId>,
    wait: ReadModelWait,
    Bodiless(request): Bodiless,
) -> Result<Response, Problem> {
    let permit = state.permit::<act::PrivacyConfigure>(&asker, TenantWide).await?;
    let removed = custom_type::remove(&state.vault, &permit, &request, id).await;
    let removed = removed.map_err(problem)?;
    let mut response = written(&state.vault, wait, StatusCode::NO_CONTENT, removed, |()| ()).await;
    *response.body_mut() = axum::body::Body::empty();
    response.headers_mut().remove(header::CONTENT_TYPE);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    Ok(response)
}
