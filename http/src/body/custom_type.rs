//! A type that a tenant describes, on the wire.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vault_domain::custom_type::CustomTypeView;

/// A type of personal data that the tenant describes itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomType)]
pub struct CustomTypeBody {
    /// Its id.
    id: Uuid,
    /// Its name: findings carry it as `custom_type`.
    name: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Regular expressions to find.
    patterns: Vec<String>,
    /// Words and phrases to find.
    words: Vec<String>,
    /// Words that make a finding likelier.
    context: Vec<String>,
    /// Whether a match without a word of context is no finding.
    context_required: bool,
    /// How much a match alone says.
    strength: String,
    /// What the letters and digits of a match must pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    validator: Option<String>,
    /// How much harm its disclosure does.
    sensitivity: String,
}

impl From<CustomTypeView> for CustomTypeBody {
    fn from(view: CustomTypeView) -> Self {
        let definition = view.definition;
        Self {
            id: view.id.as_uuid(),
            name: definition.name,
            description: definition.description,
            patterns: definition.patterns,
            words: definition.words,
            context: definition.context,
            context_required: definition.context_required,
            strength: definition.strength,
            validator: definition.validator,
            sensitivity: definition.sensitivity,
        }
    }
}
