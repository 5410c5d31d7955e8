//! A session: what begins with a login. Its tokens stand beside the log, never in events.

mod event;

use serde::{Deserialize, Serialize};

pub use event::{SecondFactor, SessionEnd, SessionEnded, SessionEvent, SessionStarted};

use crate::{
    UserId,
    aggregate::{Aggregate, Context},
};

/// The aggregate of one session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// Not in the log: it does not exist, or began before logins were recorded.
    #[default]
    Unknown,
    Running,
    Ended,
}

/// An order to one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionCommand {
    /// Let a user in.
    Start(SessionStarted),
    /// Let the user in no more.
    End(UserId, SessionEnd),
}

/// The reason why a session refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// It has started already.
    #[error("the session has started already")]
    AlreadyStarted,
}

impl Aggregate for Session {
    const TYPE: &'static str = "session";
    const STATE_VERSION: u32 = 1;
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Refusal = SessionRefusal;

    fn decide(&self, command: SessionCommand, _: &Context) -> Result<Vec<SessionEvent>, SessionRefusal> {
        match (command, self.state) {
            (SessionCommand::Start(started), State::Unknown) => Ok(vec![SessionEvent::Started(started)]),
            (SessionCommand::Start(_), State::Running | State::Ended) => Err(SessionRefusal::AlreadyStarted),
            (SessionCommand::End(user_id, reason), State::Unknown | State::Running) => {
                Ok(vec![SessionEvent::Ended(SessionEnded { user_id, reason })])
            }
            (SessionCommand::End(..), State::Ended) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &SessionEvent) {
        self.state = match event {
            SessionEvent::Started(_) => State::Running,
            SessionEvent::Ended(_) => State::Ended,
        };
    }
}
