use std::sync::Arc;

use super::*;
use crate::recognizer::{Anchor, Candidates, Trigger};

struct Born;

impl Recognizer for Born {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::DateOfBirth]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn find(&self, _: &str, _: Anchor<'_>, _: &mut Candidates) {}

    fn context_words(&self) -> &'static [&'static str] {
        &["born", "date of birth"]
    }
}

fn around(text: &str, start: usize, end: usize, field: Option<&str>) -> Surroundings {
    let words = ContextWords::new(&[Arc::new(Born)], &[]);
    let candidate = Candidate::new(EntityType::DateOfBirth, start, end);
    words.around(text.as_bytes(), &candidate, field, &mut Seen::default())
}

fn context(text: &str, start: usize, end: usize, field: Option<&str>) -> Context {
    around(text, start, end, field).context
}

#[test]
fn whole_words_count_before_after_and_in_the_field_name() {
    assert_eq!(context("I was BORN 1990", 11, 15, None), Context::Label);
    assert_eq!(
        context("BORN I was, then 1990", 17, 21, None),
        Context::BeforeByName
    );
    assert_eq!(context("1990 I was born", 0, 4, None), Context::AfterByName);
    assert_eq!(context("1990", 0, 4, Some("date of birth")), Context::FieldByName);
    assert_eq!(context("stubborn 1990", 9, 13, None), Context::Absent);
    assert_eq!(context("1990 airborne", 0, 4, None), Context::Absent);
}

#[test]
fn a_word_outside_the_window_or_cut_by_it_does_not_count() {
    let text = format!("stubborn{}1990", " ".repeat(BEFORE_BYTES - 4));
    assert_eq!(context(&text, text.len() - 4, text.len(), None), Context::Absent);
    let text = format!("born{}1990", " ".repeat(BEFORE_BYTES + 1));
    assert_eq!(context(&text, text.len() - 4, text.len(), None), Context::Absent);
}

#[test]
fn a_word_across_the_border_of_blocks_counts() {
    for pad in BLOCK_BYTES - 6..BLOCK_BYTES + 6 {
        let text = format!("{}born 1990", " ".repeat(pad));
        let found = context(&text, text.len() - 4, text.len(), None);
        assert_eq!(found, Context::Label, "{pad}");
    }
}

#[test]
fn a_label_stands_right_before_or_in_brackets_after() {
    assert!(around("born: 1990", 6, 10, None).labelled);
    assert!(around("date of birth no. 1990", 18, 22, None).labelled);
    assert!(around("1990 (born)", 0, 4, None).labelled);
    assert!(around("1990 is my date of birth", 0, 4, None).labelled);
    assert!(around("the date of birth on file, 1990, is", 27, 31, None).labelled);
    assert!(around("born:\n  1990", 8, 12, None).labelled);
    assert!(around("{\"dateOfBirth\": 1990}", 16, 20, None).labelled);
    assert!(around("date_of_birth=1990", 14, 18, None).labelled);
    assert!(around("born, which should be 1990", 22, 26, None).labelled);
    assert!(around("Agent: when were you born?\nMs Poe: it's 1990", 40, 44, None).labelled);
    assert!(!around("were you born? I had 1990", 21, 25, None).labelled);
    assert!(!around("born, they say, 1990", 16, 20, None).labelled);
    assert!(!around("born\n\n\n1990", 7, 11, None).labelled);
    assert!(!around("born 5 or 1990", 10, 14, None).labelled);
    assert!(!around("was born. In 1990", 13, 17, None).labelled);
    assert!(!around("1990 and born", 0, 4, None).labelled);
}

struct Numbers;

impl Recognizer for Numbers {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::Phone, EntityType::UsNpi]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn find(&self, _: &str, _: Anchor<'_>, _: &mut Candidates) {}

    fn context_words_of(&self, kind: EntityType) -> Vec<&str> {
        if kind == EntityType::Phone {
            vec!["call", "number is"]
        } else {
            vec!["npi"]
        }
    }
}

