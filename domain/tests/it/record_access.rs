//! The rules of written-down reads.

use vault_domain::record_access::{
    DatasetReads, RecordAccess, RecordAccessCommand, RecordAccessEvent, RecordAccessRefusal, RecordsRead,
};

use crate::{
    samples::{dataset_id, record_id},
    support::{assert_survives_a_snapshot, given},
};

fn reads(n: usize) -> Vec<DatasetReads> {
    let record_ids = (0..n).map(record_id).collect();
    vec![DatasetReads {
        dataset_id: dataset_id(),
        reads: n as u64,
        record_ids,
    }]
}

fn read(n: usize) -> RecordAccessEvent {
    RecordAccessEvent::Read(RecordsRead { datasets: reads(n) })
}

#[test]
fn reads_are_written_down_as_one_fact() {
    given::<RecordAccess>([])
        .when(RecordAccessCommand::Record(reads(3)))
        .then([read(3)]);
}

#[test]
fn no_reads_are_nothing_to_write_down() {
    given::<RecordAccess>([])
        .when(RecordAccessCommand::Record(vec![]))
        .then_refused(RecordAccessRefusal::Empty);
}

#[test]
fn reads_are_written_down_once() {
    for again in [reads(1), vec![]] {
        given::<RecordAccess>([read(1)])
            .when(RecordAccessCommand::Record(again))
            .then_refused(RecordAccessRefusal::AlreadyRecorded);
    }
}

#[test]
fn written_down_reads_survive_their_snapshot() {
    assert_survives_a_snapshot::<RecordAccess>(&[]);
    assert_survives_a_snapshot::<RecordAccess>(&[read(2)]);
}
