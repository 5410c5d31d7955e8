//! The load generator `wrk`: connections that repeat a request, each waiting for its answer.

use std::io::Write as _;

use tokio::process::Command;

use crate::{Result, load::Measured};

/// Prints what the load did, on a line that [`parse`] reads.
const REPORT: &str = include_str!("../lua/report.lua");
const MARK: &str = "bench: ";

/// What is sent to whom.
pub(crate) struct Load<'a> {
    /// Where to.
    pub(crate) url: &'a str,
    /// How many connections.
    pub(crate) connections: usize,
    /// How long, in seconds.
    pub(crate) seconds: u32,
    /// A Lua script that makes the requests.
    pub(crate) script: &'a str,
    /// What the script finds in its environment.
    pub(crate) environment: &'a [(&'a str, &'a str)],
}

/// Runs one load, with one thread. An answer that is an error is no answer: then there is no measurement.
pub(crate) async fn run(load: &Load<'_>) -> Result<Measured> {
    parse(&figures(load).await?)
}

/// Runs one load of which a part is refused: how many answers there were in a second, and which part of them was refused.
pub(crate) async fn run_refused(load: &Load<'_>) -> Result<(f64, f64)> {
    let figures = read(&figures(load).await?)?;
    let [requests, errors, duration_us, ..] = figures;
    if requests < 1.0 || duration_us <= 0.0 {
        return Err("there were no answers".into());
    }
    Ok((requests * 1e6 / duration_us, errors / requests))
}

async fn figures(load: &Load<'_>) -> Result<String> {
    let mut script = tempfile::Builder::new().suffix(".lua").tempfile()?;
    write!(script, "{}\n{REPORT}", load.script)?;
    let output = Command::new("wrk")
        .args(["-t1", "--timeout", "10s"])
        .arg(format!("-c{}", load.connections))
        .arg(format!("-d{}s", load.seconds))
        .arg("-s")
        .arg(script.path())
        .arg(load.url)
        .envs(load.environment.iter().copied())
        .output()
        .await
        .map_err(|error| format!("wrk cannot be run (scripts/setup bench installs it): {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find_map(|line| line.strip_prefix(MARK));
    let complaint = || {
        format!(
            "wrk measured nothing: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        )
    };
    Ok(line.ok_or_else(complaint)?.to_owned())
}

/// Requests, errors, the duration and two percentiles in microseconds.
fn read(line: &str) -> Result<[f64; 5]> {
    let figures: Vec<f64> = line
        .split_whitespace()
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()?;
    let figures = figures.try_into();
    figures.map_err(|_| format!("not the figures of a load: {line}").into())
}

fn parse(line: &str) -> Result<Measured> {
    let [requests, errors, duration_us, p50_us, p99_us] = read(line)?;
    if errors > 0.0 || requests < 1.0 || duration_us <= 0.0 {
        return Err(format!("{errors} of {requests} answers were errors").into());
    }
    Ok(Measured {
        per_second: requests * 1e6 / duration_us,
        p50_ms: p50_us / 1e3,
        p99_ms: p99_us / 1e3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_errors_are_no_figures() {
        let measured = parse("3000 0 1500000 250 9000").unwrap();
        assert!((measured.per_second - 2_000.0).abs() < 1e-9);
        assert!((measured.p50_ms - 0.25).abs() < 1e-9);
        assert!((measured.p99_ms - 9.0).abs() < 1e-9);
        for bad in [
            "",
            "1 2 3",
            "3000 1 1500000 250 9000",
            "0 0 1500000 0 0",
            "1 0 0 1 1",
            "a 0 1 1 1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
