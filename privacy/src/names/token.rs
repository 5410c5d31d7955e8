//! Words, numbers and marks of a text, each with what its features are made of.

use super::{
    model::Gazetteer,
    words::{LowerWord, mix},
};

pub mod line_case;
pub mod shape;

/// One token.
#[derive(Debug, Clone, Copy, Default)]
pub struct Token {
    /// The offset of its first byte.
    pub start: usize,
    /// The offset after its last byte.
    pub end: usize,
    /// The hash of the word in lower case.
    pub word: u64,
    /// The hash of its last three bytes.
    pub suffix: u64,
    /// The hash of its last five bytes.
    pub long_suffix: u64,
    /// The hash of its first three bytes.
    pub prefix: u64,
    /// The hash of its last two bytes.
    pub short_suffix: u64,
    /// The hash of its last four bytes.
    pub middle_suffix: u64,
    /// The hash of its first four bytes.
    pub long_prefix: u64,
    /// A value of [`shape`], with [`shape::GLUED`].
    pub shape: u8,
    /// A value of [`line_case`].
    pub line_case: u8,
    /// The lists that hold the word: bits of [`super::model::list`].
    pub lists: u16,
    /// What the letters of a word that no list holds make it likely to be, by [`super::letters::guess`], or 0.
    pub guess: u8,
}

/// Splits a text.
pub fn tokenize(text: &str, gazetteer: &impl Gazetteer, tokens: &mut Vec<Token>) {
    tokens.clear();
    let mut scanner = Scanner {
        text,
        at: 0,
        line_from: 0,
        tokens,
        gazetteer,
        word: LowerWord::new(),
        part: LowerWord::new(),
    };
    scanner.all();
}

struct Scanner<'a, G> {
    text: &'a str,
    at: usize,
    /// The first token of this line.
    line_from: usize,
    tokens: &'a mut Vec<Token>,
    gazetteer: &'a G,
    word: LowerWord,
    part: LowerWord,
}

/// What the characters of a word are.
#[derive(Default, Clone, Copy)]
struct Makeup {
    upper: u32,
    lower: u32,
    uncased: u32,
    digits: u32,
    underscores: u32,
    first: First,
    joined: bool,
    upper_within: bool,
}

/// What a word begins with.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum First {
    Upper,
    Digit,
    #[default]
    Other,
}

impl Makeup {
    fn shape(self) -> u8 {
        let letters = self.upper + self.lower + self.uncased;
        if self.underscores > 0 {
            return shape::IDENTIFIER;
        }
        if letters == 0 {
            let length = u8::try_from(self.digits.clamp(1, 7)).unwrap_or(7);
            return shape::DIGITS + length - 1;
        }
        if self.digits > 0 {
            return if self.first == First::Digit {
                shape::NUMBERED
            } else {
                shape::LETTERED
            };
        }
        match (self.upper, self.lower) {
            (0, 0) => shape::UNCASED,
            (0, _) => shape::LOWER,
            (1, 0) if letters == 1 => shape::INITIAL,
            (_, 0) => shape::CAPITALS,
            _ if self.joined && self.first == First::Upper => shape::JOINED,
            _ if self.first != First::Upper => shape::MIXED,
            _ if self.upper_within => shape::CAPITAL_MIXED,
            _ => shape::CAPITAL,
        }
    }
}

