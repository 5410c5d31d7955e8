//! The folder of a model: what is in it, and why it is refused.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

/// The largest network, in bytes; a protobuf message cannot be larger.
pub const MAX_MODEL_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// The largest of the other files, in bytes.
pub const MAX_TEXT_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The network.
const NETWORK: &str = "model.onnx";
/// What cuts texts into tokens, as the library `tokenizers` stores it.
const TOKENIZER: &str = "tokenizer.json";
/// What the network was trained for, as the library `transformers` stores it.
const CONFIG: &str = "config.json";
/// What its labels mean here; optional.
const LABELS: &str = "labels.json";

/// A model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file of its folder cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file is larger than it may be.
    #[error("{} is larger than {max_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How large it may be.
        max_bytes: u64,
    },
    /// A file is no JSON, or not of its shape.
    #[error("{} is not what it should be", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// `config.json` numbers its labels with gaps, or has none.
    #[error("the labels of config.json (id2label) are not numbered from 0 without gaps")]
    LabelNumbers,
    /// A label has no meaning here.
    #[error(
        "the label `{label}` of the model is no entity type; name one for it in labels.json, or null to pass over it"
    )]
    UnknownLabel {
        /// The label, without the prefix of its place in a span.
        label: Box<str>,
    },
    /// No label means anything.
    #[error("no label of the model is an entity type")]
    NoLabels,
    /// `labels.json` names what the model does not have, or no entity type.
    #[error("labels.json: `{label}` is {problem}")]
    LabelFile {
        /// The label.
        label: Box<str>,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The tokenizer is none, or not one for this network.
    #[error("the tokenizer of the model cannot be used")]
    Tokenizer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The network cannot be built.
    #[error("the network of the model cannot be used")]
    Network(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The network wants what no tokenizer gives.
    #[error("the network of the model has an input `{name}`, which is not known")]
    UnknownInput {
        /// The input.
        name: Box<str>,
    },
    /// What it says does not fit its labels.
    #[error("the network of the model does not give {labels} figures for each token")]
    Output {
        /// How many labels there are.
        labels: usize,
    },
}

/// What `config.json` says that matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) id2label: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) max_position_embeddings: Option<usize>,
    #[serde(default)]
    model_type: String,
    #[serde(default)]
    pad_token_id: Option<u32>,
}

impl Config {
    /// The labels in the order of their numbers.
    pub(crate) fn labels(&self) -> Result<Vec<&str>, LoadError> {
        let label = |number: usize| self.id2label.get(&number.to_string()).map(String::as_str);
        let labels: Option<Vec<&str>> = (0..self.id2label.len()).map(label).collect();
        labels
            .filter(|labels| !labels.is_empty())
            .ok_or(LoadError::LabelNumbers)
    }

    /// The number of the token that fills what is left of a window.
    pub(crate) fn padding(&self) -> u32 {
        self.pad_token_id.unwrap_or(0)
    }

    /// How many tokens the network can tell apart by their place, if it says so.
    pub(crate) fn positions(&self) -> Option<usize> {
        let all = self.max_position_embeddings?;
        // RoBERTa and its descendants count places from behind the number of the padding token
        let reserved = match self.model_type.as_str() {
            "roberta" | "xlm-roberta" | "xlm-roberta-xl" | "camembert" | "longformer" => {
                self.pad_token_id.unwrap_or(1) as usize + 1
            }
            _ => 0,
        };
        Some(all.saturating_sub(reserved))
    }
}

/// The folder of a model.
pub(crate) struct Folder<'p>(pub(crate) &'p Path);

impl Folder<'_> {
    /// Where the network lies; it is there, and not too large.
    pub(crate) fn network(&self) -> Result<PathBuf, LoadError> {
        let path = self.0.join(NETWORK);
        let size = File::open(&path).and_then(|file| file.metadata());
        match size {
            Ok(metadata) if metadata.len() > MAX_MODEL_BYTES => Err(LoadError::TooLarge {
                path,
                max_bytes: MAX_MODEL_BYTES,
            }),
            Ok(_) => Ok(path),
            Err(source) => Err(LoadError::Read { path, source }),
        }
    }

    pub(crate) fn tokenizer(&self) -> Result<Vec<u8>, LoadError> {
        read(self.0.join(TOKENIZER))
    }

    pub(crate) fn config(&self) -> Result<Config, LoadError> {
        parse(self.0.join(CONFIG))
    }

    /// What labels mean: the name of an entity type, or nothing for those to pass over.
    pub(crate) fn meanings(&self) -> Result<BTreeMap<String, Option<String>>, LoadError> {
        let path = self.0.join(LABELS);
        if path.exists() {
            parse(path)
        } else {
            Ok(BTreeMap::new())
        }
    }
}

fn read(path: PathBuf) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::new();
    let file = File::open(&path);
    let read = file.and_then(|file| file.take(MAX_TEXT_FILE_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > MAX_TEXT_FILE_BYTES => Err(LoadError::TooLarge {
            path,
            max_bytes: MAX_TEXT_FILE_BYTES,
        }),
        Ok(_) => Ok(bytes),
        Err(source) => Err(LoadError::Read { path, source }),
    }
}

fn parse<T: DeserializeOwned>(path: PathBuf) -> Result<T, LoadError> {
    let bytes = read(path.clone())?;
    serde_json::from_slice(&bytes).map_err(|source| LoadError::Json { path, source })
}
