//! A person or service that acts in a tenant. Its credentials are rows beside the log, never events.

mod event;

use serde::{Deserialize, Serialize};

pub use event::{UserEvent, UserRegistered};

use crate::{
    Role, SealedText,
    aggregate::{Aggregate, Context},
};

/// The aggregate of one user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    registered: bool,
}

/// An order to one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCommand {
    /// Become able to log in.
    Register {
        /// The address to log in with, unique in the vault.
        email: SealedText,
        /// What the user may do.
        roles: Vec<Role>,
    },
}

/// The reason why a user refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// The user is registered already.
    #[error("the user is registered already")]
    AlreadyRegistered,
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    const STATE_VERSION: u32 = 1;
    type Command = UserCommand;
    type Event = UserEvent;
    type Refusal = UserRefusal;

    fn decide(&self, command: UserCommand, _: &Context) -> Result<Vec<UserEvent>, UserRefusal> {
        let UserCommand::Register { email, roles } = command;
        if self.registered {
            return Err(UserRefusal::AlreadyRegistered);
        }
        Ok(vec![UserEvent::Registered(UserRegistered { email, roles })])
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::Registered(_) => self.registered = true,
        }
    }
}