impl<G: Gazetteer> Scanner<'_, G> {
    fn all(&mut self) {
        while let Some(character) = self.character(self.at) {
            if character == '\n' {
                self.line_break();
            } else if character.is_whitespace() {
                self.at += character.len_utf8();
            } else if is_of_word(character) {
                self.read_word();
            } else {
                self.mark(character);
            }
        }
        self.end_line();
    }

    fn character(&self, at: usize) -> Option<char> {
        let first = *self.text.as_bytes().get(at)?;
        if first.is_ascii() {
            return Some(char::from(first));
        }
        self.text.get(at..)?.chars().next()
    }

    fn push(&mut self, start: usize, mut token: Token) {
        if start > 0 && self.tokens.last().is_none_or(|before| before.end == start) && !self.tokens.is_empty()
        {
            token.shape |= shape::GLUED;
        }
        token.start = start;
        token.end = self.at;
        self.tokens.push(token);
    }

    fn line_break(&mut self) {
        self.end_line();
        let start = self.at;
        let mut breaks = 0;
        while let Some(character) = self
            .character(self.at)
            .filter(|character| character.is_whitespace())
        {
            breaks += u64::from(character == '\n');
            self.at += character.len_utf8();
        }
        let word = mix(breaks.min(2));
        let token = Token {
            word,
            suffix: word,
            long_suffix: word,
            prefix: word,
            shape: shape::BREAK,
            ..Token::default()
        };
        self.push(start, token);
        self.line_from = self.tokens.len();
    }

    /// Settles the case of the line that ends here.
    fn end_line(&mut self) {
        let line = self.tokens.get_mut(self.line_from..).unwrap_or_default();
        let (mut upper, mut lower, mut marks, mut words) = (0_u32, 0_u32, 0_u32, 0_u32);
        for token in line.iter() {
            let looks = token.shape & !shape::GLUED;
            words += u32::from(looks <= shape::JOINED);
            marks += u32::from(is_mark_of_code(looks));
            match looks {
                shape::LOWER => lower += 1,
                shape::CAPITALS => upper += 1,
                shape::CAPITAL | shape::MIXED | shape::CAPITAL_MIXED | shape::JOINED => {
                    upper += 1;
                    lower += 1;
                }
                _ => {}
            }
        }
        let case = match (upper, lower) {
            _ if marks >= 3 && 2 * marks >= words => line_case::CODE,
            (0, 1..) => line_case::LOWER,
            (2.., 0) => line_case::UPPER,
            _ => line_case::MIXED,
        };
        for token in line {
            token.line_case = case;
        }
        self.line_from = self.tokens.len();
    }

    fn read_word(&mut self) {
        let start = self.at;
        let mut makeup = Makeup::default();
        self.word.clear();
        let mut lists = 0;
        let mut part_from = None;
        let mut before = ' ';
        while let Some(character) = self.character(self.at) {
            if is_of_word(character) {
                self.take(character, before, start, &mut makeup);
            } else if is_joiner(character) && self.joins(start, before, character) {
                makeup.joined = true;
                lists |= self.lists_of_part(part_from.unwrap_or(start));
                self.word
                    .push(if character == '\u{2019}' { '\'' } else { character });
                self.at += character.len_utf8();
                part_from = Some(self.at);
            } else {
                break;
            }
            before = character;
        }
        let word = self.word.hash();
        if let Some(from) = part_from {
            lists |= self.lists_of_part(from);
        }
        let looks = makeup.shape();
        if (shape::LOWER..=shape::JOINED).contains(&looks) && self.word.as_bytes().len() > 1 {
            lists |= self.gazetteer.lists(word);
        }
        let guess = match looks {
            shape::LOWER | shape::CAPITAL..=shape::CAPITALS | shape::CAPITAL_MIXED..=shape::JOINED => {
                self.gazetteer.guess(self.word.as_bytes(), lists)
            }
            _ => 0,
        };
        let token = Token {
            word,
            suffix: self.word.suffix(3),
            long_suffix: self.word.suffix(5),
            prefix: self.word.prefix(3),
            short_suffix: self.word.suffix(2),
            middle_suffix: self.word.suffix(4),
            long_prefix: self.word.prefix(4),
            shape: looks,
            lists,
            guess,
            ..Token::default()
        };
        let is_web = self.word.as_bytes() == b"www" && self.character(self.at) == Some('.');
        self.push(start, token);
        if is_web {
            self.opaque();
        }
    }

    fn take(&mut self, character: char, before: char, start: usize, makeup: &mut Makeup) {
        if character.is_ascii() {
            let byte = u8::try_from(character).unwrap_or_default();
            self.word.push_ascii(byte);
        } else {
            self.word.push(character);
        }
        let is_first = self.at == start;
        if character.is_uppercase() {
            makeup.upper += 1;
            if is_first {
                makeup.first = First::Upper;
            }
            makeup.upper_within |= before.is_lowercase();
        } else if character.is_lowercase() {
            makeup.lower += 1;
        } else if character == '_' {
            makeup.underscores += 1;
        } else if character.is_numeric() {
            makeup.digits += 1;
            if is_first {
                makeup.first = First::Digit;
            }
        } else {
            makeup.uncased += 1;
        }
        self.at += character.len_utf8();
    }

    /// Whether a mark within a word belongs to it: in `Jean-Pierre` and `O'Brien`, not in `Anna's`.
    fn joins(&self, start: usize, before: char, joiner: char) -> bool {
        let next_at = self.at + joiner.len_utf8();
        let Some(next) = self.character(next_at) else {
            return false;
        };
        if !before.is_alphabetic() || !next.is_alphabetic() {
            return false;
        }
        if joiner == '-' {
            return true;
        }
        let after = self.character(next_at + next.len_utf8());
        self.at - start <= 2 && after.is_some_and(char::is_alphabetic)
    }

    /// The lists that hold the part of the word since an offset.
    fn lists_of_part(&mut self, from: usize) -> u16 {
        self.part.clear();
        for character in self.text.get(from..self.at).unwrap_or_default().chars() {
            self.part.push(character);
        }
        if self.part.as_bytes().len() < 2 {
            return 0;
        }
        self.gazetteer.lists(self.part.hash())
    }

    fn mark(&mut self, character: char) {
        let start = self.at;
        if (character == '@' && self.is_glued_word() && self.character(start + 1).is_some_and(is_of_word))
            || (character == ':'
                && self.is_glued_word()
                && self.text.as_bytes().get(start..start + 3) == Some(b"://"))
        {
            self.opaque();
            return;
        }
        self.at += character.len_utf8();
        let word = mix(u64::from(u32::from(character)) | 1 << 40);
        let looks = match u8::try_from(character) {
            Ok(byte) if byte.is_ascii_punctuation() => byte,
            _ => shape::SYMBOL,
        };
        let token = Token {
            word,
            suffix: word,
            long_suffix: word,
            prefix: word,
            shape: looks,
            ..Token::default()
        };
        self.push(start, token);
    }

    fn is_glued_word(&self) -> bool {
        self.tokens
            .last()
            .is_some_and(|token| token.end == self.at && (token.shape & !shape::GLUED) < shape::BREAK)
    }

    /// Makes one token of an address of email or web that runs through here.
    fn opaque(&mut self) {
        let mut start = self.at;
        while let Some(token) = self.tokens.last() {
            let looks = token.shape & !shape::GLUED;
            let is_part = looks < shape::BREAK || [b'.', b'+', b'%', b'-'].contains(&looks);
            if token.end != start || !is_part || self.tokens.len() <= self.line_from {
                break;
            }
            start = token.start;
            self.tokens.pop();
        }
        let is_inside =
            |character: &char| !character.is_whitespace() && !"<>()[]{}\"',;|`".contains(*character);
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length: usize = rest.chars().take_while(is_inside).map(char::len_utf8).sum();
        let inside = rest.get(..length).unwrap_or_default();
        self.at += inside.trim_end_matches(['.', '!', '?', ':', '*']).len().max(1);
        let token = Token {
            word: mix(3),
            suffix: mix(3),
            long_suffix: mix(3),
            prefix: mix(3),
            shape: shape::OPAQUE,
            ..Token::default()
        };
        self.push(start, token);
    }
}

const fn is_mark_of_code(looks: u8) -> bool {
    matches!(
        looks,
        b'{' | b'}'
            | b'['
            | b']'
            | b'('
            | b')'
            | b'<'
            | b'>'
            | b'='
            | b';'
            | b'*'
            | b'&'
            | b'|'
            | b'\\'
            | b'$'
            | b'#'
            | b'+'
            | b'`'
            | shape::IDENTIFIER
            | shape::MIXED
            | shape::CAPITAL_MIXED
    )
}

fn is_of_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    character.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&character)
}

const fn is_joiner(character: char) -> bool {
    matches!(character, '-' | '\'' | '\u{2019}')
}
