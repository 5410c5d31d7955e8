//! Text in blocks finds what the whole holds.

use vault_privacy::{Detection, OffsetUnit, to_unit};

use super::{
    text::{BLOCK_BYTES, Blocks, Overlaps, TextFinding},
    *,
};

/// What one scan of the whole text finds.
fn at_once(text: &str) -> Vec<TextFinding> {
    let found: Vec<Detection> = DETECTOR.scan_text(text).expect("no model fails");
    let bytes = to_unit(text, &found, OffsetUnit::Utf8);
    let place = |(finding, bytes): (&Detection, &Detection)| {
        let before = &text[..bytes.start];
        let start = before.rsplit('\n').next().unwrap_or_default().chars().count();
        TextFinding {
            line: before.matches('\n').count() as u64 + 1,
            detection: Detection {
                start,
                end: start + finding.end - finding.start,
                ..*finding
            },
            bytes: bytes.start as u64..bytes.end as u64,
        }
    };
    found.iter().zip(&bytes).map(place).collect()
}

fn in_pieces(text: &[u8], piece: usize) -> Vec<TextFinding> {
    let (mut found, mut overlaps, mut blocks) = (Vec::new(), Overlaps::default(), Blocks::new(1));
    let mut sink = |finding: TextFinding, _: &str| {
        if overlaps.is_new(&finding.bytes) {
            found.push(finding);
        }
    };
    for piece in text.chunks(piece) {
        if let Some(block) = blocks.push(piece) {
            block.scan(&DETECTOR, &mut sink).expect("no model fails");
        }
    }
    let last = blocks.finish().scan(&DETECTOR, &mut sink);
    last.expect("no model fails");
    found
}

#[test]
fn blocks_find_what_the_whole_holds_wherever_they_are_cut() {
    let key = format!(
        "-----BEGIN {0}-----\n{1}-----END {0}-----\n",
        "RSA PRIVATE KEY",
        "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\n".repeat(60)
    );
    for end in [17_000, 16_384, 16_000, 9_000, 1_500, 700, 20, 0] {
        let filler = "some \u{e9} words that mean nothing at all\n".repeat(BLOCK_BYTES / 39);
        let start = filler.floor_char_boundary(BLOCK_BYTES - end);
        let text = format!("{}\n{key}ask {MAIL} now\n{filler}{MAIL}", &filler[..start]);
        let whole = at_once(&text);
        assert_eq!(whole.len(), 3, "{end}");
        assert_eq!(in_pieces(text.as_bytes(), 60_000), whole, "{end}");
    }
}

#[test]
fn a_text_without_lines_is_cut_too() {
    let text = format!(
        "{}{MAIL} {}",
        "word \u{e9} ".repeat(BLOCK_BYTES / 8),
        "x ".repeat(BLOCK_BYTES)
    );
    assert_eq!(in_pieces(text.as_bytes(), 12_345), at_once(&text));
}

proptest! {
    #![proptest_config(few_cases())]
    #[test]
    fn pieces_do_not_matter(
        words in prop::collection::vec(prop::sample::select(vec![MAIL, "\u{1f600}", "\n", "x", "4111 1111 1111 1111", "\u{e9}"]), 0..40),
        piece in 1_usize..20,
    ) {
        let text = words.join(" ");
        prop_assert_eq!(in_pieces(text.as_bytes(), piece), at_once(&text));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200), piece in 1_usize..9) {
        prop_assert_eq!(in_pieces(&bytes, piece), at_once(&String::from_utf8_lossy(&bytes)));
    }
}
