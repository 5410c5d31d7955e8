//! A type that a tenant describes, as people read it.

use serde::Deserialize;

use crate::CustomTypeDefinitionId;

/// A type that a tenant describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomTypeView {
    /// Its id.
    pub id: CustomTypeDefinitionId,
    /// What it is.
    pub definition: Definition,
}

/// A definition, as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Regular expressions to find.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// Words and phrases to find.
    #[serde(default)]
    pub words: Vec<String>,
    /// Words that make a finding likelier.
    #[serde(default)]
    pub context: Vec<String>,
    /// Whether a match without a word of context is no finding.
    pub context_required: bool,
    /// How much a match alone says.
    pub strength: String,
    /// What a match must pass.
    pub validator: Option<String>,
    /// How much harm its disclosure does.
    pub sensitivity: String,
}
