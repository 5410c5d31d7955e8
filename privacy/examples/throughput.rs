//! Measures how fast texts are scanned on one core: texts with few findings and with many, from 1 KB to 10 MB, and a
//! JSONL file if one is named; or, for `--texts`, nothing but the labelled texts of a file, by themselves.
//!
//! ```text
//! cargo run --release -p vault-privacy --example throughput -- [[--texts] FILE.jsonl[.gz]]
//! ```

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    io::{self, Read, Write},
    time::Instant,
};

use flate2::read::GzDecoder;
use serde_json::Value;
use vault_privacy::{ConfigError, Detector, DetectorConfig, EntityType, names::Names};

/// How gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How often each text is scanned over; the fastest round counts.
const ROUNDS: usize = 7;
/// How much is scanned in a round, in bytes.
const ROUND_BYTES: usize = 10_000_000;

/// Prose with a number here and there.
const SPARSE: &str = "The committee met in the old town hall to talk about the new bridge. Most of the people who came \
    had lived by the river for a long time, and nearly all of them wanted to know when the work would begin and how \
    long the ferry would have to run. The engineer had brought 3 drawings and a model, which stood on the table by the \
    window. He explained that the piers would be built first, in the dry months, and that the road would stay open \
    until the autumn of the second year. Questions about the cost were put off to the next meeting, as the offers of \
    two firms had not come in. Somebody asked whether the chestnut trees could be saved; the mayor promised to look \
    into it. If anything is unclear, write to office@example.org. ";
/// Records in which nearly every word is a finding.
const DENSE: &str = "Jo Doe, jo.doe@example.com, +44 20 7946 0018, SSN 536-22-1234, card 4111 1111 1111 1111, IBAN \
    GB29 NWBK 6016 1331 9268 19, born 1941-03-31, IP 81.2.69.160, NHS number 943 476 5919, CPF 529.982.247-25, \
    https://example.com/x?y=1, postcode SW1A 1AA, DNI 12345678Z, BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa. ";

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [option, path] = arguments.as_slice()
        && option == "--texts"
    {
        return scan_texts(&read(path)?, &mut out);
    }
    for (looked_for, names) in [("patterns", Names::Off), ("patterns and names", Names::On)] {
        let started = Instant::now();
        let detector = detector(names)?;
        writeln!(out, "{looked_for}: detector built in {:.1?}", started.elapsed())?;
        scan_sizes(&detector, &mut out)?;
    }
    let detector = Detector::new(DetectorConfig::default())?;
    match arguments.first() {
        Some(path) => scan_file(&detector, &read(path)?, &mut out),
        None => Ok(()),
    }
}

fn detector(names: Names) -> Result<Detector, ConfigError> {
    Detector::new(DetectorConfig {
        names,
        ..DetectorConfig::default()
    })
}

/// A file, unpacked if it is gzip.
fn read(path: &str) -> Result<String, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&GZIP) {
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    Ok(text)
}

/// Scans the texts of labelled lines one by one, as another detector is measured on them.
fn scan_texts(lines: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut texts: Vec<String> = Vec::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line)?;
        let messages = line["messages"].as_array().into_iter().flatten();
        let contents = messages.map(|message| &message["content"]);
        texts.extend(
            contents
                .chain([&line["text"]])
                .filter_map(|text| text.as_str().map(str::to_owned)),
        );
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let megabytes = f64::from(u32::try_from(bytes)?) / 1e6;
    for (looked_for, names) in [("patterns", Names::Off), ("patterns and names", Names::On)] {
        let detector = detector(names)?;
        let seconds = fastest(|| {
            for text in &texts {
                detector.scan_text(text)?;
            }
            Ok(())
        })?;
        let speed = megabytes / seconds;
        writeln!(
            out,
            "{looked_for}: {megabytes:.1} MB, {speed:.1} MB/s (best of {ROUNDS})"
        )?;
    }
    Ok(())
}

/// Scans texts of five sizes, with few findings and with many.
fn scan_sizes(detector: &Detector, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    for (name, unit) in [("sparse", SPARSE), ("dense", DENSE)] {
        for size in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
            let text: String = unit.chars().cycle().take(size).collect();
            let repeats = ROUND_BYTES / size;
            let mut findings = 0;
            let seconds = fastest(|| {
                findings = 0;
                for _ in 0..repeats {
                    findings += detector.scan_text(&text)?.len();
                }
                Ok(())
            })?;
            let megabytes = f64::from(u32::try_from(repeats * size)?) / 1e6;
            writeln!(
                out,
                "{name:>7} {size:>9} bytes {:>6.0} MB/s, {:.1} findings in a KB",
                megabytes / seconds,
                f64::from(u32::try_from(findings)?) / megabytes / 1e3
            )?;
        }
    }
    Ok(())
}

/// Scans a file line by line, and tells what is in it.
fn scan_file(detector: &Detector, text: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut counts: BTreeMap<EntityType, usize> = BTreeMap::new();
    let seconds = fastest(|| {
        counts.clear();
        for line in text.lines() {
            for found in detector.scan_json(line)? {
                *counts.entry(found.detection.entity_type).or_default() += 1;
            }
        }
        Ok(())
    })?;
    let megabytes = f64::from(u32::try_from(text.len())?) / 1e6;
    writeln!(
        out,
        "   file {megabytes:.1} MB, {:.0} MB/s (best of {ROUNDS})",
        megabytes / seconds
    )?;
    for (kind, count) in counts {
        writeln!(out, "{kind:>24} {count}")?;
    }
    Ok(())
}

/// The seconds of the fastest round.
fn fastest(mut round: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        round()?;
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    Ok(fastest)
}
