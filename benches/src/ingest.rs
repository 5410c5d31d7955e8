//! Streamed uploads of many records until the read models show them, and the memory that the server needs for it.

use std::{
    convert::Infallible,
    hint::black_box,
    ops::Range,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use futures::{future, stream};
use serde::Deserialize;
use vault_crypto::{AddressKey, DataKey, Label, Scope, SealContext, SecretKey};
use vault_domain::{DatasetId, KeyId, TenantId};
use vault_privacy::{Detector, DetectorConfig, Names};
use vault_storage::frame;

use crate::{
    Result, chat,
    load::median,
    report::{Row, progress},
    sample::new_id,
    server::Server,
};

/// How many bytes a piece of an upload has at least.
const PIECE_BYTES: usize = 64 * 1_024;
/// How many records detection and encryption alone are measured with.
const ALONE_RECORDS: u64 = 20_000;
/// How many records the measurement of memory has: 1 GB of them, of the default size.
const GIGABYTE_RECORDS: u64 = 1_000_000;
/// Records in a second: with patterns alone, and with names as well.
const GOAL_PATTERNS_PER_SECOND: f64 = 25_000.0;
const GOAL_NAMES_PER_SECOND: f64 = 3_000.0;
const GOAL_MEMORY_MB: f64 = 300.0;
/// How often the server's memory is looked at.
const MEMORY_SAMPLE: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(crate) struct Options {
    /// How many records are uploaded in a round.
    #[arg(long, default_value_t = 100_000)]
    records: u64,
    /// The size of a record, in bytes.
    #[arg(long, default_value_t = 1_024)]
    record_bytes: usize,
    /// Over how many connections.
    #[arg(long, default_value_t = 4)]
    connections: u64,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Instead of rounds, one upload of a million records, watching the server's memory.
    #[arg(long)]
    gigabyte: bool,
    /// What is looked for in the records; both, one after the other, if this is not said.
    #[arg(long, value_enum)]
    detection: Option<Detection>,
}

/// What is looked for in records.
#[derive(Clone, Copy, ValueEnum)]
enum Detection {
    /// What has a form of its own.
    Patterns,
    /// Names in free text as well.
    Names,
}

impl Detection {
    /// The server's setting.
    const fn setting(self) -> (&'static str, &'static str) {
        let names = match self {
            Self::Patterns => "false",
            Self::Names => "true",
        };
        ("VAULT_DETECTION_NAMES", names)
    }

    const fn names(self) -> Names {
        match self {
            Self::Patterns => Names::Off,
            Self::Names => Names::On,
        }
    }

    const fn goal_per_second(self) -> f64 {
        match self {
            Self::Patterns => GOAL_PATTERNS_PER_SECOND,
            Self::Names => GOAL_NAMES_PER_SECOND,
        }
    }

    const fn said(self) -> &'static str {
        match self {
            Self::Patterns => "patterns alone",
            Self::Names => "patterns and names",
        }
    }
}

/// The last line of a report.
#[derive(Deserialize)]
struct Summary {
    created: u64,
    failed: u64,
    complete: bool,
    position: Option<String>,
}

pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let detections = match options.detection {
        Some(detection) => vec![detection],
        // memory is that of the default
        None if options.gigabyte => vec![Detection::Names],
        None => vec![Detection::Patterns, Detection::Names],
    };
    let mut rows = Vec::new();
    for detection in detections {
        let server = Arc::new(Server::start_with(&[detection.setting()]).await?);
        let row = if options.gigabyte {
            memory(&server, options, detection).await
        } else {
            speed(&server, options, detection).await
        };
        let server = Arc::into_inner(server).ok_or("the server is still in use")?;
        server.stop().await?;
        rows.push(row?);
    }
    Ok(rows)
}

async fn speed(server: &Arc<Server>, options: &Options, detection: Detection) -> Result<Row> {
    let (record_bytes, names) = (options.record_bytes, detection.names());
    let alone =
        tokio::task::spawn_blocking(move || detection_and_encryption_alone(record_bytes, names)).await??;
    let mut rates = Vec::new();
    for round in 1..=options.rounds {
        let dataset = server.create_dataset(&format!("round {round}")).await?;
        let seconds = upload(server, &dataset, options, options.records).await?;
        let rate = per_second(options.records, seconds);
        progress(&format!(
            "ingest, {}, round {round}: {} records in {seconds:.2} s, {rate:.0}/s",
            detection.said(),
            options.records
        ));
        rates.push(rate);
    }
    let (rate, goal) = (median(rates), detection.goal_per_second());
    Ok(Row {
        what: format!(
            "ingest of {} records of {record_bytes} bytes, {}, {} connections, until readable",
            options.records,
            detection.said(),
            options.connections
        ),
        ours: format!("{rate:.0} records/s"),
        limit: format!("goal {goal:.0}/s; detection and encryption alone, one core: {alone:.0}/s"),
        ratio: rate / goal,
        goal: 1.0,
    })
}

