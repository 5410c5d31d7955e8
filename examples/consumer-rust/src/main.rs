#![doc = include_str!("../README.md")]

mod table;

use std::{env, error::Error, time::Duration};

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};

use table::Table;

/// What the table is made from.
const STREAMS: [&str; 2] = ["dataset", "record_batch"];
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [brokers, prefix, file] = &arguments[..] else {
        return Err("usage: vault-example-consumer BROKERS PREFIX FILE".into());
    };
    let mut table = Table::open(file)?;
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        // the group commits nothing: where to begin stands in the table
        .set("group.id", "vault-example-consumer")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .create()?;
    consumer.assign(&partitions(&consumer, prefix, &table)?)?;
    loop {
        match consumer.poll(POLL) {
            Some(Ok(message)) => table.take(&message)?,
            // the client connects again by itself
            Some(Err(KafkaError::MessageConsumption(_))) | None => {}
            Some(Err(error)) => return Err(error.into()),
        }
    }
}

/// All partitions of the topics, each from where the table ends.
fn partitions(
    consumer: &BaseConsumer,
    prefix: &str,
    table: &Table,
) -> Result<TopicPartitionList, Box<dyn Error>> {
    let mut list = TopicPartitionList::new();
    for stream in STREAMS {
        let topic = format!("{prefix}.{stream}");
        let metadata = consumer.fetch_metadata(Some(&topic), PATIENCE)?;
        let found = metadata
            .topics()
            .first()
            .map_or(&[][..], |topic| topic.partitions());
        if found.is_empty() {
            return Err(format!("there is no topic {topic}").into());
        }
        for partition in found {
            let next = table.next_offset(&topic, partition.id())?;
            let offset = next.map_or(Offset::Beginning, Offset::Offset);
            list.add_partition_offset(&topic, partition.id(), offset)?;
        }
    }
    Ok(list)
}
