//! Read models as they were.

use std::{io::Write, str::FromStr};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::json;
use vault_projections::{Opener, core_projections, replay_until};

use super::ReplayArgs;
use crate::{cli::progress, config::Config, operator::settings_of, parts::Parts};

/// A place in the log: a position, or the last event that was recorded by a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// This position.
    Position(u64),
    /// This time.
    Time(DateTime<Utc>),
}

impl FromStr for Until {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = || DateTime::parse_from_rfc3339(text).map(|time| Self::Time(time.to_utc()));
        text.parse()
            .map(Self::Position)
            .or_else(|_| time())
            .map_err(|_| "must be a position or a time (RFC 3339)")
    }
}

/// Builds the read models as of then, and says where they are.
pub(super) async fn replay(config: &Config, args: &ReplayArgs) -> anyhow::Result<()> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?)?;
    let done = replay_parts(&parts, args).await;
    parts.stop().await;
    done
}

async fn replay_parts(parts: &Parts, args: &ReplayArgs) -> anyhow::Result<()> {
    let log = &parts.queries.log;
    let last = log.last_position().await?;
    let until = match args.until {
        Until::Position(position) => position,
        Until::Time(time) => log.position_at(time).await?,
    };
    if until > last {
        bail!("the log ends at position {last}");
    }
    let bar = progress::of_items("events");
    let projections = core_projections(&Opener::new(parts.keys.clone()));
    let made = replay_until(&projections, parts.database(), until, |progress| {
        bar.set_length(progress.head);
        bar.set_position(progress.position);
    })
    .await
    .context("the read models could not be built")?;
    bar.finish_and_clear();
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(
            out,
            "{}",
            json!({ "schema": made.schema, "position": made.position })
        )?;
    } else {
        writeln!(out, "position {} of {last}", made.position)?;
        writeln!(out, "schema   {}: datasets, records, dataset_stats", made.schema)?;
        writeln!(out, "read it as a tenant, and drop it when you are done:")?;
        writeln!(
            out,
            "  SET ROLE vault_reader; SET vault.tenant = '<tenant>'; SELECT * FROM {}.datasets;",
            made.schema
        )?;
        writeln!(out, "  RESET ROLE; DROP SCHEMA {} CASCADE;", made.schema)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_position_or_a_time() {
        assert_eq!("120".parse(), Ok(Until::Position(120)));
        let time = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
        assert_eq!(time.to_rfc3339().parse(), Ok(Until::Time(time)));
        for other in ["", "-1", "yesterday", "2026-11-22"] {
            assert!(other.parse::<Until>().is_err(), "{other}");
        }
    }
}
