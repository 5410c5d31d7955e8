//! Verifying a log in its database.

use vault_event_store::tree::{HeadSigner, HeadVerifier, VerifyInput, verify_log};

use super::{VerifyArgs, remembered::Remembered, report::Report};
use crate::{cli::progress, config::Config, operator::settings_of, parts::Parts};

/// Checks the whole log. Trusts the key that this configuration signs with, and those that are named.
pub(super) async fn verify(
    config: &Config,
    args: &VerifyArgs,
    remembered: Option<&Remembered>,
) -> anyhow::Result<Report> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?)?;
    let report = verify_parts(&parts, args, remembered).await;
    parts.stop().await;
    report
}

async fn verify_parts(
    parts: &Parts,
    args: &VerifyArgs,
    remembered: Option<&Remembered>,
) -> anyhow::Result<Report> {
    let queries = &parts.queries;
    let origin = queries.tree.origin().await?;
    let mut keys = args.auditor.public_key.clone();
    keys.push(HeadSigner::new(&origin, &queries.log_signing_seed)?.verifier());
    let keys = HeadVerifier::new(&keys)?;
    let input = VerifyInput {
        log: &queries.log,
        tree: &queries.tree,
        keys: &keys,
        remembered: remembered.map(|head| head.head_of(&origin)).transpose()?,
        mac_key: Some(&parts.mac_key),
        events_per_s: None,
    };
    let bar = progress::of_items("events");
    let verified = verify_log(&input, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    Ok(Report {
        origin,
        entries: verified.events,
        events: verified.events,
        head: verified.head,
        finding: verified.finding.map(|finding| finding.to_string()),
    })
}
