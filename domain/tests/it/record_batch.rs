//! The rules of a batch of records, and how it is split into events.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vault_domain::{
    Aggregate, EntityType, SealedText,
    record_batch::{
        AddedRecord, MAX_RECORDS_PER_BATCH, MAX_RECORDS_PER_EVENT, MAX_SEALED_BYTES_PER_EVENT, NewRecord,
        PiiDetected, RecordBatch, RecordBatchCommand, RecordBatchEvent, RecordBatchRefusal, RecordFindings,
        RecordsAdded,
    },
};

use crate::{
    samples::{dataset_id, hash, record_id, sealed},
    support::{assert_survives_a_snapshot, context, given},
};

/// The log's limit of one payload.
const MAX_EVENT_BYTES: usize = 256 * 1024;
/// What an envelope adds to its plaintext.
const ENVELOPE_BYTES: usize = 58;
/// 255 code points of 4 bytes.
const MAX_EXTERNAL_ID_BYTES: usize = 255 * 4;
const MAX_METADATA_BYTES: usize = 16 * 1024;
/// The largest integer that canonical JSON keeps exactly.
const MAX_SIZE_BYTES: u64 = (1 << 53) - 1;
const DETECTOR_VERSION: u32 = 3;

/// A record whose sealed values have these sizes in clear.
fn sized(n: usize, external_id: Option<usize>, metadata: Option<usize>, clean: Option<usize>) -> NewRecord {
    let envelope = |plain_bytes: usize| sealed(plain_bytes + ENVELOPE_BYTES);
    NewRecord {
        record: AddedRecord {
            record_id: record_id(n),
            content: hash(7),
            size_bytes: MAX_SIZE_BYTES,
            subject_id: None,
            external_id: external_id.map(|bytes| SealedText {
                sealed: envelope(bytes),
                hash: hash(8),
            }),
            metadata: metadata.map(envelope),
            clean_metadata: clean.map(envelope),
        },
        findings: BTreeMap::new(),
    }
}

fn plain(n: usize) -> NewRecord {
    sized(n, None, None, None)
}

fn with_findings(n: usize, count: u32) -> NewRecord {
    NewRecord {
        findings: BTreeMap::from([(EntityType::Email, count)]),
        ..plain(n)
    }
}

/// As many findings as can be told of one record.
fn all_findings() -> BTreeMap<EntityType, u32> {
    EntityType::ALL
        .iter()
        .map(|entity_type| (*entity_type, u32::MAX))
        .collect()
}

fn add(records: Vec<NewRecord>) -> RecordBatchCommand {
    RecordBatchCommand::Add {
        dataset_id: dataset_id(),
        detector_version: DETECTOR_VERSION,
        records,
    }
}

fn added(records: &[NewRecord]) -> RecordBatchEvent {
    let records = records.iter().map(|record| record.record.clone()).collect();
    RecordBatchEvent::Added(RecordsAdded {
        dataset_id: dataset_id(),
        records,
    })
}

fn detected(records: &[&NewRecord]) -> RecordBatchEvent {
    let findings = |record: &&NewRecord| RecordFindings {
        record_id: record.record.record_id,
        counts: record.findings.clone(),
    };
    RecordBatchEvent::PiiDetected(PiiDetected {
        dataset_id: dataset_id(),
        detector_version: DETECTOR_VERSION,
        records: records.iter().map(findings).collect(),
    })
}

fn decided(records: Vec<NewRecord>) -> Vec<RecordBatchEvent> {
    RecordBatch::default()
        .decide(add(records), &context())
        .expect("a batch within its limits")
}

/// The sizes of the `records.added` events, in records.
fn split_sizes(events: &[RecordBatchEvent]) -> Vec<usize> {
    let size = |event: &RecordBatchEvent| match event {
        RecordBatchEvent::Added(added) => Some(added.records.len()),
        RecordBatchEvent::PiiDetected(_) => None,
    };
    events.iter().filter_map(size).collect()
}

fn largest_event_bytes(events: &[RecordBatchEvent]) -> usize {
    let encoded = |event| serde_json::to_vec(event).expect("an event is JSON").len();
    events.iter().map(encoded).max().unwrap_or(0)
}

