//! Verifying a log in its database.

use vault_event_store::tree::{HeadVerifier, VerifyInput, WitnessPolicy, verify_log};

use super::{
    VerifyArgs,
    remembered::Remembered,
    report::{Report, Witnessed},
    trust::{heads_to_hold, restarted_from, restarts},
    witnessed::lacks_cosignatures,
};
use crate::{cli::progress, config::Config, operator::settings_of, parts::Parts};

/// Checks the whole log. Trusts the keys that the root key vouches for, and those that are named.
pub(super) async fn verify(
    config: &Config,
    args: &VerifyArgs,
    remembered: Option<&Remembered>,
) -> anyhow::Result<Report> {
    let parts = Parts::new(settings_of(config, args.data_dir.as_deref())?).await?;
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
    let origins = queries.tree.origins().await?;
    let origin = queries.tree.origin().await?;
    let mut known = args.auditor.public_key.clone();
    known.extend(queries.log_keys.vouched_verifiers(&origins).await?);
    let keys = HeadVerifier::across(&origin, &known)?;
    let seen = remembered.map_or(origin.as_str(), Remembered::origin);
    let restarted = restarted_from(&restarts(&origins, &keys), seen, &origin)?;
    let held = heads_to_hold(remembered, restarted.as_ref())?;
    let input = VerifyInput {
        log: &queries.log,
        tree: &queries.tree,
        keys: &keys,
        remembered: &held,
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
    let accepted = args.auditor.accept_origin.as_deref() == Some(&origin);
    let mut report = Report::new(&origin);
    (report.entries, report.events) = (verified.events, verified.events);
    report.head = verified.head;
    report.restarted = restarted.map(|from| from.report(remembered, accepted));
    report.finding = verified.finding.map(|finding| finding.to_string());
    if let Some(head) = verified.head {
        let signed = queries.tree.covering(head.size).await?;
        report.checkpoint = signed.map(|signed| signed.note);
    }
    if report.finding.is_none() {
        witnessed(parts, &args.auditor.witnesses()?, &mut report).await?;
    }
    Ok(report)
}

/// Checks what witnesses say of the head that was found right.
async fn witnessed(parts: &Parts, witnesses: &WitnessPolicy, report: &mut Report) -> anyhow::Result<()> {
    let (false, Some(newest)) = (witnesses.witnesses().is_empty(), report.head) else {
        return Ok(());
    };
    let tree = &parts.queries.tree;
    let cosigned = tree
        .cosigned_by(witnesses.witnesses(), witnesses.required())
        .await?;
    let head = match cosigned {
        Some(head) => Some(head),
        None => tree.covering(newest.size).await?,
    };
    let Some(head) = head else { return Ok(()) };
    report.witnessed = Some(Witnessed {
        size: head.head.size,
        cosignatures: witnesses.count(&head.note),
        required: witnesses.required(),
    });
    report.finding = lacks_cosignatures(witnesses, &head.note, head.head, newest, parts.clock.now());
    Ok(())
}
