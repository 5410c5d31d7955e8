//! The table, and how far each partition is in it.

use std::error::Error;

use rdkafka::{
    Message,
    message::{BorrowedMessage, Headers as _},
};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde_json::Value;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS datasets (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, status TEXT, records INTEGER NOT NULL, size_bytes INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS progress (
        topic TEXT, partition INTEGER, epoch INTEGER NOT NULL, position INTEGER NOT NULL, offset INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
    );";

/// Records may come before their dataset, which stands in another topic.
const UPSERT: &str = "
    INSERT INTO datasets (id, tenant, status, records, size_bytes) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (id) DO UPDATE SET status = coalesce(excluded.status, status),
        records = records + excluded.records, size_bytes = size_bytes + excluded.size_bytes";

/// What became of a dataset.
struct Change {
    dataset: String,
    status: Option<&'static str>,
    records: usize,
    size_bytes: u64,
}

/// A table of datasets.
pub(crate) struct Table(Connection);

impl Table {
    pub(crate) fn open(file: &str) -> Result<Self, rusqlite::Error> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(connection))
    }

    /// Where a partition goes on; nothing if it was never read.
    pub(crate) fn next_offset(&self, topic: &str, partition: i32) -> Result<Option<i64>, rusqlite::Error> {
        let query = "SELECT offset + 1 FROM progress WHERE topic = ?1 AND partition = ?2";
        self.0
            .query_row(query, params![topic, partition], |row| row.get(0))
            .optional()
    }

    /// Applies a message, unless it is a repeat, and moves on, both or neither.
    pub(crate) fn take(&mut self, message: &BorrowedMessage<'_>) -> Result<(), Box<dyn Error>> {
        let place = (number(message, "ce_epoch")?, number(message, "ce_position")?);
        let transaction = self.0.transaction()?;
        let last = transaction
            .query_row(
                "SELECT epoch, position FROM progress WHERE topic = ?1 AND partition = ?2",
                params![message.topic(), message.partition()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        if last.is_none_or(|last| place > last) {
            apply(&transaction, message)?;
            transaction.execute(
                "INSERT INTO progress VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (topic, partition) DO UPDATE \
                 SET epoch = excluded.epoch, position = excluded.position, offset = excluded.offset",
                params![
                    message.topic(),
                    message.partition(),
                    place.0,
                    place.1,
                    message.offset()
                ],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn apply(transaction: &Transaction<'_>, message: &BorrowedMessage<'_>) -> Result<(), Box<dyn Error>> {
    let payload: Value = serde_json::from_slice(message.payload().ok_or("a message without a payload")?)?;
    let key = message.key_view::<str>().ok_or("a message without a key")??;
    let Some(change) = change(header(message, "ce_type")?, key, &payload) else {
        return Ok(());
    };
    let tenant = header(message, "ce_tenant")?;
    transaction.execute(
        UPSERT,
        params![
            change.dataset,
            tenant,
            change.status,
            change.records,
            change.size_bytes
        ],
    )?;
    Ok(())
}

/// What an event says; nothing if the table does not care. Types that come with later versions are passed over.
fn change(event_type: &str, stream: &str, payload: &Value) -> Option<Change> {
    let status = match event_type {
        "dataset.created" | "dataset.unarchived" => Some("active"),
        "dataset.archived" => Some("archived"),
        "dataset.deleted" => Some("deleted"),
        "records.added" => None,
        _ => return None,
    };
    let records = payload["records"].as_array().map_or(&[][..], Vec::as_slice);
    Some(Change {
        dataset: payload["dataset_id"].as_str().unwrap_or(stream).to_owned(),
        status,
        records: records.len(),
        size_bytes: records
            .iter()
            .filter_map(|record| record["size_bytes"].as_u64())
            .sum(),
    })
}

fn number(message: &BorrowedMessage<'_>, name: &str) -> Result<i64, Box<dyn Error>> {
    Ok(header(message, name)?.parse()?)
}

fn header<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Result<&'a str, Box<dyn Error>> {
    let mut headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let value = headers
        .find(|header| header.key == name)
        .and_then(|header| header.value)
        .ok_or_else(|| format!("a message without {name}"))?;
    Ok(std::str::from_utf8(value)?)
}
