//! Topics: made when they are missing, refused when they have another number of partitions.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    error::RDKafkaErrorCode,
};

use crate::{config::KafkaConfig, error::PublishError, producer::Logged};

/// How long the cluster may take to make topics, and to show them.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before a topic that was just made is looked for again.
const LOOK_PAUSE: Duration = Duration::from_millis(50);
/// How many topics are remembered to be right.
const MAX_KNOWN: usize = 10_000;
/// The replicas that the brokers give by themselves.
const BROKERS_DEFAULT: i32 = -1;

/// The topics that are known to be right.
#[derive(Debug, Default)]
pub(crate) struct Topics(HashSet<String>);

impl Topics {
    /// Makes sure that the topics of messages are there and right.
    pub(crate) async fn of(
        &mut self,
        mut topics: HashSet<String>,
        config: &KafkaConfig,
    ) -> Result<(), PublishError> {
        topics.retain(|topic| !self.0.contains(topic));
        self.ensure(topics.into_iter().collect(), config).await
    }

    /// Makes sure that these topics are there and right.
    pub(crate) async fn ensure(
        &mut self,
        topics: Vec<String>,
        config: &KafkaConfig,
    ) -> Result<(), PublishError> {
        if topics.is_empty() {
            return Ok(());
        }
        let client: AdminClient<Logged> = config.client().create_with_context(Logged::default())?;
        let refused = make(&client, &topics, config).await?;
        let topics = {
            let config = config.clone();
            let look = move || -> Result<_, PublishError> {
                for topic in &topics {
                    let refusal = refused.iter().find(|(name, _)| name == topic);
                    check(&client, topic, refusal.map(|(_, code)| *code), &config)?;
                }
                Ok(topics)
            };
            tokio::task::spawn_blocking(look).await??
        };
        if self.0.len() + topics.len() > MAX_KNOWN {
            self.0.clear();
        }
        self.0.extend(topics);
        Ok(())
    }
}

/// Makes those that are missing; gives those that could not be made, of which some may be there all the same.
async fn make(
    client: &AdminClient<Logged>,
    topics: &[String],
    config: &KafkaConfig,
) -> Result<Vec<(String, RDKafkaErrorCode)>, PublishError> {
    let replication = config.replication_factor.map_or(BROKERS_DEFAULT, i32::from);
    let new: Vec<NewTopic<'_>> = topics
        .iter()
        .map(|topic| {
            NewTopic::new(
                topic,
                config.partitions.into(),
                TopicReplication::Fixed(replication),
            )
        })
        .collect();
    let options = AdminOptions::new()
        .request_timeout(Some(PATIENCE))
        .operation_timeout(Some(PATIENCE));
    let made = client.create_topics(&new, &options).await?;
    Ok(made
        .into_iter()
        .filter_map(Result::err)
        .filter(|(_, code)| *code != RDKafkaErrorCode::TopicAlreadyExists)
        .collect())
}

/// Looks at a topic until the cluster shows it. Blocks.
fn check(
    client: &AdminClient<Logged>,
    topic: &str,
    refusal: Option<RDKafkaErrorCode>,
    config: &KafkaConfig,
) -> Result<(), PublishError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let metadata = client.inner().fetch_metadata(Some(topic), PATIENCE)?;
        let found = metadata
            .topics()
            .first()
            .map_or(0, |topic| topic.partitions().len());
        if found == usize::from(config.partitions) {
            return Ok(());
        }
        if found > 0 {
            return Err(PublishError::Partitions {
                topic: topic.into(),
                found,
                configured: config.partitions,
            });
        }
        if refusal.is_some() || Instant::now() > deadline {
            return Err(PublishError::Topic {
                topic: topic.into(),
                reason: refusal.map_or("it does not appear".into(), |code| code.to_string().into()),
            });
        }
        std::thread::sleep(LOOK_PAUSE);
    }
}
