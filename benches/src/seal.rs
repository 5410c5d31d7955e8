//! The tree over the log: what sealing and verifying cost, and how little they and an append grow with the log.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use clap::Args;
use uuid::Uuid;
use vault_domain::IdSource;
use vault_event_store::{
    Appender, BatchMacKey, Head, Log,
    tree::{KeptSeed, LogKeys, Sealer, Seed, SeedError, SeedKeeper, Tree, TreeHead, VerifyInput, verify_log},
};

use crate::{
    Result,
    append::ours,
    database::{MAC_KEY, Scratch},
    load::median,
    replay::fill,
    report::{Row, progress},
    sample::{Sample, SystemClock},
};

const SEED: [u8; 32] = [9; 32];
/// How many proofs one round asks for.
const PROOFS: u64 = 2_000;
/// How many clients append while the growth of their latency is measured.
const CLIENTS: usize = 64;
/// The most CPU that sealing an event may cost.
const SEAL_GOAL_US: f64 = 10.0;
/// The least events that a core must verify in a second.
const VERIFY_GOAL: f64 = 200_000.0;
/// The most that a latency may grow with ten times the events; its inverse is 0.77.
const GROWTH_GOAL: f64 = 1.3;

#[derive(Args)]
pub(crate) struct Options {
    /// How many events the log holds; it is measured with a tenth of them first.
    #[arg(long, default_value_t = 300_000)]
    events: usize,
    /// How many rounds; the figures are their medians.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

pub(crate) async fn measure(scratch: &Scratch, options: &Options) -> Result<Vec<Row>> {
    let (appender, _task) = scratch.appender();
    let sample = Arc::new(Sample::new());
    sample.open_datasets(&appender).await?;
    let tenth = options.events / 10;
    fill(scratch, &appender, &sample, tenth).await?;
    let _ = seal(scratch).await?;
    let small = latencies(scratch, &appender, &sample, options.rounds).await?;
    fill(scratch, &appender, &sample, options.events - tenth).await?;
    let sealed = seal(scratch).await?;
    let large = latencies(scratch, &appender, &sample, options.rounds).await?;
    let _ = seal(scratch).await?;
    let mut verified = Vec::new();
    for _ in 0..options.rounds {
        verified.push(verify(scratch).await?);
    }
    let verified = median(verified);
    progress(&format!(
        "seal: {sealed:.2} µs of CPU an event; verify: {verified:.0} events per second of CPU"
    ));
    let growth = |what: &str, small: f64, large: f64| Row {
        what: format!("{what}, {} events", options.events),
        ours: format!("{large:.2} ms"),
        limit: format!("{small:.2} ms with a tenth of them; goal ≤ {GROWTH_GOAL} times that"),
        ratio: small / large,
        goal: 0.77,
    };
    Ok(vec![
        Row {
            what: format!("sealing, {} events", options.events - tenth),
            ours: format!("{sealed:.2} µs of CPU an event"),
            limit: format!("goal {SEAL_GOAL_US} µs"),
            ratio: SEAL_GOAL_US / sealed,
            goal: 1.0,
        },
        Row {
            what: format!("verifying, {} events", options.events),
            ours: format!("{verified:.0} events per second of CPU"),
            limit: format!("goal {VERIFY_GOAL}"),
            ratio: verified / VERIFY_GOAL,
            goal: 1.0,
        },
        growth("an inclusion proof (p50)", small.proof_ms, large.proof_ms),
        growth(
            "an append by one of 64 clients (p50)",
            small.append_ms,
            large.append_ms,
        ),
    ])
}

/// The log's key is derived, as that of an old log: no KMS takes part in what is measured.
struct OneSeed;

#[async_trait]
impl SeedKeeper for OneSeed {
    async fn create(&self, _: Uuid) -> std::result::Result<(Seed, KeptSeed), SeedError> {
        Ok((SEED.into(), KeptSeed::Root))
    }

    async fn open(&self, _: Uuid, _: &KeptSeed) -> std::result::Result<Seed, SeedError> {
        Ok(SEED.into())
    }

    fn voucher(&self, public_key: &[u8; 32]) -> [u8; 32] {
        *public_key
    }
}

/// One key needs one id.
struct OneId;

impl IdSource for OneId {
    fn next(&self) -> Uuid {
        Uuid::from_u128(1)
    }
}

fn keys(scratch: &Scratch) -> LogKeys {
    LogKeys::new(scratch.database.clone(), Arc::new(OneSeed), Arc::new(OneId))
}

/// Seals what waits; returns microseconds of this process's CPU an event.
pub(crate) async fn seal(scratch: &Scratch) -> Result<f64> {
    let sealer = Sealer::new(
        scratch.database.clone(),
        Head::default(),
        BatchMacKey::new(MAC_KEY),
        keys(scratch),
        Arc::new(SystemClock),
    );
    let before = Tree::new(scratch.database.clone())
        .latest()
        .await?
        .map_or(0, |latest| latest.head.size);
    let started = cpu_time()?;
    let head = sealer.seal_now().await?.ok_or("somebody else seals")?;
    let took = cpu_time()?.saturating_sub(started);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a log of a benchmark has less than 2^52 events"
    )]
    let events = (head.size - before) as f64;
    Ok(took.as_secs_f64() * 1e6 / events)
}

/// Verifies the whole log; returns events per second of this process's CPU.
async fn verify(scratch: &Scratch) -> Result<f64> {
    let (tree, log) = (
        Tree::new(scratch.database.clone()),
        Log::new(scratch.database.clone()),
    );
    let input = VerifyInput {
        log: &log,
        tree: &tree,
        keys: &keys(scratch).trusted().await?,
        remembered: &[],
        mac_key: Some(&BatchMacKey::new(MAC_KEY)),
        events_per_s: None,
    };
    let started = cpu_time()?;
    let verified = verify_log(&input, |_, _| {}).await?;
    let took = cpu_time()?.saturating_sub(started);
    if let Some(finding) = verified.finding {
        return Err(finding.to_string().into());
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a log of a benchmark has less than 2^52 events"
    )]
    let events = verified.events as f64;
    Ok(events / took.as_secs_f64())
}

struct Latencies {
    proof_ms: f64,
    append_ms: f64,
}

async fn latencies(
    scratch: &Scratch,
    appender: &Appender,
    sample: &Arc<Sample>,
    rounds: usize,
) -> Result<Latencies> {
    let tree = Tree::new(scratch.database.clone());
    let head = tree.latest().await?.ok_or("nothing is sealed")?.head;
    let (mut proofs, mut appends) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        proofs.push(proof_latency(&tree, head).await?);
        appends.push(ours(appender, sample, CLIENTS, 1.0).await?.p50_ms);
    }
    Ok(Latencies {
        proof_ms: median(proofs),
        append_ms: median(appends),
    })
}

/// The median latency of proofs for events all over the log, in milliseconds.
async fn proof_latency(tree: &Tree, head: TreeHead) -> Result<f64> {
    let mut latencies = Vec::new();
    for number in 0..PROOFS {
        let position = number * (head.size / PROOFS) + 1;
        let started = Instant::now();
        let _ = tree.inclusion(position, head).await?;
        latencies.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(latencies))
}

/// The CPU time of this process, of all its threads, to 10 ms (`proc_pid_stat(5)`: fields 14 and 15).
fn cpu_time() -> Result<Duration> {
    const TICKS_PER_S: u64 = 100;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').ok_or("no stat")?.1;
    let ticks = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<std::result::Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_S))
}
