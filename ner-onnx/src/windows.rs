//! Texts as windows of tokens, each with its place in the text.

use std::ops::Range;

use tokenizers::Tokenizer;

use crate::folder::LoadError;

/// The longest window, in tokens, those included that a network wants around it.
pub const MAX_WINDOW_TOKENS: usize = 512;
/// The shortest room for a text in a window.
const MIN_ROOM_TOKENS: usize = 16;
/// The share of a window that the next one sees again.
const OVERLAP: usize = 4;
/// A text that every tokenizer makes tokens of.
const PROBE: &str = "a";

/// Cuts texts into windows that overlap, so that each token is judged where it has words on both sides.
pub(crate) struct Windows {
    tokenizer: Tokenizer,
    /// The tokens that a network wants before a text, and after it.
    before: Vec<u32>,
    after: Vec<u32>,
    /// How many tokens of a text a window has.
    room: usize,
}

/// The tokens of a text.
pub(crate) struct Tokens {
    ids: Vec<u32>,
    pub(crate) tokens: Vec<Token>,
}

/// A token of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) bytes: Range<usize>,
    /// Which word the tokenizer took it from.
    pub(crate) word: Option<u32>,
}

/// A window, as a network takes it.
pub(crate) struct Window {
    pub(crate) ids: Vec<u32>,
    /// Of which of its tokens it tells: of those that two windows see, each tells of those that are nearer to its middle.
    pub(crate) told: Range<usize>,
}

impl Windows {
    /// Reads a tokenizer, for windows of so many tokens at most.
    pub(crate) fn new(json: &[u8], tokens: usize) -> Result<Self, LoadError> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(LoadError::Tokenizer)?;
        // it would keep words of other people's texts
        let mut model = tokenizer.get_model().clone();
        model.resize_cache(0);
        tokenizer.with_model(model);
        // a text that says `[SEP]` says a word
        tokenizer.set_encode_special_tokens(true);
        // texts are cut here, and filled up as the network wants it
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(LoadError::Tokenizer)?;
        let probe = tokenizer.encode(PROBE, true).map_err(LoadError::Tokenizer)?;
        let (ids, special) = (probe.get_ids(), probe.get_special_tokens_mask());
        let first = special.iter().position(|is_special| *is_special == 0);
        let last = special.iter().rposition(|is_special| *is_special == 0);
        let (Some(first), Some(last)) = (first, last) else {
            return Err(LoadError::Tokenizer("it makes no token of a letter".into()));
        };
        let (before, after) = (ids[..first].to_vec(), ids[last + 1..].to_vec());
        let window = tokens.min(MAX_WINDOW_TOKENS);
        let room = window.saturating_sub(before.len() + after.len());
        if room < MIN_ROOM_TOKENS {
            let why = format!("a window of {window} tokens has room for {room} of the text");
            return Err(LoadError::Tokenizer(why.into()));
        }
        Ok(Self {
            tokenizer,
            before,
            after,
            room,
        })
    }

    /// The tokens of a text.
    pub(crate) fn tokens(&self, text: &str) -> tokenizers::Result<Tokens> {
        let encoded = self.tokenizer.encode(text, false)?;
        let places = encoded.get_offsets().iter().zip(encoded.get_word_ids());
        let token = |(bytes, word): (&(usize, usize), &Option<u32>)| Token {
            bytes: bytes.0..bytes.1,
            word: *word,
        };
        Ok(Tokens {
            ids: encoded.get_ids().to_vec(),
            tokens: places.map(token).collect(),
        })
    }

    /// The windows of a text, in order; together they tell of each token once.
    pub(crate) fn of<'t>(&'t self, tokens: &'t Tokens) -> impl Iterator<Item = Window> + 't {
        let (count, overlap) = (tokens.ids.len(), self.room / OVERLAP);
        let step = self.room - overlap;
        let starts = (0..count).step_by(step);
        // the one that reaches the end is the last
        let last = count.saturating_sub(self.room).div_ceil(step);
        starts.take(last + 1).enumerate().map(move |(number, start)| {
            let end = (start + self.room).min(count);
            let told_from = if number == 0 { 0 } else { overlap / 2 };
            let told_to = if number == last {
                end - start
            } else {
                step + overlap / 2
            };
            let shift = self.before.len();
            Window {
                ids: [&self.before, &tokens.ids[start..end], &self.after].concat(),
                told: shift + told_from..shift + told_to,
            }
        })
    }
}
