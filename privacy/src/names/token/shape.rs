//! What a token looks like; an ASCII mark looks like itself.

/// `word`
pub const LOWER: u8 = 1;
/// `J`
pub const INITIAL: u8 = 2;
/// `Word`
pub const CAPITAL: u8 = 3;
/// `WORD`
pub const CAPITALS: u8 = 4;
/// `camelCase`
pub const MIXED: u8 = 5;
/// `McDonald`, `CamelCase`
pub const CAPITAL_MIXED: u8 = 6;
/// `Jean-Pierre`
pub const JOINED: u8 = 7;
/// `snake_case`
pub const IDENTIFIER: u8 = 8;
/// `12b`, `5th`
pub const NUMBERED: u8 = 9;
/// `B5`
pub const LETTERED: u8 = 10;
/// `7`; up to `1234567` by length, longer ones as that.
pub const DIGITS: u8 = 11;
/// A line break, or several.
pub const BREAK: u8 = 18;
/// An email address or a web address.
pub const OPAQUE: u8 = 19;
/// A mark outside ASCII.
pub const SYMBOL: u8 = 20;
/// Letters without case.
pub const UNCASED: u8 = 21;
/// No space before it.
pub const GLUED: u8 = 128;