#[test]
fn a_phone_number_is_told_what_it_is_called() {
    let words = ContextWords::new(&[Arc::new(Numbers)], &[]);
    let phone = |text: &str| {
        let start = text.find("212").unwrap_or_default();
        let candidate = Candidate::new(EntityType::Phone, start, start + 10);
        words.around(text.as_bytes(), &candidate, None, &mut Seen::default())
    };
    for text in [
        "call X, NPI number 2124567890",
        "NPI number is 2124567890",
        "NPI: 2124567890, call",
    ] {
        assert!(phone(text).called_other, "{text}");
    }
    for text in [
        "NPI pending, call 2124567890",
        "the NPI of my aunt 2124567890",
        "number is 2124567890",
    ] {
        assert!(!phone(text).called_other, "{text}");
    }
    assert_eq!(phone("my NPI number is 2124567890").context, Context::Absent);
}

struct Passports;

impl Recognizer for Passports {
    fn entity_types(&self) -> &[EntityType] {
        &[EntityType::UkPassport, EntityType::UsPassport]
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn find(&self, _: &str, _: Anchor<'_>, _: &mut Candidates) {}

    fn context_words_of(&self, kind: EntityType) -> Vec<&str> {
        if kind == EntityType::UkPassport {
            vec!["passport", "uk passport"]
        } else {
            vec!["passport"]
        }
    }
}

#[test]
fn a_word_within_a_longer_one_speaks_for_its_types_alone() {
    let words = ContextWords::new(&[Arc::new(Passports)], &[]);
    let context = |kind, text: &str, field| {
        let start = text.find('1').unwrap_or_default();
        let candidate = Candidate::new(kind, start, start + 9);
        words
            .around(text.as_bytes(), &candidate, field, &mut Seen::default())
            .context
    };
    let (uk, us) = (EntityType::UkPassport, EntityType::UsPassport);
    assert_eq!(context(uk, "UK passport 123456789", None), Context::Label);
    assert_eq!(context(us, "UK passport 123456789", None), Context::Absent);
    assert_eq!(context(us, "a passport 123456789", None), Context::Before);
    assert_eq!(context(us, "123456789", Some("uk passport")), Context::Absent);
    assert_eq!(context(us, "123456789", Some("passport")), Context::FieldName);
}

#[test]
fn field_names_become_words() {
    let mut words = String::new();
    for name in ["dateOfBirth", "date_of_birth", "Date-of-birth", "date.of.birth"] {
        field_words(name, &mut words);
        assert_eq!(words, "date of birth", "{name}");
    }
    field_words("SSN2", &mut words);
    assert_eq!(words, "ssn ");
}

#[test]
fn the_top_of_a_column_names_the_cells_below_it() {
    let label = |text: &str| {
        let start = text.find("1990").unwrap();
        around(text, start, start + 4, None)
    };
    for text in [
        "name,born,city\nx,1990,y",
        "name;born;city\nx;2001;y\nz;1990;w\n",
        "| Name | Born | City |\n|---|---|---|\n| x | 1990 | y |",
        "\"date of birth\"\tx\r\n\"1990\"\tone",
        "Report\n\nname,dateOfBirth\nx,1990",
    ] {
        assert_eq!(label(text).context, Context::FieldByName, "{text}");
        assert!(label(text).labelled, "{text}");
    }
    for text in [
        // another column, another number of cells, an empty line between, a cell that holds more, a top that is data
        "born,name,city\nx,1990,y",
        "name,born\nx,1990,y",
        "name,born,city\n\nx,1990,y",
        "name,born,city\nx,in 1990,y",
        "name,born 12,city\nx,1990,y",
    ] {
        assert!(!label(text).labelled, "{text}");
    }
    let far = format!("name,born\n{}x,1990", "y,z\n".repeat(4_096));
    assert!(!label(&far).labelled);
    let near = format!("name,born\n{}x,1990", "y,z\n".repeat(4_000));
    assert!(label(&near).labelled);
    // what stands far to the left of a line is no part of it
    let gap = format!(
        "a,b,c,d{}name,born\nx,1990{}a,b,c",
        " ".repeat(80),
        " ".repeat(80)
    );
    assert!(label(&gap).labelled);
}

#[test]
fn a_heading_names_what_stands_by_itself_below_an_empty_line() {
    let is_label = |text: &str| {
        let start = text.find("1990").unwrap();
        around(text, start, start + 4, None).labelled
    };
    for text in ["Born\n\n1990", "## Born:\n\n1990.\nx", "x\n* born\n\n  1990  \n"] {
        assert!(is_label(text), "{text}");
    }
    for text in [
        "I was born\n\n1990",
        "Born\n\n1990 items",
        "Born\n\n\n1990",
        "Born\n\nin 1990",
    ] {
        assert!(!is_label(text), "{text}");
    }
}
