//! Labelled texts, as tokens with tags.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use vault_privacy::names::{
    NameKind,
    decode::{OUTSIDE, begin_tag, inside_tag},
    model::Model,
    token::{Token, tokenize},
};

/// One text.
pub(crate) struct Text {
    pub(crate) tokens: Vec<Token>,
    pub(crate) tags: Vec<u8>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    pii: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: String,
}

/// Reads JSON lines of `{text, pii: [{start, end, type}]}`, with offsets in code points.
pub(crate) fn read(path: &Path, gazetteer: &Model<'_>) -> anyhow::Result<Vec<Text>> {
    let mut texts = Vec::new();
    for (number, line) in crate::read(path)?.lines().enumerate() {
        let line: Line = serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
        texts.push(tagged(&line, gazetteer)?);
    }
    Ok(texts)
}

fn tagged(line: &Line, gazetteer: &Model<'_>) -> anyhow::Result<Text> {
    let mut tokens = Vec::new();
    tokenize(&line.text, gazetteer, &mut tokens);
    let mut tags = vec![u8::try_from(OUTSIDE)?; tokens.len()];
    let offsets: Vec<usize> = line
        .text
        .char_indices()
        .map(|(at, _)| at)
        .chain([line.text.len()])
        .collect();
    for label in &line.pii {
        let Some(kind) = kind(&label.kind) else {
            continue;
        };
        let bounds = offsets.get(label.start).zip(offsets.get(label.end));
        let (start, end) = bounds.context("a label lies outside its text")?;
        let mut next = begin_tag(kind);
        for (token, tag) in tokens.iter().zip(&mut tags) {
            if (*start..*end).contains(&token.start) {
                *tag = u8::try_from(next)?;
                next = inside_tag(kind);
            }
        }
    }
    Ok(Text { tokens, tags })
}

fn kind(name: &str) -> Option<NameKind> {
    Some(match name {
        "person" => NameKind::Person,
        "address" => NameKind::Address,
        "location" => NameKind::Location,
        "organization" => NameKind::Organization,
        _ => return None,
    })
}
