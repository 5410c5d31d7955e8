//! `vault-server projections skip`

use anyhow::{Context, bail, ensure};
use clap::Args;
use vault_commands::projection::{SkipDecision, is_skipped, skip_event};
use vault_domain::projection::ProjectionName;
use vault_event_store::StoredEvent;
use vault_projections::{pass_over, projection_states};

use super::say;
use crate::parts::Parts;

/// The longest reason.
const MAX_REASON_BYTES: usize = 1_000;

/// What is passed over, and why.
#[derive(Debug, Args)]
pub struct SkipArgs {
    /// Which read model.
    pub name: ProjectionName,
    /// The position of the event at which it stopped.
    #[arg(long)]
    pub position: u64,
    /// Why; at most 1,000 bytes.
    #[arg(long)]
    pub reason: String,
}

/// Lets a projection that stopped at an event pass over it.
///
/// The decision is in the log before the checkpoint moves. So it can be run again after a crash between the two.
pub(super) async fn skip(parts: &Parts, args: &SkipArgs) -> anyhow::Result<()> {
    let reason = args.reason.trim();
    ensure!(!reason.is_empty(), "a reason must be given");
    ensure!(
        reason.len() <= MAX_REASON_BYTES,
        "the reason is longer than {MAX_REASON_BYTES} bytes"
    );
    let (name, position) = (args.name.name(), args.position);
    let event = event_at(parts, position).await?;
    let stopped = stopped_position(parts, name).await?;
    if stopped != Some(position) {
        if is_skipped(&parts.vault, args.name, &event).await? {
            return say(&format!("{name}: passed over {position} before"));
        }
        match stopped {
            Some(at) => bail!("{name} is stopped at {at}, not at {position}"),
            None => bail!("{name} is not stopped"),
        }
    }
    let decision = skip_event(&parts.vault, args.name, &event, reason)
        .await
        .context("the decision could not be written down; nothing is passed over")?;
    pass_over(args.name, parts.database(), position)
        .await
        .context("the decision is written down; run the command again, or start a projector")?;
    let told = match decision {
        SkipDecision::Now => "",
        SkipDecision::Before => ", for the reason that was given before",
    };
    say(&format!("{name}: passes over {position}{told}"))
}

async fn event_at(parts: &Parts, position: u64) -> anyhow::Result<StoredEvent> {
    let before = position.checked_sub(1).context("positions start at 1")?;
    let mut events = parts.queries.log.read_after(before, 1).await?;
    events
        .pop()
        .with_context(|| format!("there is no event at {position}"))
}

async fn stopped_position(parts: &Parts, name: &str) -> anyhow::Result<Option<u64>> {
    let states = projection_states(&parts.database().writer).await?;
    let state = states.into_iter().find(|state| state.projection == name);
    Ok(state
        .and_then(|state| state.stopped_position)
        .map(i64::unsigned_abs))
}
