//! Custom types as clients write them: in requests to the API, and in files.

use regex::RegexBuilder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vault_domain::{EntityType, Sensitivity};

use super::{
    CustomType, MAX_COMPILED_BYTES, MAX_CUSTOM_NAME_BYTES, MAX_CUSTOM_PATTERNS, MAX_CUSTOM_TYPES,
    MAX_CUSTOM_WORDS, MAX_PATTERN_BYTES, Validator,
};
use crate::{confidence::Strength, recognizer::ContextNeed};

/// The longest description, in bytes.
pub const MAX_DESCRIPTION_BYTES: usize = 1024;
/// The shortest and the longest word to find, in bytes.
pub const WORD_BYTES: std::ops::RangeInclusive<usize> = 2..=256;
/// The most words of context.
pub const MAX_CONTEXT_WORDS: usize = 256;
/// The longest word of context, in bytes.
pub const MAX_CONTEXT_BYTES: usize = 40;
/// What the API says of a definition beside the definition itself.
const ANSWERED: [&str; 3] = ["id", "created_at", "updated_at"];

/// A type that somebody describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomTypeDefinition {
    /// Its name: small letters, digits and `_`, starting with a letter.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Regular expressions in the syntax of the crate `regex`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
    /// Words and phrases to find as such, in any case of ASCII letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Words that make a finding likelier when they stand near it, or in its field's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// Whether a match without a word of context is no finding.
    #[serde(default)]
    pub context_required: bool,
    /// How much a match alone says.
    #[serde(default)]
    pub strength: DefinedStrength,
    /// What the letters and digits of a match must pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<Validator>,
    /// How much harm its disclosure does.
    #[serde(default = "usual_sensitivity")]
    pub sensitivity: Sensitivity,
}

const fn usual_sensitivity() -> Sensitivity {
    Sensitivity::Medium
}

/// How much a match alone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefinedStrength {
    /// Countless other things look like this.
    Hint,
    /// Other things often look like this.
    Weak,
    /// Mostly this.
    Medium,
    /// Hardly anything else looks like this.
    #[default]
    Strong,
    /// Made to be recognized.
    Exact,
}

impl From<DefinedStrength> for Strength {
    fn from(strength: DefinedStrength) -> Self {
        match strength {
            DefinedStrength::Hint => Self::Hint,
            DefinedStrength::Weak => Self::Weak,
            DefinedStrength::Medium => Self::Medium,
            DefinedStrength::Strong => Self::Strong,
            DefinedStrength::Exact => Self::Exact,
        }
    }
}

/// What is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct DefinitionError {
    /// The path of the field at fault.
    pub field: String,
    /// What is wrong with it, without its value.
    pub message: String,
}

