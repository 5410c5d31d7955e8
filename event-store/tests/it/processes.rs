//! 64 writers on 3 processes write random streams with right and wrong expectations, while a reader follows.

use std::{collections::HashMap, io::Write as _, process::Stdio, str::FromStr, sync::Arc};

use chrono::TimeDelta;
use sqlx::{ConnectOptions as _, PgPool, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    task::JoinSet,
};
use uuid::Uuid;
use vault_domain::TenantId;
use vault_event_store::{AppendError, Head, Log};

use crate::support::{Rig, TickingClock, appender, counting, database, mac_key};

const WORKER: &str = "VAULT_TEST_LOG_WORKER";
/// Another seed than the one that the clock of the test machine gives.
const SEED: &str = "VAULT_TEST_LOG_SEED";
const PROCESSES: u64 = 3;
const WRITERS: u64 = 64;
const ATTEMPTS_PER_WRITER: u64 = 25;
const SHARED_STREAMS: u64 = 12;
const TENANTS: u64 = 5;

/// Random numbers that a seed determines (splitmix64).
struct Dice(u64);

impl Dice {
    /// Less than `sides`.
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// The id of a stream or tenant, the same in every process.
fn shared_id(kind: u8, number: u64) -> Uuid {
    let mut tail = [0xee; 10];
    tail[1] = kind;
    tail[2..].copy_from_slice(&number.to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000, &tail).into_uuid()
}

fn tenant_of(stream: u64) -> TenantId {
    TenantId::from_uuid(shared_id(1, stream % TENANTS))
}

/// Not a test: the body of a worker process, which this binary starts of itself.
#[test]
fn worker_process() {
    let Ok(task) = std::env::var(WORKER) else { return };
    let (numbers, url) = task.split_once(' ').expect("seed,process url");
    let (seed, process) = numbers.split_once(',').expect("seed,process");
    let (seed, process) = (seed.parse().expect("a seed"), process.parse().expect("a number"));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work(seed, process, url));
}

async fn work(seed: u64, process: u64, url: &str) {
    let database = database(&PgConnectOptions::from_str(url).expect("a URL"));
    // the processes' clocks differ by hours
    let clock = TickingClock::ahead_by(TimeDelta::hours(process.cast_signed()));
    let appender = appender(&database, &Head::default(), clock);
    let mut writers = JoinSet::new();
    for writer in (0..WRITERS).filter(|writer| writer % PROCESSES == process) {
        let writer = Writer {
            dice: Dice(seed ^ (writer << 32)),
            own: 1_000 + writer,
            known: HashMap::new(),
        };
        writers.spawn(writer.run(appender.clone()));
    }
    while let Some(done) = writers.join_next().await {
        done.expect("a writer");
    }
}

struct Writer {
    dice: Dice,
    /// A stream that nobody else writes to.
    own: u64,
    /// Where streams stood when they were last seen.
    known: HashMap<u64, u64>,
}

impl Writer {
    async fn run(mut self, appender: vault_event_store::Appender) {
        for attempt in 0..ATTEMPTS_PER_WRITER {
            let stream = if attempt % 2 == 0 {
                self.own
            } else {
                self.dice.throw(SHARED_STREAMS)
            };
            let known = *self.known.get(&stream).unwrap_or(&0);
            let wrong_by = if self.dice.throw(10) < 3 {
                1 + self.dice.throw(3)
            } else {
                0
            };
            let stale = wrong_by <= known && self.dice.throw(2) == 0;
            let expected = if stale { known - wrong_by } else { known + wrong_by };
            let events = usize::try_from(1 + self.dice.throw(3)).expect("a few");
            let append = counting(tenant_of(stream), shared_id(2, stream), expected, events);
            let first_id = append.first_event_id();
            let outcome = appender.append(append).await;
            if let Err(AppendError::Conflict { actual_sequence }) = outcome {
                assert_ne!(
                    actual_sequence, expected,
                    "a conflict though the sequence was right"
                );
                let own = stream == self.own;
                assert!(
                    !own || (wrong_by > 0 && actual_sequence == known),
                    "a right one was refused"
                );
                assert!(actual_sequence >= known, "a stream went back");
                self.known.insert(stream, actual_sequence);
                say(&format!("refused {first_id}"));
            } else {
                let done = outcome.expect("stored or a conflict");
                assert!(
                    stream != self.own || wrong_by == 0,
                    "a wrong sequence went through"
                );
                self.known.insert(stream, expected + events as u64);
                say(&format!(
                    "stored {first_id} {} {}",
                    done.first_position, done.last_position
                ));
            }
        }
    }
}

