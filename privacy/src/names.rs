//! Names in free text: persons, addresses, locations and organizations, by a statistical tagger.
//!
//! The text becomes [`token`]s; each token has features that hash to rows of learned weights; the best sequence of
//! tags is found by dynamic programming, and the probability of each name is computed from the same weights and then
//! mapped to how often such a name is right. Everything is linear in the length of the text.
//!
//! The model is made by the crate `vault-privacy-train` from generated texts; `docs/privacy/QUALITY.md` says how good it is.

pub mod decode;
pub mod features;
pub mod letters;
pub mod model;
pub mod spans;
pub mod token;

mod plausible;
mod program;
mod words;

use model::{Model, ModelError};
use spans::Block;
use token::{Token, tokenize};

pub use spans::Named;

/// The model that is built in.
static BUILT_IN: &[u8] = include_bytes!("names/model.bin");

/// Whether names are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// Patterns alone.
    Off,
    /// The built-in tagger finds persons, addresses, locations and organizations.
    #[default]
    On,
}

/// What a tagged token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A person, with the title that stands before the name.
    Person,
    /// A postal address, or its street and house number alone.
    Address,
    /// A city, a region, a country.
    Location,
    /// A company, an authority, an association.
    Organization,
}

impl NameKind {
    /// Every kind, in the order of their tags.
    pub const ALL: [Self; 4] = [Self::Person, Self::Address, Self::Location, Self::Organization];

    /// The place in [`NameKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Buffers that are kept from one text to the next.
#[derive(Debug, Default)]
pub struct NamesScratch {
    tokens: Vec<Token>,
    block: Block,
}

/// Finds names in texts.
#[derive(Debug, Clone, Copy)]
pub struct Tagger {
    model: Model<'static>,
}

impl Tagger {
    /// The built-in tagger; nothing is computed or copied.
    ///
    /// # Errors
    /// [`ModelError`] when the model in this build is damaged.
    pub fn built_in() -> Result<Self, ModelError> {
        Self::new(BUILT_IN)
    }

    /// A tagger with another model.
    ///
    /// # Errors
    /// [`ModelError`] when these are not the bytes of a model.
    pub fn new(bytes: &'static [u8]) -> Result<Self, ModelError> {
        Ok(Self {
            model: Model::parse(bytes)?,
        })
    }

    /// Finds the names in a text, in order and without overlaps; offsets are bytes.
    pub fn tag(&self, text: &str, scratch: &mut NamesScratch, found: &mut Vec<Named>) {
        found.clear();
        tokenize(text, &self.model, &mut scratch.tokens);
        spans::find(text, &scratch.tokens, &self.model, &mut scratch.block, found);
    }
}
