//! What the append function's verdict means for each caller.

use chrono::{DateTime, Utc};

use super::arrays::Verdict;
use crate::{
    append::{Append, Appended},
    error::{AppendError, TakenClaim},
};

pub(super) type Outcome = Result<Appended, AppendError>;

/// The outcome of every append, in their order.
pub(super) fn outcomes(appends: &[&Append], verdict: &Verdict, recorded_at: DateTime<Utc>) -> Vec<Outcome> {
    let statuses = verdict.statuses.as_deref().unwrap_or_default();
    let actual = verdict.actual_sequences.as_deref().unwrap_or_default();
    let mut head = verdict.head_position.unsigned_abs();
    let mut first_claim = 1;
    let outcome = |(index, append): (usize, &&Append)| {
        let claims = first_claim..first_claim + append.takes.len();
        first_claim = claims.end;
        match statuses.get(index) {
            Some(0) => {
                let first_position = head + 1;
                head += append.events.len() as u64;
                Ok(Appended {
                    first_position,
                    last_position: head,
                    recorded_at,
                })
            }
            Some(1) => {
                let actual_sequence = actual.get(index).map_or(0, |sequence| sequence.unsigned_abs());
                Err(AppendError::Conflict { actual_sequence })
            }
            Some(2) => Err(AppendError::OtherTenant),
            Some(3) => Err(AppendError::guard(append.needs_open.first(), true)),
            Some(4) => Err(AppendError::guard(append.needs_open.first(), false)),
            Some(5) => Err(AppendError::ClaimsTaken(taken(&claims, verdict))),
            Some(6) => Err(AppendError::AnsweredBefore),
            _ => Err(AppendError::Unavailable),
        }
    };
    appends.iter().enumerate().map(outcome).collect()
}

/// Which of an append's claims are taken; `claims` are their one-based numbers in the batch.
fn taken(claims: &std::ops::Range<usize>, verdict: &Verdict) -> Vec<TakenClaim> {
    let numbers = verdict.taken_claims.as_deref().unwrap_or_default();
    let holders = verdict.taken_holders.as_deref().unwrap_or_default();
    let claim = |(number, holder): (&i32, &uuid::Uuid)| {
        let number = usize::try_from(*number).ok()?;
        claims.contains(&number).then(|| TakenClaim {
            index: number - claims.start,
            holder: *holder,
        })
    };
    numbers.iter().zip(holders).filter_map(claim).collect()
}