impl DefinitionError {
    fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// A file of definitions cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionsError {
    /// It is no JSON, or not of this shape.
    #[error("it is no list of definitions: a JSON array, or an object with `items`")]
    Shape(#[source] serde_json::Error),
    /// There are too many.
    #[error("it has more than {MAX_CUSTOM_TYPES} definitions")]
    TooMany,
    /// One is wrong.
    #[error("definition {number}")]
    Definition {
        /// Its number in the file, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: DefinitionError,
    },
    /// One has another shape.
    #[error("definition {number}")]
    Fields {
        /// Its number in the file, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Two have the same name.
    #[error("definition {number} has the name of one before it")]
    SameName {
        /// The number of the second, from 1.
        number: usize,
    },
}

/// Reads a list of definitions: a JSON array, or what the API answers with when it lists them.
///
/// # Errors
/// [`DefinitionsError`] with the first definition at fault.
pub fn parse_definitions(json: &str) -> Result<Vec<CustomType>, DefinitionsError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum File {
        List(Vec<Value>),
        Answer { items: Vec<Value> },
    }
    let (File::List(items) | File::Answer { items }) =
        serde_json::from_str(json).map_err(DefinitionsError::Shape)?;
    if items.len() > MAX_CUSTOM_TYPES {
        return Err(DefinitionsError::TooMany);
    }
    let mut types: Vec<CustomType> = Vec::with_capacity(items.len());
    for (number, mut item) in (1..).zip(items) {
        if let Value::Object(members) = &mut item {
            members.retain(|name, _| !ANSWERED.contains(&name.as_str()));
        }
        let definition: CustomTypeDefinition =
            serde_json::from_value(item).map_err(|source| DefinitionsError::Fields { number, source })?;
        let custom = definition
            .check()
            .map_err(|source| DefinitionsError::Definition { number, source })?;
        if types.iter().any(|before| before.name == custom.name) {
            return Err(DefinitionsError::SameName { number });
        }
        types.push(custom);
    }
    Ok(types)
}

impl CustomTypeDefinition {
    /// The type, if everything about it can be looked for.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn check(&self) -> Result<CustomType, DefinitionError> {
        check_name(&self.name)?;
        let too_long = self
            .description
            .as_ref()
            .is_some_and(|text| text.len() > MAX_DESCRIPTION_BYTES);
        if too_long {
            let message = format!("must be at most {MAX_DESCRIPTION_BYTES} bytes long");
            return Err(DefinitionError::new("description", message));
        }
        if self.patterns.is_empty() && self.words.is_empty() {
            return Err(DefinitionError::new(
                "patterns",
                "or words are required: something to look for",
            ));
        }
        check_count("patterns", self.patterns.len(), MAX_CUSTOM_PATTERNS)?;
        for (index, pattern) in self.patterns.iter().enumerate() {
            check_pattern(pattern).map_err(|why| DefinitionError::new(format!("patterns[{index}]"), why))?;
        }
        check_words("words", &self.words, MAX_CUSTOM_WORDS, WORD_BYTES)?;
        check_words("context", &self.context, MAX_CONTEXT_WORDS, 2..=MAX_CONTEXT_BYTES)?;
        if self.context_required && self.context.is_empty() {
            return Err(DefinitionError::new(
                "context",
                "is required where context_required is set",
            ));
        }
        Ok(CustomType {
            name: self.name.clone(),
            patterns: self.patterns.clone(),
            words: self.words.clone(),
            context: self.context.iter().map(|word| word.to_lowercase()).collect(),
            context_need: if self.context_required {
                ContextNeed::Required
            } else {
                ContextNeed::Optional
            },
            strength: self.strength.into(),
            validator: self.validator,
            sensitivity: self.sensitivity,
        })
    }
}

fn check_name(name: &str) -> Result<(), DefinitionError> {
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let fits = (1..=MAX_CUSTOM_NAME_BYTES).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(is_name);
    if !fits {
        let message = format!(
            "must be 1 to {MAX_CUSTOM_NAME_BYTES} small letters, digits and `_`, starting with a letter"
        );
        return Err(DefinitionError::new("name", message));
    }
    if name.parse::<EntityType>().is_ok() {
        return Err(DefinitionError::new(
            "name",
            "is that of a type which the vault knows itself",
        ));
    }
    Ok(())
}

fn check_count(field: &str, count: usize, most: usize) -> Result<(), DefinitionError> {
    if count <= most {
        return Ok(());
    }
    Err(DefinitionError::new(
        field,
        format!("must have at most {most} items"),
    ))
}

fn check_words(
    field: &str,
    words: &[String],
    most: usize,
    bytes: std::ops::RangeInclusive<usize>,
) -> Result<(), DefinitionError> {
    check_count(field, words.len(), most)?;
    match words.iter().position(|word| !bytes.contains(&word.trim().len())) {
        None => Ok(()),
        Some(index) => {
            let message = format!("must be {} to {} bytes long", bytes.start(), bytes.end());
            Err(DefinitionError::new(format!("{field}[{index}]"), message))
        }
    }
}

