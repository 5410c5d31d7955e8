//! What a client says of a dataset, and its check.

use serde_json::Value;
use vault_domain::{
    ErrorCode,
    dataset::{DatasetDescription, DatasetName, InvalidText, MAX_TAGS, Sensitivity, Tag, TaskType},
};

use crate::error::CommandError;

/// The most bytes of a dataset's schema, and of its settings.
pub const MAX_JSON_BYTES: usize = 64 * 1024;

/// A new dataset, or the whole of a changed one, as a client describes it.
#[derive(Debug, Clone, Default)]
pub struct DatasetInput {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The kind of task it serves.
    pub task_type: Option<String>,
    /// A JSON Schema of its records.
    pub schema: Option<Value>,
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// Settings, a JSON object.
    pub settings: Option<Value>,
}

/// What is to become of a property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It stays.
    #[default]
    Keep,
    /// It has no value any more.
    Clear,
    /// It has this value.
    Set(T),
}

/// Changes to a dataset, as a client asks for them.
#[derive(Debug, Clone, Default)]
pub struct DatasetPatch {
    /// The new name.
    pub name: Option<String>,
    /// What becomes of the description.
    pub description: Patch<String>,
    /// What becomes of the task type.
    pub task_type: Patch<String>,
    /// What becomes of the schema.
    pub schema: Patch<Value>,
    /// What becomes of the labels.
    pub tags: Patch<Vec<String>>,
    /// What becomes of the settings.
    pub settings: Patch<Value>,
}

impl From<DatasetInput> for DatasetPatch {
    /// The whole of a dataset: what is not said is cleared.
    fn from(input: DatasetInput) -> Self {
        fn whole<T>(value: Option<T>) -> Patch<T> {
            value.map_or(Patch::Clear, Patch::Set)
        }
        Self {
            name: Some(input.name),
            description: whole(input.description),
            task_type: whole(input.task_type),
            schema: whole(input.schema),
            tags: whole(input.tags),
            settings: whole(input.settings),
        }
    }
}

pub(super) fn name(text: &str) -> Result<DatasetName, CommandError> {
    DatasetName::parse(text)
        .map_err(|error| CommandError::invalid("name", ErrorCode::InvalidDatasetName, error.to_string()))
}

pub(super) fn description(text: &str) -> Result<DatasetDescription, CommandError> {
    DatasetDescription::parse(text).map_err(|error| text_error("description", error))
}

pub(super) fn task_type(text: &str) -> Result<TaskType, CommandError> {
    TaskType::parse(text).map_err(|error| text_error("task_type", error))
}

/// Checks labels, and drops repeated ones.
pub(super) fn tags(texts: &[String]) -> Result<Vec<String>, CommandError> {
    if texts.len() > MAX_TAGS {
        let message = format!("must hold at most {MAX_TAGS} tags");
        return Err(CommandError::invalid(
            "tags",
            ErrorCode::InvalidArraySize,
            message,
        ));
    }
    let mut tags: Vec<String> = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let tag = Tag::parse(text).map_err(|error| text_error(&format!("tags[{index}]"), error))?;
        if !tags.iter().any(|known| known == tag.as_str()) {
            tags.push(tag.as_str().to_owned());
        }
    }
    Ok(tags)
}

/// Checks that a value is an object of a bounded size, and writes it as text.
pub(super) fn object(field: &str, value: &Value) -> Result<String, CommandError> {
    if !value.is_object() {
        return Err(CommandError::invalid(
            field,
            ErrorCode::InvalidFieldType,
            "must be an object",
        ));
    }
    let text = value.to_string();
    if text.len() > MAX_JSON_BYTES {
        let message = format!("must be at most {MAX_JSON_BYTES} bytes long");
        return Err(CommandError::invalid(field, ErrorCode::FieldTooLong, message));
    }
    Ok(text)
}

/// Checks settings: an object, of which one member means something to the vault.
pub(super) fn settings(value: &Value) -> Result<String, CommandError> {
    if let Some(marked) = value.get(Sensitivity::SETTING)
        && Sensitivity::parse(marked).is_none()
    {
        let field = format!("settings.{}", Sensitivity::SETTING);
        let message = format!("must be one of {}", Sensitivity::NAMES.join(", "));
        return Err(CommandError::invalid(
            &field,
            ErrorCode::InvalidFieldValue,
            message,
        ));
    }
    object("settings", value)
}

fn text_error(field: &str, error: InvalidText) -> CommandError {
    let code = match error {
        InvalidText::Empty => ErrorCode::FieldTooShort,
        InvalidText::TooLong { .. } => ErrorCode::FieldTooLong,
        InvalidText::ControlCharacter | InvalidText::Invisible | InvalidText::MixedScripts => {
            ErrorCode::InvalidFieldValue
        }
    };
    CommandError::invalid(field, code, error.to_string())
}
