//! What a person is called, belongs to or believes in: words from lists.
//!
//! Such words are said of things and in general too, so that alone they stay below the default threshold.

use vault_domain::EntityType;

use crate::{
    confidence::{Strength, Validity},
    recognizer::{Anchor, Candidate, Candidates, Recognizer, Trigger},
};

mod beliefs;

pub(super) use beliefs::{POLITICS, RELIGION};

/// One list of words.
pub(super) struct Attribute {
    kind: [EntityType; 1],
    triggers: &'static [Trigger],
    context_words: &'static [&'static str],
    /// Where the finding ends, if what stands around the word makes it one.
    end: fn(&str, usize, usize) -> Option<usize>,
}

impl Recognizer for Attribute {
    fn entity_types(&self) -> &[EntityType] {
        &self.kind
    }

    fn triggers(&self) -> &'static [Trigger] {
        self.triggers
    }

    fn find(&self, text: &str, anchor: Anchor<'_>, found: &mut Candidates) {
        let Anchor::Word { start, end } = anchor else {
            return;
        };
        let capital = text
            .get(start..)
            .is_some_and(|rest| rest.starts_with(char::is_uppercase));
        if let Some(end) = (self.end)(text, start, end).filter(|_| capital) {
            found.add(self.kind[0], start, end, Strength::Weak);
        }
    }

    fn validate(&self, _: &Candidate, _: &str) -> Validity {
        Validity::Unknown
    }

    fn context_words(&self) -> &'static [&'static str] {
        self.context_words
    }

    fn specificity(&self) -> u8 {
        20
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of several that may answer nothing")]
fn word_end(_: &str, _: usize, end: usize) -> Option<usize> {
    Some(end)
}

/// `Thai national ID` is a document.
fn nationality_end(text: &str, _: usize, end: usize) -> Option<usize> {
    let follows = |words: &str| {
        text.get(end..end + words.len())
            .is_some_and(|shown| shown.eq_ignore_ascii_case(words))
    };
    let is_document = [" national id", " national insurance", " national number"]
        .into_iter()
        .any(follows);
    (!is_document).then_some(end)
}

/// A name follows, or nothing else is in the text; a full stop belongs to the title.
fn title_end(text: &str, start: usize, end: usize) -> Option<usize> {
    let rest = text.get(end..)?;
    let after = rest.strip_prefix('.').unwrap_or(rest);
    let named = after
        .strip_prefix(' ')
        .is_some_and(|name| name.starts_with(char::is_uppercase));
    (named || (start == 0 && after.is_empty())).then(|| text.len() - after.len())
}

pub(super) const TITLE: Attribute = Attribute {
    kind: [EntityType::Title],
    triggers: &[Trigger::Words(&[
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "doctor",
        "sir",
        "madam",
        "rev",
        "reverend",
        "hon",
        "capt",
        "lt",
        "sgt",
        "col",
        "herr",
        "frau",
        "monsieur",
        "madame",
        "señor",
        "señora",
        "sig",
        "dott",
    ])],
    context_words: &[
        "title",
        "salutation",
        "form of address",
        "anrede",
        "prefix",
        "honorific",
    ],
    end: title_end,
};

pub(super) const NATIONALITY: Attribute = Attribute {
    kind: [EntityType::Nationality],
    triggers: &[Trigger::Words(&[
        "afghan",
        "african american",
        "albanian",
        "algerian",
        "american",
        "angolan",
        "arab",
        "argentine",
        "argentinian",
        "armenian",
        "asian",
        "australian",
        "austrian",
        "azerbaijani",
        "bangladeshi",
        "basque",
        "belarusian",
        "belgian",
        "bolivian",
        "bosnian",
        "brazilian",
        "british",
        "bulgarian",
        "cambodian",
        "cameroonian",
        "canadian",
        "catalan",
        "caucasian",
        "chilean",
        "chinese",
        "colombian",
        "congolese",
        "costa rican",
        "croatian",
        "cuban",
        "cypriot",
        "czech",
        "danish",
        "dominican",
        "dutch",
        "ecuadorian",
        "egyptian",
        "english",
        "eritrean",
        "estonian",
        "ethiopian",
        "filipino",
        "finnish",
        "french",
        "georgian",
        "german",
        "ghanaian",
        "greek",
        "guatemalan",
        "haitian",
        "hispanic",
        "honduran",
        "hungarian",
        "icelandic",
        "indian",
        "indonesian",
        "iranian",
        "iraqi",
        "irish",
        "israeli",
        "italian",
        "jamaican",
        "japanese",
        "jordanian",
        "kazakh",
        "kenyan",
        "korean",
        "kurdish",
        "kuwaiti",
        "latino",
        "latina",
        "latvian",
        "lebanese",
        "liberian",
        "libyan",
        "lithuanian",
        "malaysian",
        "maltese",
        "mexican",
        "moldovan",
        "mongolian",
        "moroccan",
        "native american",
        "nepalese",
        "new zealander",
        "nicaraguan",
        "nigerian",
        "north korean",
        "norwegian",
        "pakistani",
        "palestinian",
        "panamanian",
        "paraguayan",
        "persian",
        "peruvian",
        "polish",
        "portuguese",
        "puerto rican",
        "roma",
        "romanian",
        "russian",
        "rwandan",
        "salvadoran",
        "saudi",
        "scottish",
        "senegalese",
        "serbian",
        "singaporean",
        "slovak",
        "slovenian",
        "somali",
        "south african",
        "south korean",
        "spanish",
        "sri lankan",
        "sudanese",
        "swedish",
        "swiss",
        "syrian",
        "taiwanese",
        "tanzanian",
        "thai",
        "tunisian",
        "turkish",
        "ugandan",
        "ukrainian",
        "uruguayan",
        "uzbek",
        "venezuelan",
        "vietnamese",
        "welsh",
        "yemeni",
        "zambian",
        "zimbabwean",
    ])],
    context_words: &[
        "nationality",
        "nationalities",
        "citizen",
        "citizenship",
        "national",
        "ethnicity",
        "ethnic",
        "race",
        "origin",
        "immigrant",
        "refugee",
        "descent",
        "staatsangehörigkeit",
        "nationalité",
        "nacionalidad",
        "nazionalità",
    ],
    end: nationality_end,
};
