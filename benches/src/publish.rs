//! The publisher to Kafka, against the client library alone with the same messages.

use std::{
    collections::BTreeSet,
    env, process, thread,
    time::{Duration, Instant},
};

use clap::Args;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer},
};
use tokio_util::sync::CancellationToken;
use vault_event_store::{Head, Log, PageLimit, tree::Tree};
use vault_projections::publishers;
use vault_publishing::{Epochs, KAFKA, KafkaConfig, Message, Publisher, Security, TopicsBy};

use crate::{
    Result,
    bulk::per_second,
    database::Scratch,
    load::median,
    replay::fill,
    report::{Row, progress},
    sample::Sample,
    seal::seal,
};

/// The least share of the library's own rate.
const GOAL: f64 = 0.7;
const PARTITIONS: u16 = 12;
/// How many events are read at a time to make the library's messages.
const PAGE: PageLimit = PageLimit::of_events(10_000);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(10);

#[derive(Args)]
pub(crate) struct Options {
    /// How many events are published.
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

pub(crate) async fn measure(scratch: &Scratch, options: &Options) -> Result<Vec<Row>> {
    let (appender, _task) = scratch.appender();
    let sample = Sample::new();
    sample.open_datasets(&appender).await?;
    fill(scratch, &appender, &sample, options.events).await?;
    // the log's name comes with its first checkpoint
    let _ = seal(scratch).await?;
    let (mut ours, mut limit, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..options.rounds {
        let publisher = publish(scratch, &config(&format!("bench-{}-{round}", process::id()))?).await?;
        let library = send(scratch, config(&format!("limit-{}-{round}", process::id()))?).await?;
        progress(&format!(
            "publish: {publisher:.0} events/s, the library alone {library:.0}"
        ));
        ours.push(publisher);
        limit.push(library);
        ratios.push(publisher / library);
    }
    Ok(vec![Row {
        what: format!("publishing {} events to Kafka", options.events),
        ours: format!("{:.0} events/s", median(ours)),
        limit: format!("rdkafka alone: {:.0} messages/s", median(limit)),
        ratio: median(ratios),
        goal: GOAL,
    }])
}

fn config(prefix: &str) -> Result<KafkaConfig> {
    let brokers = env::var("VAULT_TEST_KAFKA_BROKERS");
    Ok(KafkaConfig {
        brokers: brokers.map_err(|_| "VAULT_TEST_KAFKA_BROKERS names no broker")?,
        topic_prefix: prefix.to_owned(),
        topics_by: TopicsBy::Aggregate,
        partitions: PARTITIONS,
        replication_factor: None,
        security: Security::default(),
    })
}

/// Lets a publisher publish the whole log; gives events per second.
async fn publish(scratch: &Scratch, config: &KafkaConfig) -> Result<f64> {
    let database = scratch.database.clone();
    let last = Log::new(database.clone()).last_position().await?;
    sqlx::raw_sql("DELETE FROM publishers")
        .execute(&sqlx::PgPool::connect(&scratch.url).await?)
        .await?;
    let stop = CancellationToken::new();
    let running =
        tokio::spawn(Publisher::new(config.clone(), database.clone(), Head::default()).run(stop.clone()));
    let position = async || -> Result<u64> {
        let state = publishers::state(&database.writer, KAFKA).await?;
        Ok(state.map_or(0, |state| state.position.unsigned_abs()))
    };
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let published = async {
        // from the first batch on: topics are made once
        let begun = loop {
            ticks.tick().await;
            let position = position().await?;
            if position > 0 {
                break position;
            }
        };
        let started = Instant::now();
        while position().await? < last {
            ticks.tick().await;
        }
        Result::Ok(per_second(usize::try_from(last - begun)?, started))
    };
    let rate = tokio::time::timeout(PATIENCE, published).await??;
    stop.cancel();
    running.await?;
    Ok(rate)
}

/// Sends the messages of the whole log, which are made before; gives messages per second.
async fn send(scratch: &Scratch, config: KafkaConfig) -> Result<f64> {
    let database = scratch.database.clone();
    let epochs = Epochs::load(&Tree::new(database.clone())).await?;
    let mut replay = Log::new(database).replay(0, PAGE);
    let mut messages = Vec::new();
    while let Some(page) = replay.next_page().await? {
        for event in &page {
            messages.push(Message::new(event, &config, &epochs)?);
        }
    }
    make_topics(&config, &messages).await?;
    tokio::task::spawn_blocking(move || send_all(&config, messages)).await?
}

async fn make_topics(config: &KafkaConfig, messages: &[Message]) -> Result<()> {
    let client: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", &config.brokers)
        .create()?;
    let names: BTreeSet<&str> = messages.iter().map(|message| message.topic.as_str()).collect();
    let topics: Vec<NewTopic<'_>> = names
        .into_iter()
        .map(|name| NewTopic::new(name, PARTITIONS.into(), TopicReplication::Fixed(1)))
        .collect();
    let made = client.create_topics(&topics, &AdminOptions::new()).await?;
    for topic in made {
        topic.map_err(|(name, code)| format!("{name}: {code}"))?;
    }
    Ok(())
}

fn send_all(config: &KafkaConfig, messages: Vec<Message>) -> Result<f64> {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", &config.brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "zstd")
        .set("partitioner", "murmur2_random")
        .create()?;
    let (count, started) = (messages.len(), Instant::now());
    for message in messages {
        let mut record = BaseRecord::to(&message.topic)
            .key(message.key.as_str())
            .payload(message.payload.as_str())
            .headers(message.headers)
            .timestamp(message.time_ms);
        while let Err((error, back)) = producer.send(record) {
            if !matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) {
                return Err(error.into());
            }
            record = back;
            thread::sleep(Duration::from_millis(1));
        }
    }
    producer.flush(PATIENCE)?;
    Ok(per_second(count, started))
}
