//! A person or service that acts in a tenant. Its credentials are rows beside the log, never events.

mod event;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use event::{
    PasswordProof, UserDisabled, UserEnabled, UserEvent, UserInvited, UserPasswordChanged, UserRegistered,
    UserRolesChanged,
};

use crate::{
    Role, SealedText,
    aggregate::{Aggregate, Context},
};

/// The aggregate of one user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    state: State,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Unknown,
    Registered {
        roles: Vec<Role>,
        status: UserStatus,
    },
}

/// Whether a user can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// It can.
    Active,
    /// It cannot.
    Disabled,
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
    /// Be what is said from now on; what is not said stays.
    Change {
        /// What the user may do.
        roles: Option<Vec<Role>>,
        /// Whether the user can log in.
        status: Option<UserStatus>,
    },
    /// Have no password until one is chosen with an invitation.
    Invite {
        /// Until when it is good.
        expires_at: DateTime<Utc>,
    },
    /// Have another password.
    ChangePassword(PasswordProof),
}

/// The reason why a user refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// The user is registered already.
    #[error("the user is registered already")]
    AlreadyRegistered,
    /// There is no such user.
    #[error("there is no such user")]
    Unknown,
    /// The user can log in no more.
    #[error("the user is disabled")]
    Disabled,
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    const STATE_VERSION: u32 = 2;
    type Command = UserCommand;
    type Event = UserEvent;
    type Refusal = UserRefusal;

    fn decide(&self, command: UserCommand, _: &Context) -> Result<Vec<UserEvent>, UserRefusal> {
        match (command, &self.state) {
            (UserCommand::Register { email, roles }, State::Unknown) => {
                Ok(vec![UserEvent::Registered(UserRegistered { email, roles })])
            }
            (UserCommand::Register { .. }, State::Registered { .. }) => Err(UserRefusal::AlreadyRegistered),
            (_, State::Unknown) => Err(UserRefusal::Unknown),
            (
                UserCommand::Change { roles, status },
                State::Registered {
                    roles: had,
                    status: was,
                },
            ) => {
                let roles = roles.filter(|roles| roles != had);
                let roles = roles.map(|roles| UserEvent::RolesChanged(UserRolesChanged { roles }));
                let status = status.filter(|status| status != was).map(|status| match status {
                    UserStatus::Active => UserEvent::Enabled(UserEnabled {}),
                    UserStatus::Disabled => UserEvent::Disabled(UserDisabled {}),
                });
                Ok(roles.into_iter().chain(status).collect())
            }
            (UserCommand::Invite { expires_at }, State::Registered { .. }) => {
                Ok(vec![UserEvent::Invited(UserInvited { expires_at })])
            }
            (
                UserCommand::ChangePassword(_),
                State::Registered {
                    status: UserStatus::Disabled,
                    ..
                },
            ) => Err(UserRefusal::Disabled),
            (UserCommand::ChangePassword(with), State::Registered { .. }) => {
                Ok(vec![UserEvent::PasswordChanged(UserPasswordChanged { with })])
            }
        }
    }

    fn evolve(&mut self, event: &UserEvent) {
        if let UserEvent::Registered(registered) = event {
            self.state = State::Registered {
                roles: registered.roles.clone(),
                status: UserStatus::Active,
            };
        }
        let State::Registered { roles, status } = &mut self.state else {
            return;
        };
        match event {
            UserEvent::RolesChanged(changed) => roles.clone_from(&changed.roles),
            UserEvent::Disabled(_) => *status = UserStatus::Disabled,
            UserEvent::Enabled(_) => *status = UserStatus::Active,
            UserEvent::Registered(_) | UserEvent::Invited(_) | UserEvent::PasswordChanged(_) => {}
        }
    }
}
