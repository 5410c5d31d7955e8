//! Labelled texts, as tokens with tags.

use std::{ops::Range, path::Path};

use anyhow::Context;
use serde::Deserialize;
use vault_privacy::names::{
    NameKind,
    decode::{OUTSIDE, begin_tag, inside_tag},
    model::Gazetteer,
    token::{Token, tokenize},
};

/// One text.
pub(crate) struct Text {
    pub(crate) tokens: Vec<Token>,
    pub(crate) tags: Vec<u8>,
}

/// A line of labelled texts.
#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) pii: Vec<Label>,
    /// Which names the text has: those that training may use, or those that are held out.
    #[serde(default)]
    pub(crate) names: String,
}

/// What a part of a text is; offsets are code points.
#[derive(Deserialize)]
pub(crate) struct Label {
    pub(crate) start: usize,
    pub(crate) end: usize,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

impl Line {
    /// The labels of kinds that the tagger looks for, in bytes.
    pub(crate) fn labels(&self) -> anyhow::Result<Vec<(NameKind, Range<usize>)>> {
        let offsets: Vec<usize> = self
            .text
            .char_indices()
            .map(|(at, _)| at)
            .chain([self.text.len()])
            .collect();
        let bytes = |label: &Label| {
            let bounds = offsets.get(label.start).zip(offsets.get(label.end));
            bounds.map(|(start, end)| *start..*end)
        };
        self.pii
            .iter()
            .filter_map(|label| Some((kind(&label.kind)?, label)))
            .map(|(kind, label)| Ok((kind, bytes(label).context("a label lies outside its text")?)))
            .collect()
    }
}

/// Reads JSON lines of `{text, pii: [{start, end, type}]}`, with offsets in code points.
pub(crate) fn read(path: &Path, gazetteer: &impl Gazetteer) -> anyhow::Result<Vec<Text>> {
    let mut texts = Vec::new();
    for (number, line) in crate::read(path)?.lines().enumerate() {
        let line: Line = serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
        texts.push(tagged(&line, gazetteer)?);
    }
    Ok(texts)
}

fn tagged(line: &Line, gazetteer: &impl Gazetteer) -> anyhow::Result<Text> {
    let mut tokens = Vec::new();
    tokenize(&line.text, gazetteer, &mut tokens);
    let mut tags = vec![u8::try_from(OUTSIDE)?; tokens.len()];
    for (kind, bytes) in line.labels()? {
        let mut next = begin_tag(kind);
        for (token, tag) in tokens.iter().zip(&mut tags) {
            if bytes.contains(&token.start) {
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