async fn memory(server: &Arc<Server>, options: &Options, detection: Detection) -> Result<Row> {
    let dataset = server.create_dataset("a gigabyte").await?;
    let before = server.current_memory_bytes()?;
    let mut samples = Vec::new();
    let mut pause = tokio::time::interval(MEMORY_SAMPLE);
    let mut uploading = pin!(upload(server, &dataset, options, GIGABYTE_RECORDS));
    let seconds = loop {
        tokio::select! {
            seconds = &mut uploading => break seconds?,
            _ = pause.tick() => samples.push(server.current_memory_bytes()?),
        }
    };
    let (early, late) = samples.split_at(samples.len() / 2);
    let most = |samples: &[u64]| megabytes(samples.iter().copied().max().unwrap_or(0));
    let peak = megabytes(server.peak_memory_bytes()?);
    Ok(Row {
        what: format!(
            "memory while ingesting {GIGABYTE_RECORDS} records of {} bytes, {}",
            options.record_bytes,
            detection.said()
        ),
        ours: format!(
            "{peak:.0} MB (before {:.0}, first half {:.0}, second half {:.0}; {:.0} records/s)",
            megabytes(before),
            most(early),
            most(late),
            per_second(GIGABYTE_RECORDS, seconds)
        ),
        limit: format!("goal {GOAL_MEMORY_MB:.0} MB"),
        ratio: GOAL_MEMORY_MB / peak,
        goal: 1.0,
    })
}

/// Uploads records, each connection its share; how long it took until all of them could be read, in seconds.
async fn upload(server: &Arc<Server>, dataset: &str, options: &Options, records: u64) -> Result<f64> {
    let begun = Instant::now();
    let share = records.div_ceil(options.connections.max(1));
    let shares = (0..records).step_by(usize::try_from(share.max(1))?).map(|first| {
        let numbers = first..records.min(first + share);
        let (server, dataset, record_bytes) = (Arc::clone(server), dataset.to_owned(), options.record_bytes);
        tokio::spawn(async move { upload_share(&server, &dataset, numbers, record_bytes).await })
    });
    for done in future::join_all(shares).await {
        if let Some(position) = done?? {
            server.shows(dataset, &position).await?;
        }
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Uploads one share; where its last record stands in the log.
async fn upload_share(
    server: &Server,
    dataset: &str,
    numbers: Range<u64>,
    record_bytes: usize,
) -> Result<Option<String>> {
    let records = numbers.end - numbers.start;
    let pieces = stream::unfold(numbers, move |mut numbers| async move {
        let mut piece = String::with_capacity(PIECE_BYTES + 2 * record_bytes);
        while piece.len() < PIECE_BYTES
            && let Some(number) = numbers.next()
        {
            chat::line(number, record_bytes, &mut piece);
        }
        (!piece.is_empty()).then_some((Ok::<_, Infallible>(piece), numbers))
    });
    let answer = server
        .post(&format!("/datasets/{dataset}/versions/draft/records"))
        .query(&[("report", "failures")])
        .header("content-type", "application/x-ndjson")
        .body(reqwest::Body::wrap_stream(pieces))
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    let last = answer.lines().last().ok_or("an upload without a report")?;
    let summary: Summary = serde_json::from_str(last)?;
    if summary.complete && summary.failed == 0 && summary.created == records {
        Ok(summary.position)
    } else {
        Err(format!("the upload of {records} records ended with {last}").into())
    }
}

/// How many records a second one core takes through what the server does with each before it stores them.
fn detection_and_encryption_alone(record_bytes: usize, names: Names) -> Result<f64> {
    let detector = Detector::new(DetectorConfig {
        names,
        ..DetectorConfig::default()
    })?;
    let (addresses, key) = (AddressKey::new(&SecretKey::generate()?), SecretKey::generate()?);
    let key = DataKey::new(KeyId::from_uuid(new_id()), &key);
    let (tenant, scope) = (
        TenantId::from_uuid(new_id()),
        Scope::Dataset(DatasetId::from_uuid(new_id())),
    );
    let mut text = String::new();
    (0..ALONE_RECORDS).for_each(|number| chat::line(number, record_bytes, &mut text));
    let begun = Instant::now();
    for line in text.lines() {
        let detections = serde_json::to_string(&detector.scan_json(line)?)?;
        let framed = frame(&detections, line);
        let label = Label::Content(addresses.address(&framed));
        black_box(key.seal(&SealContext { tenant, scope, label }, &framed)?);
    }
    Ok(per_second(ALONE_RECORDS, begun.elapsed().as_secs_f64()))
}

#[expect(clippy::cast_precision_loss, reason = "no measurement has 2^52 records")]
fn per_second(records: u64, seconds: f64) -> f64 {
    records as f64 / seconds
}

#[expect(clippy::cast_precision_loss, reason = "no machine has 2^52 bytes of memory")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read_with_and_without_a_position() {
        let line = r#"{"created":3,"failed":0,"complete":true,"replayed":0,"position":"p1.AAAAAAAAAAE","read_models":"current"}"#;
        let summary: Summary = serde_json::from_str(line).unwrap();
        assert_eq!((summary.created, summary.failed, summary.complete), (3, 0, true));
        assert_eq!(summary.position.as_deref(), Some("p1.AAAAAAAAAAE"));
        let empty: Summary = serde_json::from_str(r#"{"created":0,"failed":1,"complete":false}"#).unwrap();
        assert!(empty.position.is_none());
    }

    #[test]
    fn one_core_gets_through_records() {
        assert!(detection_and_encryption_alone(256, Names::On).unwrap() > 0.0);
    }
}
