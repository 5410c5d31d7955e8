//! Phone numbers that regulators keep free for films and manuals.

/// Ranges in national form, as digits: a number of the same length that begins so is nobody's.
const UK: [(&str, usize); 20] = [
    // Ofcom, numbers for drama use
    ("1134960", 10),
    ("1144960", 10),
    ("1154960", 10),
    ("1164960", 10),
    ("1174960", 10),
    ("1184960", 10),
    ("1214960", 10),
    ("1314960", 10),
    ("1414960", 10),
    ("1514960", 10),
    ("1614960", 10),
    ("1632960", 10),
    ("1914980", 10),
    ("2079460", 10),
    ("2896496", 10),
    ("2920180", 10),
    ("7700900", 10),
    ("8081570", 10),
    ("9098790", 10),
    ("3069990", 10),
];
const FRANCE: [(&str, usize); 6] = [
    // ARCEP, numbers for audiovisual works
    ("19900", 9),
    ("26191", 9),
    ("35301", 9),
    ("46571", 9),
    ("53649", 9),
    ("63998", 9),
];
const AUSTRALIA: [(&str, usize); 8] = [
    // ACMA, numbers for fictional use
    ("25550", 9),
    ("27010", 9),
    ("35550", 9),
    ("37010", 9),
    ("75550", 9),
    ("85550", 9),
    ("87010", 9),
    ("491570", 9),
];

/// Whether a phone number is kept free.
pub(super) fn is_fictional(text: &str) -> bool {
    let international = text.trim_start().starts_with('+') || text.trim_start().starts_with("00");
    let all: String = text.chars().filter(char::is_ascii_digit).collect();
    let all = if text.trim_start().starts_with("00") {
        all.get(2..).unwrap_or_default()
    } else {
        &all
    };
    if international {
        return [
            ("1", is_north_american as fn(&str) -> bool),
            ("44", is_uk),
            ("33", is_french),
            ("61", is_australian),
        ]
        .into_iter()
        .any(|(code, is_fictional)| {
            let national = all.strip_prefix(code);
            // `+44 (0)20 ...` has the national zero as well
            national.is_some_and(|national| is_fictional(national.strip_prefix('0').unwrap_or(national)))
        });
    }
    match all.strip_prefix('0') {
        Some(national) => is_uk(national) || is_french(national) || is_australian(national),
        None => is_north_american(
            all.strip_prefix('1')
                .filter(|rest| rest.len() == 10)
                .unwrap_or(all),
        ),
    }
}

/// 555-0100 to 555-0199 in every area.
fn is_north_american(national: &str) -> bool {
    national.len() == 10 && national.get(3..8) == Some("55501")
}

fn is_uk(national: &str) -> bool {
    is_in(&UK, national)
}

fn is_french(national: &str) -> bool {
    is_in(&FRANCE, national)
}

fn is_australian(national: &str) -> bool {
    is_in(&AUSTRALIA, national)
}

fn is_in(ranges: &[(&str, usize)], national: &str) -> bool {
    ranges
        .iter()
        .any(|(start, length)| national.len() == *length && national.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fictional_numbers_are_known_in_every_form() {
        for number in [
            "+1 (212) 555-0123",
            "(212) 555-0199",
            "1-800-555-0100",
            "+44 20 7946 0018",
            "+44 (0)7700 900123",
            "07700 900123",
            "0033 1 99 00 12 34",
            "01 99 00 12 34",
            "+61 491 570 006",
        ] {
            assert!(is_fictional(number), "{number}");
        }
        for number in [
            "+1 212 555 1123",
            "212-556-0123",
            "+44 20 7947 0018",
            "+49 30 123456",
            "",
            "+",
        ] {
            assert!(!is_fictional(number), "{number}");
        }
    }
}
