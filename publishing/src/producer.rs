//! The producer: it hands batches over in transactions, and whoever opens the next one of its name fences it.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, Message as _,
    config::RDKafkaLogLevel,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{
        BaseRecord, DeliveryResult, NoCustomPartitioner, Producer as _, ProducerContext, ThreadedProducer,
    },
};

use crate::{config::KafkaConfig, error::PublishError, message::Message};

/// How long a broker may take to begin or to end a transaction.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a batch may take to be handed over.
const BATCH_PATIENCE: Duration = Duration::from_secs(20);
/// The pause while the queue is full.
const FULL_PAUSE: Duration = Duration::from_millis(1);

/// A producer of transactions. All of it blocks.
pub struct Producer(ThreadedProducer<Logged>);

impl Producer {
    /// Opens a producer under a transactional id: its predecessor, here or elsewhere, can send no more, and what that
    /// one left open is void.
    ///
    /// # Errors
    /// When the cluster does not answer, or refuses.
    pub fn open(config: &KafkaConfig, transactional_id: &str) -> Result<Self, PublishError> {
        let mut client = config.producer();
        client.set("transactional.id", transactional_id);
        let producer = Self(client.create_with_context(Logged::default())?);
        match producer.0.init_transactions(PATIENCE) {
            Ok(()) => Ok(producer),
            Err(error) => Err(producer.failed(error)),
        }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn begin(&self) -> Result<(), PublishError> {
        self.0.begin_transaction().map_err(|error| self.failed(error))
    }

    /// Hands messages of the transaction over, to be sent while others are made.
    ///
    /// # Errors
    /// As [`Self::commit`]; [`PublishError::Slow`] when they are not taken in time.
    pub fn send(&self, messages: Vec<Message>) -> Result<(), PublishError> {
        let deadline = Instant::now() + BATCH_PATIENCE;
        for message in messages {
            self.hand_over(message, deadline)?;
        }
        Ok(())
    }

    /// Ends the transaction. When it returns, all messages are acknowledged; when it fails, the producer is of no more
    /// use, and whether they are is known to none but the broker.
    ///
    /// # Errors
    /// When the cluster does not answer, or refuses, or another producer has taken over.
    pub fn commit(&self) -> Result<(), PublishError> {
        // the polling thread takes what arrives meanwhile
        self.0
            .commit_transaction(PATIENCE)
            .map_err(|error| self.failed(error))
    }

    /// An error, with what the connection said before it: a time-out alone does not tell of a wrong password.
    fn failed(&self, error: KafkaError) -> PublishError {
        match self.0.client().context().trouble() {
            Some(reason) => PublishError::Connection { error, reason },
            None => error.into(),
        }
    }

    fn hand_over(&self, message: Message, deadline: Instant) -> Result<(), PublishError> {
        let mut record = BaseRecord::to(&message.topic)
            .key(message.key.as_str())
            .payload(message.payload.as_str())
            .headers(message.headers)
            .timestamp(message.time_ms);
        loop {
            match self.0.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => record = back,
                Err((error, _)) => return Err(self.failed(error)),
            }
            if Instant::now() > deadline {
                return Err(PublishError::Slow);
            }
            // its own thread takes the acknowledgements that make room
            thread::sleep(FULL_PAUSE);
        }
    }
}

/// Lets the client library say what it has to say where everything is said, and remembers the last trouble.
#[derive(Default)]
pub(crate) struct Logged(Mutex<Option<Box<str>>>);

impl Logged {
    fn trouble(&self) -> Option<Box<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Logged {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(facility, message, ?level, "librdkafka");
    }

    /// A connection that is lost is made again; what matters fails where it is asked for.
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(error = %error, reason, "librdkafka");
        // that no broker is left says less than why the last one went
        if error != KafkaError::Global(RDKafkaErrorCode::AllBrokersDown) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.into());
        }
    }
}

impl ProducerContext<NoCustomPartitioner> for Logged {
    type DeliveryOpaque = ();

    /// A transaction with a message that was not delivered does not commit.
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = result {
            tracing::debug!(error = %error, topic = message.topic(), "a message was not delivered");
        }
    }
}
