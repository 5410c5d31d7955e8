//! Dates within numbers.

use super::super::checksum::number;

/// Whether two digits of the day and two of the month are a day of a year that is not told.
pub(super) fn is_day(day: &[u8], month: &[u8]) -> bool {
    match (number(day), number(month)) {
        (Some(day), Some(month)) => (1..=days_of(month)).contains(&day),
        _ => false,
    }
}

/// The same for numbers; a month that is none has no days.
pub(super) const fn days_of(month: u32) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Whether eight digits are a year from 1850 to 2099, a month and a day.
pub(super) fn is_long_date(digits: &[u8]) -> bool {
    let (Some(year), Some(month), Some(day)) = (digits.get(..4), digits.get(4..6), digits.get(6..8)) else {
        return false;
    };
    number(year).is_some_and(|year| (1850..=2099).contains(&year)) && is_day(day, month)
}

/// Whether six digits are a year's end, a month and a day.
pub(super) fn is_year_first(digits: &[u8]) -> bool {
    matches!(digits, [_, _, m1, m2, d1, d2] if is_day(&[*d1, *d2], &[*m1, *m2]))
}

/// Whether six digits are a day, a month and a year's end.
pub(super) fn is_day_first(digits: &[u8]) -> bool {
    matches!(digits, [d1, d2, m1, m2, _, _] if is_day(&[*d1, *d2], &[*m1, *m2]))
}
