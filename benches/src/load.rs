//! An even load: N clients that repeat one operation for S seconds, each waiting for its answer.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::Result;

/// What a load did, without its warm-up.
pub(crate) struct Measured {
    /// Operations per second of all clients.
    pub(crate) per_second: f64,
    /// Half of the operations took at most this long, in milliseconds.
    pub(crate) p50_ms: f64,
    /// All but one in a hundred took at most this long, in milliseconds.
    pub(crate) p99_ms: f64,
}

/// How long the load runs before it counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// Runs `operation` in `clients` tasks. What is counted is what was answered after the warm-up.
pub(crate) async fn run<F, Fut>(clients: usize, seconds: f64, operation: F) -> Result<Measured>
where
    F: Fn(usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs_f64(seconds);
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let operation = operation.clone();
        tasks.spawn(async move {
            let mut latencies_us = Vec::new();
            loop {
                let started = Instant::now();
                operation(client).await?;
                let ended = Instant::now();
                if ended >= end {
                    return Result::Ok(latencies_us);
                }
                if ended >= begin {
                    latencies_us.push(u32::try_from((ended - started).as_micros()).unwrap_or(u32::MAX));
                }
            }
        });
    }
    let mut latencies_us = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies_us.extend(done??);
    }
    Ok(measured(latencies_us, seconds))
}

/// How long all but so many in a hundred took, at most, in milliseconds; the shortest stands first.
pub(crate) fn percentile_ms(sorted: &[Duration], hundredths: usize) -> f64 {
    let index = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
}

fn measured(mut latencies_us: Vec<u32>, seconds: f64) -> Measured {
    latencies_us.sort_unstable();
    let percentile = |hundredths: usize| {
        let index = (latencies_us.len() * hundredths / 100).min(latencies_us.len().saturating_sub(1));
        f64::from(latencies_us.get(index).copied().unwrap_or(0)) / 1_000.0
    };
    let count = u32::try_from(latencies_us.len()).unwrap_or(u32::MAX);
    Measured {
        per_second: f64::from(count) / seconds,
        p50_ms: percentile(50),
        p99_ms: percentile(99),
    }
}

/// The middle one of what several rounds measured.
pub(crate) fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_unstable_by(f64::total_cmp);
    rounds.get(rounds.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_medians_are_those_of_the_sorted_figures() {
        let measured = measured((1..=1_000).rev().map(|ms| ms * 1_000).collect(), 2.0);
        assert!((measured.per_second - 500.0).abs() < 1e-9);
        assert!((measured.p50_ms - 501.0).abs() < 1e-9);
        assert!((measured.p99_ms - 991.0).abs() < 1e-9);
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!(median(Vec::new()).abs() < 1e-9);
    }
}
