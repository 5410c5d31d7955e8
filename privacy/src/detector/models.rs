//! What a model of a deployment's own finds among the findings of a text.

use super::{Detector, names::NameFinder, scan::Part};
use crate::{
    confidence::Confidence,
    resolve::{self, Scored},
    span_model::{ModelFailure, ModelSpan, NoPart, Spent},
};

/// What the text or document has cost so far, and what was found in its last part.
#[derive(Default)]
pub(super) struct ModelFinder {
    spent: Spent,
    spans: Vec<ModelSpan>,
}

impl Detector {
    /// Adds what the model finds in a part of a text to what was found, and to the names, whose rests are kept.
    pub(super) fn find_by_model(
        &self,
        text: &str,
        part: Part<'_>,
        least: Confidence,
        finder: &mut ModelFinder,
        names: &mut NameFinder,
        found: &mut Vec<Scored>,
    ) -> Result<(), ModelFailure> {
        let Some(model) = self.model.as_ref().filter(|_| is_for_models(text, part)) else {
            return Ok(());
        };
        finder.spans.clear();
        model.find(text, &mut finder.spent, &mut finder.spans)?;
        for span in &finder.spans {
            if text.get(span.start..span.end).is_none_or(str::is_empty) {
                return Err(ModelFailure::Failed(Box::new(NoPart)));
            }
            let wanted = self.entity_types.as_deref();
            let is_wanted = wanted.is_none_or(|wanted| wanted.contains(&span.entity_type));
            if is_wanted && span.confidence >= least {
                let scored = scored(span);
                names.keep(scored);
                found.push(scored);
            }
        }
        Ok(())
    }
}

/// Models read words: texts without a letter are none, nor are most keys of objects.
fn is_for_models(text: &str, part: Part<'_>) -> bool {
    match part {
        Part::Text | Part::Field(_) => text.chars().any(char::is_alphabetic),
        Part::Key => text.contains(char::is_whitespace) && text.chars().any(char::is_alphabetic),
    }
}

const fn scored(span: &ModelSpan) -> Scored {
    Scored {
        entity_type: span.entity_type,
        start: span.start,
        end: span.end,
        confidence: span.confidence,
        specificity: resolve::NAME,
        custom: None,
    }
}
