//! A user's second factor: codes that an authenticator app makes, and recovery codes for when it is lost. Secrets stand
//! beside the log, never in events. Its stream has the id of the user.

mod event;

use serde::{Deserialize, Serialize};

pub use event::{RecoveryCodeUsed, TotpConfirmed, TotpEnrolled, TotpEvent, TotpRemoval, TotpRemoved};

use crate::aggregate::{Aggregate, Context};

/// The aggregate of one user's second factor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    None,
    Pending,
    Active {
        recovery_codes: u32,
    },
}

/// An order to one user's second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpCommand {
    /// Begin with a new secret.
    Enroll,
    /// Ask for codes from now on: the user has shown one.
    Confirm(TotpConfirmed),
    /// Let the user in by a recovery code, once.
    UseRecoveryCode,
    /// Ask for no codes any more.
    Remove(TotpRemoval),
}

/// The reason why a second factor refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TotpRefusal {
    /// There is one already.
    #[error("there is a second factor already")]
    AlreadyActive,
    /// None was begun with.
    #[error("no second factor was begun with")]
    NotEnrolled,
    /// There is none, or no recovery code is left.
    #[error("there is no second factor, or no recovery code is left")]
    NothingToUse,
}

impl Aggregate for Totp {
    const TYPE: &'static str = "totp";
    const STATE_VERSION: u32 = 1;
    type Command = TotpCommand;
    type Event = TotpEvent;
    type Refusal = TotpRefusal;

    fn decide(&self, command: TotpCommand, _: &Context) -> Result<Vec<TotpEvent>, TotpRefusal> {
        match (command, self.state) {
            (TotpCommand::Enroll, State::None | State::Pending) => {
                Ok(vec![TotpEvent::Enrolled(TotpEnrolled {})])
            }
            (TotpCommand::Enroll | TotpCommand::Confirm(_), State::Active { .. }) => {
                Err(TotpRefusal::AlreadyActive)
            }
            (TotpCommand::Confirm(confirmed), State::Pending) => Ok(vec![TotpEvent::Confirmed(confirmed)]),
            (TotpCommand::Confirm(_), State::None) => Err(TotpRefusal::NotEnrolled),
            (TotpCommand::UseRecoveryCode, State::Active { recovery_codes }) if recovery_codes > 0 => {
                let left = recovery_codes - 1;
                Ok(vec![TotpEvent::RecoveryCodeUsed(RecoveryCodeUsed { left })])
            }
            (TotpCommand::UseRecoveryCode, _) => Err(TotpRefusal::NothingToUse),
            (TotpCommand::Remove(reason), State::Pending | State::Active { .. }) => {
                Ok(vec![TotpEvent::Removed(TotpRemoved { reason })])
            }
            (TotpCommand::Remove(_), State::None) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &TotpEvent) {
        self.state = match event {
            TotpEvent::Enrolled(_) => State::Pending,
            TotpEvent::Confirmed(confirmed) => State::Active {
                recovery_codes: confirmed.recovery_codes,
            },
            TotpEvent::RecoveryCodeUsed(used) => State::Active {
                recovery_codes: used.left,
            },
            TotpEvent::Removed(_) => State::None,
        };
    }
}
