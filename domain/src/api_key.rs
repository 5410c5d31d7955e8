//! A key that a program calls with, in the name of the user who made it. Its secret stands beside the log as a hash,
//! never in events.

mod event;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use event::{ApiKeyCreated, ApiKeyEvent, ApiKeyExpired, ApiKeyRevocation, ApiKeyRevoked, ApiKeyRotated};

use crate::aggregate::{Aggregate, Context};

/// The aggregate of one API key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Unknown,
    Active {
        expires_at: DateTime<Utc>,
    },
    Over,
}

/// An order to one API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiKeyCommand {
    /// Let a program call.
    Create(ApiKeyCreated),
    /// Answer to another secret from now on, and for a while to the present one as well.
    Rotate(ApiKeyRotated),
    /// Let nobody call any more.
    Revoke(ApiKeyRevocation),
    /// Take down that its time is over.
    Expire,
}

/// The reason why an API key refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyRefusal {
    /// It exists already.
    #[error("the API key exists already")]
    AlreadyExists,
    /// It never existed, was revoked, or its time is over.
    #[error("there is no such API key")]
    NotActive,
    /// Its time is not over.
    #[error("the API key has not expired")]
    NotExpired,
}

impl Aggregate for ApiKey {
    const TYPE: &'static str = "api_key";
    const STATE_VERSION: u32 = 1;
    type Command = ApiKeyCommand;
    type Event = ApiKeyEvent;
    type Refusal = ApiKeyRefusal;

    fn decide(&self, command: ApiKeyCommand, ctx: &Context) -> Result<Vec<ApiKeyEvent>, ApiKeyRefusal> {
        match (command, self.state) {
            (ApiKeyCommand::Create(created), State::Unknown) => Ok(vec![ApiKeyEvent::Created(created)]),
            (ApiKeyCommand::Create(_), State::Active { .. } | State::Over) => {
                Err(ApiKeyRefusal::AlreadyExists)
            }
            (ApiKeyCommand::Rotate(rotated), State::Active { expires_at }) if ctx.now < expires_at => {
                Ok(vec![ApiKeyEvent::Rotated(rotated)])
            }
            (_, State::Unknown) | (ApiKeyCommand::Rotate(_), State::Active { .. } | State::Over) => {
                Err(ApiKeyRefusal::NotActive)
            }
            (ApiKeyCommand::Revoke(reason), State::Active { .. }) => {
                Ok(vec![ApiKeyEvent::Revoked(ApiKeyRevoked { reason })])
            }
            (ApiKeyCommand::Expire, State::Active { expires_at }) if ctx.now < expires_at => {
                Err(ApiKeyRefusal::NotExpired)
            }
            (ApiKeyCommand::Expire, State::Active { .. }) => Ok(vec![ApiKeyEvent::Expired(ApiKeyExpired {})]),
            (ApiKeyCommand::Revoke(_) | ApiKeyCommand::Expire, State::Over) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &ApiKeyEvent) {
        match event {
            ApiKeyEvent::Created(created) => {
                self.state = State::Active {
                    expires_at: created.expires_at,
                };
            }
            ApiKeyEvent::Rotated(_) => {}
            ApiKeyEvent::Revoked(_) | ApiKeyEvent::Expired(_) => self.state = State::Over,
        }
    }
}
