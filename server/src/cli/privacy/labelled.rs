//! Labelled texts, in the two forms that they come in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vault_privacy::{EntityType, evaluate::Label};

/// A text and what is in it.
#[derive(Debug)]
pub(super) struct Labelled {
    /// Which message of a conversation it is, from 0.
    pub(super) message: Option<usize>,
    pub(super) text: String,
    pub(super) labels: Vec<Label>,
}

#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    messages: Option<Vec<Message>>,
    #[serde(default)]
    pii: Vec<Mark>,
    /// Where neither is given, every other text is one without labels.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Deserialize)]
struct Mark {
    message: Option<usize>,
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: String,
}

/// Reads one line.
pub(super) fn parse(json: &[u8]) -> serde_json::Result<Vec<Labelled>> {
    let line: Line = serde_json::from_slice(json)?;
    if let Some(messages) = line.messages {
        let labelled = messages
            .into_iter()
            .enumerate()
            .map(|(number, message)| Labelled {
                message: Some(number),
                text: message.content,
                labels: labels(line.pii.iter().filter(|mark| mark.message == Some(number))),
            });
        return Ok(labelled.collect());
    }
    if let Some(text) = line.text {
        return Ok(vec![Labelled {
            message: None,
            text,
            labels: labels(line.pii.iter()),
        }]);
    }
    let texts = line.others.into_values().filter_map(|value| match value {
        Value::String(text) => Some(Labelled {
            message: None,
            text,
            labels: Vec::new(),
        }),
        _ => None,
    });
    Ok(texts.collect())
}

fn labels<'m>(marks: impl Iterator<Item = &'m Mark>) -> Vec<Label> {
    marks
        .map(|mark| Label {
            name: mark.kind.clone(),
            types: types(&mark.kind),
            start: mark.start,
            end: mark.end,
        })
        .collect()
}

/// The types that a finding of a label may have: the one of its name, and for names of groups all that belong.
fn types(name: &str) -> Vec<EntityType> {
    match name {
        "ssn" => vec![EntityType::UsSsn],
        "api_key" => EntityType::ALL
            .iter()
            .copied()
            .filter(|kind| kind.is_secret())
            .collect(),
        name => name.parse().into_iter().collect(),
    }
}
