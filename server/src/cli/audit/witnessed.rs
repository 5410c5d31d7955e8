//! Whether witnesses have seen what an auditor sees.

use chrono::{DateTime, TimeDelta, Utc};
use vault_event_store::tree::{TreeHead, WitnessPolicy};

/// How old the newest head may be that enough witnesses cosigned, when there are newer ones: they are asked every few
/// seconds.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);

/// What is wrong with the newest head that enough witnesses cosigned, if anything is.
pub(super) fn lacks_cosignatures(
    witnesses: &WitnessPolicy,
    note: &str,
    at: TreeHead,
    newest: TreeHead,
    now: DateTime<Utc>,
) -> Option<String> {
    let (required, count) = (witnesses.required(), witnesses.count(note));
    if count < required {
        return Some(format!(
            "{count} witnesses cosigned the head of {} events, and {required} must",
            at.size
        ));
    }
    let latest = witnesses.cosigned_at(note, required)?;
    (at.size < newest.size && now - latest > MAX_AGE).then(|| {
        format!(
            "{required} witnesses cosigned nothing after the head of {} events, at {latest}, and the log has {}",
            at.size, newest.size
        )
    })
}
