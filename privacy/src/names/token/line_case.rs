//! How the letters of a line are cased.

/// Both cases.
pub const MIXED: u8 = 0;
/// Lower case alone.
pub const LOWER: u8 = 1;
/// Upper case alone.
pub const UPPER: u8 = 2;
/// More marks than prose has: source code, data, formulas.
pub const CODE: u8 = 3;