/// Tells the parent process, on a line of its own among what the test harness writes.
fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "\n{line}").expect("the parent listens");
}

/// What the workers said: where each stored append is, and which were refused.
#[derive(Default)]
struct Answers {
    stored: HashMap<Uuid, (i64, i64)>,
    refused: Vec<Uuid>,
}

async fn run_workers(seed: u64, url: String) -> Answers {
    let binary = std::env::current_exe().expect("this binary");
    let mut workers = JoinSet::new();
    for process in 0..PROCESSES {
        let mut command = Command::new(&binary);
        command.args([
            "--exact",
            "processes::worker_process",
            "--nocapture",
            "--test-threads=1",
        ]);
        command
            .env(WORKER, format!("{seed},{process} {url}"))
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        workers.spawn(async move {
            let mut child = command.spawn().expect("a process");
            let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            let mut said = Vec::new();
            while let Some(line) = lines.next_line().await.expect("a line") {
                said.push(line);
            }
            assert!(
                child.wait().await.expect("its end").success(),
                "worker {process} failed"
            );
            said
        });
    }
    let mut answers = Answers::default();
    while let Some(said) = workers.join_next().await {
        for line in said.expect("a worker") {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["stored", id, first, last] => {
                    let range = (
                        first.parse().expect("a position"),
                        last.parse().expect("a position"),
                    );
                    answers.stored.insert(id.parse().expect("an id"), range);
                }
                ["refused", id] => answers.refused.push(id.parse().expect("an id")),
                _ => {}
            }
        }
    }
    answers
}

/// Reads on by position without any check of the log's own, until it is told to stop and has read all.
async fn follow(pool: PgPool, mut stop: tokio::sync::oneshot::Receiver<()>) -> i64 {
    let (mut last, mut stopping) = (0, false);
    loop {
        let page: Vec<i64> =
            sqlx::query_scalar("SELECT position FROM events WHERE position > $1 ORDER BY position LIMIT 100")
                .bind(last)
                .fetch_all(&pool)
                .await
                .expect("read");
        for position in &page {
            assert_eq!(*position, last + 1, "a position commits after one that was read");
            last = *position;
        }
        if page.is_empty() && stopping {
            return last;
        }
        stopping = stopping || stop.try_recv().is_ok();
    }
}

#[sqlx::test(migrator = "vault_event_store::MIGRATOR")]
async fn any_interleaving_leaves_one_gap_free_order_and_true_answers(pool: PgPool) {
    let seed = std::env::var(SEED).map_or_else(
        |_| std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs(),
        |seed| seed.parse().expect("a seed"),
    );
    println!("{SEED}={seed}");
    let rig = Arc::new(Rig::new(pool));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let reader = tokio::spawn(follow(rig.owner.clone(), stopped));
    let answers = run_workers(seed, rig.owner.connect_options().to_url_lossy().to_string()).await;
    stop.send(()).expect("the reader runs");
    let read = reader.await.expect("the reader");

    let told = answers.stored.len() + answers.refused.len();
    assert_eq!(
        told as u64,
        WRITERS * ATTEMPTS_PER_WRITER,
        "every attempt has an answer"
    );
    assert!(
        answers.stored.len() > 500 && answers.refused.len() > 200,
        "both outcomes are common"
    );
    let events: i64 = answers
        .stored
        .values()
        .map(|(first, last)| last - first + 1)
        .sum();
    assert_eq!(
        (rig.log.last_position().await.expect("read"), read),
        (events.unsigned_abs(), events)
    );
    let firsts: HashMap<Uuid, i64> = sqlx::query_as("SELECT event_id, position FROM events")
        .fetch_all(&rig.owner)
        .await
        .expect("read")
        .into_iter()
        .collect();
    for (id, (first, _)) in &answers.stored {
        assert_eq!(firsts.get(id), Some(first), "stored where its writer was told");
    }
    assert!(
        answers.refused.iter().all(|id| !firsts.contains_key(id)),
        "refused and stored all the same"
    );
    rig.assert_gap_free().await;
    crate::hashes::assert_batches_verify(&rig, &mac_key()).await;
    let log = Log::new(rig.database.clone());
    let all = log.read_after(0, u32::MAX).await.expect("read");
    assert!(
        all.iter()
            .all(|event| event.computed_hash().as_slice() == event.event_hash)
    );
}
