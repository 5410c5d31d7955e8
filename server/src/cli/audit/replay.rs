//! Read models as they were.

use std::io::Write;

use anyhow::{Context, bail};
use serde_json::json;
use vault_projections::{Opener, core_projections, replay_until};
use vault_queries::AsOf;

use super::ReplayArgs;
use crate::{cli::progress, config::Config, operator::settings_of, parts::Parts};

/// Builds the read models as of then, and says where they are.
pub(super) async fn replay(config: &Config, args: &ReplayArgs) -> anyhow::Result<()> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
    let done = replay_parts(&parts, args).await;
    parts.stop().await;
    done
}

async fn replay_parts(parts: &Parts, args: &ReplayArgs) -> anyhow::Result<()> {
    let log = &parts.queries.log;
    let last = log.last_position().await?;
    let until = match args.until {
        AsOf::Position(position) => position,
        AsOf::Time(time) => log.position_at(time).await?,
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
