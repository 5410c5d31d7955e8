"""Keeps a table of datasets in SQLite, from the vault's events, exactly once whatever fails.

Usage: consumer.py BROKERS PREFIX FILE

Rows, positions and offsets are committed together, and a message that is not beyond the last epoch and position of its
partition is dropped.
"""

import json
import sqlite3
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

STREAMS = ("dataset", "record_batch")
PATIENCE_S = 30
STATUS = {
    "dataset.created": "active",
    "dataset.unarchived": "active",
    "dataset.archived": "archived",
    "dataset.deleted": "deleted",
    "records.added": None,
}

SCHEMA = """
    CREATE TABLE IF NOT EXISTS datasets (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, status TEXT, records INTEGER NOT NULL, size_bytes INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS progress (
        topic TEXT, partition INTEGER, epoch INTEGER NOT NULL, position INTEGER NOT NULL, offset INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
    );
"""

# Records may come before their dataset, which stands in another topic.
UPSERT = """
    INSERT INTO datasets (id, tenant, status, records, size_bytes) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET status = coalesce(excluded.status, status),
        records = records + excluded.records, size_bytes = size_bytes + excluded.size_bytes
"""

ADVANCE = """
    INSERT INTO progress VALUES (?, ?, ?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE
    SET epoch = excluded.epoch, position = excluded.position, offset = excluded.offset
"""


def partitions(consumer, prefix, table):
    """All partitions of the topics, each from where the table ends."""
    for stream in STREAMS:
        topic = f"{prefix}.{stream}"
        found = consumer.list_topics(topic, timeout=PATIENCE_S).topics[topic].partitions
        if not found:
            sys.exit(f"there is no topic {topic}")
        for partition in found:
            query = "SELECT offset + 1 FROM progress WHERE topic = ? AND partition = ?"
            row = table.execute(query, (topic, partition)).fetchone()
            yield TopicPartition(topic, partition, row[0] if row else OFFSET_BEGINNING)


def apply(table, message, headers):
    """Changes the table. Types that come with later versions are passed over."""
    event_type = headers["ce_type"]
    if event_type not in STATUS:
        return
    payload = json.loads(message.value())
    records = payload.get("records", [])
    size_bytes = sum(record["size_bytes"] for record in records)
    dataset = payload.get("dataset_id", message.key().decode())
    table.execute(UPSERT, (dataset, headers["ce_tenant"], STATUS[event_type], len(records), size_bytes))


def take(table, message):
    """Applies a message, unless it is a repeat, and moves on, both or neither."""
    headers = {name: value.decode() for name, value in message.headers()}
    place = (int(headers["ce_epoch"]), int(headers["ce_position"]))
    partition = (message.topic(), message.partition())
    with table:
        query = "SELECT epoch, position FROM progress WHERE topic = ? AND partition = ?"
        last = table.execute(query, partition).fetchone()
        if last is None or place > last:
            apply(table, message, headers)
            table.execute(ADVANCE, (*partition, *place, message.offset()))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    brokers, prefix, file = sys.argv[1:]
    table = sqlite3.connect(file)
    table.execute("PRAGMA journal_mode = WAL")
    table.executescript(SCHEMA)
    consumer = Consumer({
        "bootstrap.servers": brokers,
        # the group commits nothing: where to begin stands in the table
        "group.id": "vault-example-consumer",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
    })
    consumer.assign(list(partitions(consumer, prefix, table)))
    while True:
        message = consumer.poll(1)
        # the client connects again by itself
        if message is not None and message.error() is None:
            take(table, message)


if __name__ == "__main__":
    main()
