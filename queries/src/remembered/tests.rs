use std::time::Instant;

use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::tail::Source;

const COPY: i64 = 16_400;

fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

fn dataset(number: u128) -> DatasetId {
    DatasetId::from_uuid(Uuid::from_u128(number))
}

/// A row as it was read when its read model had come so far.
fn found(name: &str, as_of: i64) -> FoundDataset {
    FoundDataset {
        row: DatasetRow {
            dataset_id: Uuid::from_u128(1),
            status: "active".to_owned(),
            name: name.to_owned(),
            description: None,
            task_type: None,
            tags: Vec::new(),
            schema: None,
            settings: None,
            sequence: 1,
            created_by: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        },
        as_of,
        copy: COPY,
    }
}

/// On a node that knows the log up to a position.
fn at(position: u64) -> RememberedRows {
    let rows = RememberedRows::new(Arc::default(), 1_000_000);
    rows.forget_all(position);
    rows.serve_copy(COPY);
    rows.tail.reach(position, Instant::now());
    rows.tail.know(Source::Sessions, Instant::now());
    rows
}

fn name(rows: &RememberedRows, tenant: TenantId, dataset: DatasetId) -> Option<String> {
    rows.get(tenant, dataset).map(|row| row.name.clone())
}

#[test]
fn a_row_is_remembered_until_it_changes() {
    let rows = at(10);
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
    rows.keep(tenant(1), dataset(1), found("one", 10));
    rows.keep(tenant(1), dataset(2), found("two", 10));
    assert_eq!(name(&rows, tenant(1), dataset(1)).as_deref(), Some("one"));
    rows.forget(tenant(1), dataset(1), 11);
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
    assert_eq!(name(&rows, tenant(1), dataset(2)).as_deref(), Some("two"));
}

#[test]
fn a_row_that_was_read_before_a_change_and_arrives_after_it_is_not_given() {
    let rows = at(10);
    let before = found("before", 10);
    rows.forget(tenant(1), dataset(1), 11);
    assert_eq!(rows.keep(tenant(1), dataset(1), before).name, "before");
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
    rows.known.run_pending_tasks();
    assert_eq!(rows.known.entry_count(), 0, "nothing is left of it");
    rows.keep(tenant(1), dataset(1), found("after", 11));
    assert_eq!(name(&rows, tenant(1), dataset(1)).as_deref(), Some("after"));
}

#[test]
fn a_row_of_a_read_model_that_is_behind_what_this_node_began_with_is_not_given() {
    let rows = at(10);
    rows.keep(tenant(1), dataset(1), found("of long ago", 9));
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
}

#[test]
fn another_tenant_never_gets_it() {
    let rows = at(10);
    rows.keep(tenant(1), dataset(1), found("one", 10));
    assert_eq!(name(&rows, tenant(2), dataset(1)), None);
}

#[test]
fn another_copy_of_the_read_model_may_say_something_else() {
    let rows = at(10);
    rows.keep(tenant(1), dataset(1), found("one", 10));
    rows.serve_copy(COPY + 1);
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
    rows.keep(tenant(1), dataset(1), found("read before the switch", 12));
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
}

#[test]
fn nothing_is_given_while_changes_are_not_known() {
    let rows = RememberedRows::new(Arc::default(), 1_000_000);
    rows.serve_copy(COPY);
    rows.keep(tenant(1), dataset(1), found("one", 10));
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
    rows.tail.reach(10, Instant::now());
    rows.tail.know(Source::Sessions, Instant::now());
    assert_eq!(name(&rows, tenant(1), dataset(1)).as_deref(), Some("one"));
}

#[test]
fn without_room_nothing_is_remembered() {
    let rows = RememberedRows {
        max_bytes: 0,
        ..at(10)
    };
    rows.keep(tenant(1), dataset(1), found("one", 10));
    assert_eq!(name(&rows, tenant(1), dataset(1)), None);
    assert!(rows.state().is_none() && at(10).state().is_some());
}
