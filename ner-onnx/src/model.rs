//! A model that is ready to be asked.

use std::{
    fmt,
    num::NonZeroUsize,
    path::Path,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use vault_domain::EntityType;
use vault_privacy::span_model::{ModelFailure, ModelSpan, SpanModel, Spent};

use crate::{
    folder::{Folder, LoadError},
    labels::Labels,
    network::{Network, RunError},
    seats::Seats,
    spans,
    windows::{MAX_WINDOW_TOKENS, Windows},
};

/// What a model is tried with when it is loaded.
const TRIAL: &str = "Trial 1.";

/// A model failed on a text. What the libraries say of it may quote the text, and is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Unusable {
    #[error("the tokenizer did not take the text")]
    Text,
    #[error("the network did not run")]
    Run,
    #[error("the network gave figures of another shape than it has labels")]
    Shape,
    #[error("the network gave figures that are no numbers")]
    NoNumbers,
}

impl From<RunError> for Unusable {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Run(_) => Self::Run,
            RunError::Shape { .. } => Self::Shape,
            RunError::NoNumbers => Self::NoNumbers,
        }
    }
}

/// How much a model may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How much of a text or a document it reads, in bytes.
    pub max_bytes: usize,
    /// How long it may take for a text or a document, in milliseconds, waiting included.
    pub max_ms: u64,
    /// How many texts it looks at at once.
    pub parallel: NonZeroUsize,
}

impl Default for Limits {
    /// 64 KiB, 10 seconds, and a text for each core.
    fn default() -> Self {
        Self {
            max_bytes: 64 * 1024,
            max_ms: 10_000,
            parallel: available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// A token-classification model in a folder of a deployment's own.
pub struct OnnxModel {
    windows: Windows,
    network: Network,
    labels: Labels,
    limits: Limits,
    seats: Seats,
}

impl fmt::Debug for OnnxModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxModel")
            .field("types", &self.labels.types)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl OnnxModel {
    /// Reads a model, and tries it once.
    ///
    /// # Errors
    /// [`LoadError`] when a file is missing or not what it should be, when a label has no meaning, or when the network does
    /// not run.
    pub fn load(folder: &Path, limits: Limits) -> Result<Self, LoadError> {
        let folder = Folder(folder);
        let config = folder.config()?;
        let names = config.labels()?;
        let labels = Labels::new(&names, &folder.meanings()?)?;
        let network = Network::load(&folder.network()?, names.len(), config.padding())?;
        let positions = config.positions().unwrap_or(MAX_WINDOW_TOKENS);
        let tokens = network.length.map_or(positions, |length| length.min(positions));
        let model = Self {
            windows: Windows::new(&folder.tokenizer()?, tokens)?,
            network,
            labels,
            seats: Seats::new(limits.parallel),
            limits,
        };
        model.try_it()?;
        Ok(model)
    }

    fn try_it(&self) -> Result<(), LoadError> {
        let tokens = self.windows.tokens(TRIAL).map_err(LoadError::Tokenizer)?;
        for window in self.windows.of(&tokens) {
            let run = self.network.run(&window, &mut Vec::new());
            run.map_err(|error| match error {
                RunError::Shape { labels, .. } => LoadError::Output { labels },
                error => LoadError::Network(Box::new(error)),
            })?;
        }
        Ok(())
    }

    fn look(
        &self,
        text: &str,
        left: impl Fn() -> Result<(), ModelFailure>,
        found: &mut Vec<ModelSpan>,
    ) -> Result<(), ModelFailure> {
        let unusable = |why: Unusable| ModelFailure::Failed(Box::new(why));
        let tokens = self.windows.tokens(text);
        let tokens = tokens.map_err(|_| unusable(Unusable::Text))?;
        let mut probabilities = Vec::new();
        for window in self.windows.of(&tokens) {
            left()?;
            let run = self.network.run(&window, &mut probabilities);
            run.map_err(|error| unusable(error.into()))?;
        }
        left()?;
        spans::find(text, &tokens.tokens, &probabilities, &self.labels, found);
        Ok(())
    }
}

impl SpanModel for OnnxModel {
    fn entity_types(&self) -> &[EntityType] {
        &self.labels.types
    }

    fn find(&self, text: &str, spent: &mut Spent, found: &mut Vec<ModelSpan>) -> Result<(), ModelFailure> {
        let Limits {
            max_bytes, max_ms, ..
        } = self.limits;
        spent.bytes = spent.bytes.saturating_add(text.len());
        if spent.bytes > max_bytes {
            return Err(ModelFailure::TooLong { max_bytes });
        }
        let (began, most) = (Instant::now(), Duration::from_millis(max_ms));
        let patience = most.saturating_sub(spent.elapsed);
        let _seat = self.seats.take(patience).ok_or(ModelFailure::Busy)?;
        let before = spent.elapsed;
        let left = || {
            if before + began.elapsed() > most {
                Err(ModelFailure::TooSlow { max_ms })
            } else {
                Ok(())
            }
        };
        let looked = self.look(text, left, found);
        spent.elapsed += began.elapsed();
        looked
    }
}