#[test]
fn one_record_is_one_fact() {
    given::<RecordBatch>([])
        .when(add(vec![plain(1)]))
        .then([added(&[plain(1)])]);
}

#[test]
fn a_batch_without_records_is_refused() {
    given::<RecordBatch>([])
        .when(add(vec![]))
        .then_refused(RecordBatchRefusal::Empty);
}

#[test]
fn a_batch_is_added_once() {
    let history = [added(&[plain(1)])];
    given::<RecordBatch>(&history)
        .when(add(vec![plain(2)]))
        .then_refused(RecordBatchRefusal::AlreadyAdded);
    given::<RecordBatch>(&history)
        .when(add(vec![]))
        .then_refused(RecordBatchRefusal::AlreadyAdded);
}

#[test]
fn a_batch_is_full_at_its_limit_and_refused_beyond_it() {
    let records = |n| (0..n).map(plain).collect::<Vec<_>>();
    assert_eq!(
        split_sizes(&decided(records(MAX_RECORDS_PER_BATCH))),
        [MAX_RECORDS_PER_EVENT; 4]
    );
    let refusal = RecordBatchRefusal::TooMany {
        max: MAX_RECORDS_PER_BATCH,
    };
    given::<RecordBatch>([])
        .when(add(records(MAX_RECORDS_PER_BATCH + 1)))
        .then_refused(refusal);
}

#[test]
fn an_event_holds_at_most_300_records() {
    for (records, sizes) in [
        (300, vec![300]),
        (301, vec![300, 1]),
        (600, vec![300, 300]),
        (601, vec![300, 300, 1]),
    ] {
        assert_eq!(
            split_sizes(&decided((0..records).map(plain).collect())),
            sizes,
            "{records} records"
        );
    }
}

#[test]
fn an_event_holds_at_most_its_budget_of_sealed_bytes() {
    // four fill the budget to the byte
    let quarter = MAX_SEALED_BYTES_PER_EVENT / 4 - ENVELOPE_BYTES;
    let full = |n| sized(n, None, Some(quarter), None);
    assert_eq!(split_sizes(&decided((0..4).map(full).collect())), [4]);
    assert_eq!(split_sizes(&decided((0..5).map(full).collect())), [4, 1]);
    let mut one_byte_more: Vec<_> = (0..3).map(full).collect();
    one_byte_more.push(sized(3, None, Some(quarter + 1), None));
    assert_eq!(split_sizes(&decided(one_byte_more)), [3, 1]);
}

#[test]
fn every_sealed_value_counts_towards_the_budget() {
    let half = MAX_SEALED_BYTES_PER_EVENT / 2 - ENVELOPE_BYTES;
    let others = [
        sized(2, Some(half + 1), None, None),
        sized(2, None, Some(half + 1), None),
        sized(2, None, None, Some(half + 1)),
    ];
    for other in others {
        assert_eq!(
            split_sizes(&decided(vec![sized(1, None, Some(half), None), other])),
            [1, 1]
        );
    }
}

#[test]
fn a_record_beyond_the_budget_stands_alone() {
    let large = |n| sized(n, None, Some(MAX_SEALED_BYTES_PER_EVENT), None);
    assert_eq!(
        split_sizes(&decided(vec![plain(1), large(2), plain(3)])),
        [1, 1, 1]
    );
    assert_eq!(split_sizes(&decided(vec![large(1), large(2)])), [1, 1]);
}

#[test]
fn findings_follow_the_records_that_they_are_about() {
    let records = vec![plain(0), with_findings(1, 2), plain(2), with_findings(3, 1)];
    given::<RecordBatch>([])
        .when(add(records.clone()))
        .then([added(&records), detected(&[&records[1], &records[3]])]);
}

#[test]
fn findings_are_split_where_their_records_are() {
    let mut records: Vec<_> = (0..601).map(plain).collect();
    records[299] = with_findings(299, 1);
    records[300] = with_findings(300, 2);
    given::<RecordBatch>([]).when(add(records.clone())).then([
        added(&records[..300]),
        detected(&[&records[299]]),
        added(&records[300..600]),
        detected(&[&records[300]]),
        added(&records[600..]),
    ]);
}

