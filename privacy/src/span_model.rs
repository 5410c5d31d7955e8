//! Models that a deployment brings along: they find spans in a text, and what they find is settled with everything else.
//!
//! This crate runs none itself; whoever does implements [`SpanModel`] and hands it to `Detector::with_model`.

use std::{error::Error, time::Duration};

use vault_domain::EntityType;

use crate::confidence::Confidence;

/// A model that finds spans in texts. It may be asked by many threads at once.
pub trait SpanModel: Send + Sync {
    /// What it may find.
    fn entity_types(&self) -> &[EntityType];

    /// Adds what it finds in a text. `spent` is what the text or document that this text is a part of has cost so far;
    /// the model adds to it, and refuses beyond its limits.
    ///
    /// # Errors
    /// [`ModelFailure`] when it cannot look at the whole text: then nothing is known of it.
    fn find(&self, text: &str, spent: &mut Spent, found: &mut Vec<ModelSpan>) -> Result<(), ModelFailure>;
}

/// What a text or a document has cost a model so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// How much of it was read, in bytes.
    pub bytes: usize,
    /// How long that took.
    pub elapsed: Duration,
}

/// Something that a model found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSpan {
    /// What it is.
    pub entity_type: EntityType,
    /// Its first byte; before a character.
    pub start: usize,
    /// After its last byte.
    pub end: usize,
    /// How sure the model is.
    pub confidence: Confidence,
}

/// A model did not look at a whole text.
#[derive(Debug, thiserror::Error)]
pub enum ModelFailure {
    /// There is more text than it takes.
    #[error("the model of this deployment reads at most {max_bytes} bytes of a text or a document")]
    TooLong {
        /// How much it takes.
        max_bytes: usize,
    },
    /// It took longer than it may.
    #[error("the model of this deployment took longer than {max_ms} ms")]
    TooSlow {
        /// How long it may take.
        max_ms: u64,
    },
    /// Others were being looked at for as long as it may take.
    #[error("the model of this deployment is busy")]
    Busy,
    /// It went wrong.
    #[error("the model of this deployment failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// A model pointed beside the characters of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the model found something that is no part of the text")]
pub(crate) struct NoPart;
