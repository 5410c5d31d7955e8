//! Measures how fast `scan_json` goes over a JSONL file on one core.
//!
//! ```text
//! cargo run --release -p vault-privacy --example throughput -- FILE.jsonl
//! ```

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    io::{self, Write},
    time::Instant,
};

use vault_privacy::{Detector, DetectorConfig, EntityType};

/// How often the file is scanned; the fastest round counts.
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: throughput FILE.jsonl")?;
    let text = fs::read_to_string(path)?;
    let started = Instant::now();
    let detector = Detector::new(DetectorConfig::default())?;
    let built_in = started.elapsed();
    let mut fastest = f64::INFINITY;
    let mut counts: BTreeMap<EntityType, usize> = BTreeMap::new();
    for _ in 0..ROUNDS {
        counts.clear();
        let started = Instant::now();
        for line in text.lines() {
            for found in detector.scan_json(line)? {
                *counts.entry(found.detection.entity_type).or_default() += 1;
            }
        }
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    let megabytes = f64::from(u32::try_from(text.len())?) / 1e6;
    let mut out = io::stdout().lock();
    writeln!(out, "detector built in {built_in:.1?}")?;
    writeln!(
        out,
        "{megabytes:.1} MB, {:.0} MB/s (best of {ROUNDS})",
        megabytes / fastest
    )?;
    for (kind, count) in counts {
        writeln!(out, "{kind:>20} {count}")?;
    }
    Ok(())
}