#[test]
fn findings_alone_are_no_records() {
    let record = with_findings(1, 1);
    given::<RecordBatch>([detected(&[&record])])
        .when(add(vec![plain(2)]))
        .then([added(&[plain(2)])]);
}

#[test]
fn a_batch_survives_its_snapshot() {
    assert_survives_a_snapshot::<RecordBatch>(&[]);
    assert_survives_a_snapshot::<RecordBatch>(&[
        added(&[plain(1), plain(2)]),
        detected(&[&with_findings(1, 1)]),
    ]);
}

#[test]
fn the_largest_events_fit_into_the_log() {
    let largest_values = |n| {
        sized(
            n,
            Some(MAX_EXTERNAL_ID_BYTES),
            Some(MAX_METADATA_BYTES),
            Some(MAX_METADATA_BYTES),
        )
    };
    // as many records as fit, with as much sealed as fits: each of three values has an equal share of the budget
    let share = MAX_SEALED_BYTES_PER_EVENT / MAX_RECORDS_PER_EVENT / 3 - ENVELOPE_BYTES;
    let many_values = |n| sized(n, Some(share), Some(share), Some(share));
    let worst: [&dyn Fn(usize) -> NewRecord; 2] = [&largest_values, &many_values];
    for make in worst {
        let records = (0..MAX_RECORDS_PER_BATCH).map(|n| NewRecord {
            findings: all_findings(),
            ..make(n)
        });
        let largest = largest_event_bytes(&decided(records.collect()));
        assert!(largest <= MAX_EVENT_BYTES, "an event of {largest} bytes");
    }
}

fn any_record() -> impl Strategy<Value = NewRecord> {
    let optional = |max: usize| prop_oneof![Just(None), (0..=max).prop_map(Some), Just(Some(max))];
    let findings = prop_oneof![
        Just(BTreeMap::new()),
        Just(all_findings()),
        prop::collection::btree_map(prop::sample::select(EntityType::ALL), any::<u32>(), 0..5),
    ];
    // mostly small metadata, so that the number of records is a limit as often as their size
    let metadata = || prop_oneof![3 => optional(200), 1 => optional(MAX_METADATA_BYTES)];
    (optional(MAX_EXTERNAL_ID_BYTES), metadata(), metadata(), findings).prop_map(
        |(external_id, metadata, clean, findings)| NewRecord {
            findings,
            ..sized(0, external_id, metadata, clean)
        },
    )
}

fn any_batch() -> impl Strategy<Value = Vec<NewRecord>> {
    let kinds = prop::collection::vec(any_record(), 1..8);
    (kinds, 1..=MAX_RECORDS_PER_BATCH).prop_map(|(kinds, len)| {
        let numbered = |(n, mut record): (usize, NewRecord)| {
            record.record.record_id = record_id(n);
            record
        };
        kinds
            .into_iter()
            .cycle()
            .take(len)
            .enumerate()
            .map(numbered)
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn splitting_loses_nothing_keeps_the_order_and_fits_into_the_log(records in any_batch()) {
        let events = decided(records.clone());
        prop_assert!(largest_event_bytes(&events) <= MAX_EVENT_BYTES);
        prop_assert!(split_sizes(&events).iter().all(|size| (1..=MAX_RECORDS_PER_EVENT).contains(size)));

        let (mut seen, mut last) = (Vec::new(), Vec::new());
        let mut findings = Vec::new();
        for event in events {
            match event {
                RecordBatchEvent::Added(added) => {
                    last = added.records.iter().map(|record| record.record_id).collect();
                    seen.extend(added.records);
                }
                RecordBatchEvent::PiiDetected(detected) => {
                    prop_assert!(!detected.records.is_empty());
                    prop_assert!(detected.records.iter().all(|found| last.contains(&found.record_id)));
                    findings.extend(detected.records.into_iter().map(|found| (found.record_id, found.counts)));
                    last.clear();
                }
            }
        }
        let expected: Vec<_> = records.iter().map(|record| record.record.clone()).collect();
        prop_assert_eq!(seen, expected);
        let found = records.into_iter().filter(|record| !record.findings.is_empty());
        prop_assert_eq!(findings, found.map(|r| (r.record.record_id, r.findings)).collect::<Vec<_>>());
    }
}
