//! Numbers that authorities, banks and makers give: one table of rules for all of them.
//!
//! A rule says how a number is written ([`shape`]), how it is checked, and which words speak for it. All shapes are
//! one tree over the lengths and kinds of groups of letters and digits, so that a token costs a step or two down the
//! tree, however many rules there are.

use std::ops::Range;

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, ContextNeed, Recognizer, Trigger},
};

mod dates;
mod shape;
mod tokens;
mod tree;

mod africa;
mod au;
mod benelux;
mod ca;
mod china;
mod de;
mod devices;
mod es;
mod finance;
mod fr;
mod india;
mod it;
mod japan;
mod korea;
mod latin;
mod medical;
mod nordic;
mod pl;
mod sg;
mod southeast;
mod tr;
mod uk;
mod us;

use tokens::{MAX_CODE_BYTES, Token};
use tree::Tree;

/// How one number is written, checked and spoken of.
pub(super) struct IdRule {
    kind: EntityType,
    /// How it is written, and how much each way of writing says.
    shapes: &'static [(&'static str, Strength)],
    /// Looks at the number without separators, its letters as capitals.
    check: fn(&[u8]) -> Validity,
    context: ContextNeed,
    words: &'static [&'static str],
}

impl IdRule {
    /// A number that stands for itself where its writing and its check say enough.
    const fn new(
        kind: EntityType,
        shapes: &'static [(&'static str, Strength)],
        check: fn(&[u8]) -> Validity,
        words: &'static [&'static str],
    ) -> Self {
        Self {
            kind,
            shapes,
            check,
            context: ContextNeed::Optional,
            words,
        }
    }

    /// A number that is none without a word near it.
    const fn with_context(mut self) -> Self {
        self.context = ContextNeed::Required;
        self
    }

    /// A number that is none without its name right before it.
    const fn labelled(mut self) -> Self {
        self.context = ContextNeed::Label;
        self
    }
}

/// The countries' and trades' tables.
const TABLES: [&[IdRule]; 23] = [
    africa::RULES,
    au::RULES,
    benelux::RULES,
    ca::RULES,
    china::RULES,
    de::RULES,
    devices::RULES,
    es::RULES,
    finance::RULES,
    fr::RULES,
    india::RULES,
    it::RULES,
    japan::RULES,
    korea::RULES,
    latin::RULES,
    medical::RULES,
    nordic::RULES,
    pl::RULES,
    sg::RULES,
    southeast::RULES,
    tr::RULES,
    uk::RULES,
    us::RULES,
];

/// The recognizer of everything in the tables.
pub(super) struct Ids {
    rules: Vec<&'static IdRule>,
    kinds: Vec<EntityType>,
    tree: Tree,
}

impl Ids {
    /// Builds the tree of the rules for these types.
    pub(super) fn new(wanted: impl Fn(EntityType) -> bool) -> Self {
        let rules: Vec<&'static IdRule> = TABLES
            .into_iter()
            .flatten()
            .filter(|rule| wanted(rule.kind))
            .collect();
        let shapes = rules.iter().enumerate().flat_map(|(index, rule)| {
            rule.shapes
                .iter()
                .map(move |(pattern, strength)| (index, *pattern, *strength))
        });
        let tree = Tree::new(shapes);
        let mut kinds: Vec<EntityType> = rules.iter().map(|rule| rule.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Self { rules, kinds, tree }
    }

    /// Walks down the tree over the tokens from here, and adds what every rule on the way takes.
    fn walk(&self, text: &[u8], first: Token, found: &mut Candidates) {
        let mut code = tokens::Code::default();
        let (mut node, mut token) = (Tree::ROOT, first);
        loop {
            let Some(next) = self.tree.step(node, token.form()) else {
                return;
            };
            node = next;
            code.push(text, token);
            let endings = self.tree.endings(node);
            if !endings.is_empty() && tokens::ends(text, token.end) {
                for ending in endings.iter().filter(|ending| ending.fits(&code)) {
                    self.take(ending, &code, text, first.start..token.end, found);
                }
            }
            if self.tree.is_leaf(node) {
                return;
            }
            let Some((separator, following)) = tokens::next(text, token) else {
                return;
            };
            code.separate(separator);
            token = following;
        }
    }

    fn take(
        &self,
        ending: &tree::Ending,
        code: &tokens::Code,
        text: &[u8],
        range: Range<usize>,
        found: &mut Candidates,
    ) {
        let Some(rule) = self.rules.get(ending.rule) else {
            return;
        };
        let validity = (rule.check)(code.compact());
        let word = rule.context == ContextNeed::Label && begins_with_word(text, &range);
        if validity == Validity::Invalid || word {
            return;
        }
        // Capitals are what makes a short code stand out from words and hashes; cells of a table are no groups of one.
        let is_cells =
            validity != Validity::Valid && code.is_spaced_digits() && tokens::is_in_row(text, &range);
        let strength = if code.has_small_letters() || is_cells {
            Strength::Hint
        } else {
            ending.strength
        };
        // What is written like countless other things is not told apart from them by one check that chance may pass.
        let validity = match (strength, validity) {
            (Strength::Hint, Validity::Valid) => Validity::Plausible,
            (_, validity) => validity,
        };
        found.push(Candidate {
            strength,
            context: rule.context,
            validity,
            ..Candidate::new(rule.kind, range.start, range.end)
        });
    }
}

impl Recognizer for Ids {
    fn entity_types(&self) -> &[EntityType] {
        &self.kinds
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[Trigger::Tokens]
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Token { start, end } = anchor else {
            return;
        };
        let bytes = text.as_bytes();
        if end - start > MAX_CODE_BYTES {
            return;
        }
        let token = Token::read(bytes, start, end);
        // `GB 123` and `B-123`: a short word may be the first group.
        if let Some(word) = tokens::word_before(bytes, start)
            && self.tree.step(Tree::ROOT, word.form()).is_some()
            && tokens::starts(bytes, word.start)
        {
            self.walk(bytes, word, found);
        }
        if tokens::starts(bytes, start) {
            self.walk(bytes, token, found);
        }
    }

    fn context_words_of(&self, kind: EntityType) -> Vec<&str> {
        self.rules
            .iter()
            .filter(|rule| rule.kind == kind)
            .flat_map(|rule| rule.words.iter().copied())
            .collect()
    }

    fn specificity(&self) -> u8 {
        75
    }
}

/// Whether the first group is a word in small letters: in `member id was 074470406` it is none of the number.
fn begins_with_word(text: &[u8], range: &Range<usize>) -> bool {
    let code = text.get(range.clone()).unwrap_or_default();
    let letters = code.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (word, rest) = code.split_at_checked(letters).unwrap_or_default();
    rest.first() == Some(&b' ') && word.iter().any(u8::is_ascii_lowercase)
}

/// A check that says yes to everything: the shape is all there is.
const fn unchecked(_: &[u8]) -> Validity {
    Validity::Unknown
}
