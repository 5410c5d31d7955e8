//! Conversations as a vault gets them: chat-like text of a given size with some personal data.

use std::fmt::Write as _;

/// What stands in a template in place of the number that makes each record another one.
pub(crate) const NUMBER_DIGITS: usize = 9;

const SENTENCES: [&str; 20] = [
    "I ordered the blue one two weeks ago and it has not arrived yet.",
    "Could you please check whether the invoice was sent to the right address?",
    "Thanks for your patience, I am looking into the shipment right now.",
    "The model keeps repeating the last sentence when the context is too long.",
    "It worked on the staging system, but the export stops after some pages.",
    "Let me summarize: you want a refund for the second item and keep the first.",
    "The error appears only when the file has more than ten thousand rows.",
    "Please restart the application and tell me what the log says afterwards.",
    "I would like to change the plan of our team from monthly to yearly.",
    "That is a known limitation; the next release in spring will remove it.",
    "Our office is closed on public holidays, so expect an answer on Monday.",
    "How do I fine-tune on conversations without the system prompt in them?",
    "The evaluation set has 4,812 prompts in 14 languages and 3 difficulty levels.",
    "You can find the option under settings, privacy, advanced, data retention.",
    "My colleague already tried that with version 2.4.1 and saw no difference.",
    "Is there a way to cancel the job without losing what it has computed?",
    "I have attached a screenshot; the total in the second column looks wrong.",
    "We measured 37% fewer hallucinations after filtering the training data.",
    "The password reset link expires after one hour, please request a new one.",
    "Great, then I will close this ticket and send you a short survey.",
];

/// Every fourth record has one of these, with the number's last digits in it.
const PERSONAL: [&str; 5] = [
    "You can reach me at marlene.oakhurst@example.com, day and night.",
    "My number is +1 312 555 0143, please call after five.",
    "The card 4111 1111 1111 1111 was charged twice.",
    "My social security number is 536-90-4399, if you need it.",
    "The server at 203.0.113.77 answers with a timeout.",
];

/// Appends one record as a line of JSON, of `size_bytes` and at most a sentence more, unlike that of any other number.
pub(crate) fn line(number: u64, size_bytes: usize, out: &mut String) {
    let end = out.len() + size_bytes;
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap_or(0)
    };
    let _ = write!(
        out,
        r#"{{"data":{{"conversation":"{number:0NUMBER_DIGITS$}","messages":[{{"role":"user","content":""#
    );
    if number.is_multiple_of(4) {
        out.push_str(PERSONAL[next(PERSONAL.len())]);
    }
    for role in ["assistant", "user", "assistant"] {
        let stop = out.len() + size_bytes.saturating_sub(150) / 4;
        while out.len() + 60 < stop {
            out.push(' ');
            out.push_str(SENTENCES[next(SENTENCES.len())]);
        }
        let _ = write!(out, r#""}},{{"role":"{role}","content":""#);
    }
    while out.len() + 80 < end {
        out.push(' ');
        out.push_str(SENTENCES[next(SENTENCES.len())]);
    }
    out.push_str("\"}]}}\n");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn lines_are_json_of_about_their_size_and_all_differ() {
        let mut seen = HashSet::new();
        for number in 0..2_000 {
            let mut text = String::from("before\n");
            line(number, 1_024, &mut text);
            let line = text.strip_prefix("before\n").unwrap().strip_suffix('\n').unwrap();
            assert!(!line.contains('\n'));
            assert!((900..1_100).contains(&line.len()), "{}", line.len());
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["data"]["messages"].as_array().unwrap().len(), 4);
            assert!(seen.insert(line.to_owned()));
        }
    }

    #[test]
    fn the_number_can_be_replaced_in_the_text() {
        let mut text = String::new();
        line(0, 1_024, &mut text);
        assert_eq!(
            text.find(&"0".repeat(NUMBER_DIGITS)),
            text.rfind(&"0".repeat(NUMBER_DIGITS))
        );
        assert!(text.contains("\"000000000\""));
    }
}