/// What is wrong with a pattern, without the pattern.
fn check_pattern(pattern: &str) -> Result<(), String> {
    if pattern.is_empty() || pattern.len() > MAX_PATTERN_BYTES {
        return Err(format!("must be 1 to {MAX_PATTERN_BYTES} bytes long"));
    }
    match regex_syntax::Parser::new().parse(pattern) {
        Ok(_) => {}
        Err(regex_syntax::Error::Parse(error)) => {
            let at = error.span().start.column;
            return Err(format!(
                "is no regular expression: {}, at character {at}",
                error.kind()
            ));
        }
        Err(regex_syntax::Error::Translate(error)) => {
            let at = error.span().start.column;
            return Err(format!(
                "is no regular expression: {}, at character {at}",
                error.kind()
            ));
        }
        Err(_) => return Err("is no regular expression".to_owned()),
    }
    let regex = RegexBuilder::new(pattern).size_limit(MAX_COMPILED_BYTES).build();
    let regex = regex.map_err(|_| format!("compiles to more than {MAX_COMPILED_BYTES} bytes"))?;
    if regex.is_match("") {
        return Err("matches the empty text".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(mut change: impl FnMut(&mut Value)) -> String {
        let mut definition = json!({ "name": "badge", "patterns": ["BDG-\\d{8}"] });
        change(&mut definition);
        let definition: CustomTypeDefinition = serde_json::from_value(definition).unwrap();
        definition
            .check()
            .map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    }

    #[test]
    fn every_fault_names_its_field_and_no_value() {
        assert_eq!(fault(|_| {}), "fine");
        for (field, value, expected) in [
            ("name", json!("Badge"), "name must be 1 to 64 small letters"),
            (
                "name",
                json!("email"),
                "name is that of a type which the vault knows itself",
            ),
            ("patterns", json!([]), "patterns or words are required"),
            (
                "patterns",
                json!(["a", "(MARKER"]),
                "patterns[1] is no regular expression: unclosed group, at character 1",
            ),
            ("patterns", json!(["MARKER*"]), "fine"),
            (
                "patterns",
                json!(["(MARKER)*"]),
                "patterns[0] matches the empty text",
            ),
            (
                "patterns",
                json!(["\\w{1000}{1000}"]),
                "patterns[0] compiles to more than",
            ),
            (
                "patterns",
                json!(["a".repeat(1025)]),
                "patterns[0] must be 1 to 1024 bytes long",
            ),
            (
                "patterns",
                json!(vec!["a"; 17]),
                "patterns must have at most 16 items",
            ),
            (
                "words",
                json!(["ok", "x"]),
                "words[1] must be 2 to 256 bytes long",
            ),
            ("context", json!(["y"]), "context[0] must be 2 to 40 bytes long"),
            (
                "context_required",
                json!(true),
                "context is required where context_required is set",
            ),
            (
                "description",
                json!("d".repeat(1025)),
                "description must be at most 1024 bytes long",
            ),
        ] {
            let found = fault(|definition| definition[field] = value.clone());
            assert!(found.starts_with(expected), "{found}");
            assert!(!found.contains("MARKER"), "{found}");
        }
    }

    #[test]
    fn a_file_is_a_list_or_what_the_api_answers() {
        let item = json!({ "id": "x", "created_at": "t", "updated_at": "t", "name": "badge", "words": ["Blue Heron"] });
        for file in [json!([item]), json!({ "items": [item] })] {
            assert_eq!(parse_definitions(&file.to_string()).unwrap()[0].name, "badge");
        }
        for (bad, expected) in [
            ("{}", "it is no list of definitions"),
            ("[{\"name\":\"a\",\"word\":[]}]", "definition 1"),
            (
                "[{\"name\":\"a\",\"words\":[\"xy\"]},{\"name\":\"a\",\"words\":[\"xy\"]}]",
                "definition 2 has the name",
            ),
        ] {
            let error = parse_definitions(bad).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
