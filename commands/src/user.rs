//! Use cases of users: who can log in, and what they may do.
//!
//! The log says what happens to a user. The row, which holds hashes of the password and of an invitation, commits with the
//! events, and so does the end of the user's sessions where a change ends them.

mod change;
mod email;
mod invite;
mod list;
mod password;
mod register;

use vault_access::{Invitation, PasswordSalt, Principal};
use vault_domain::{Aggregate, Role, UserId, user::User};
use vault_event_store::StreamId;

pub use change::{UserChange, change, change_as_operator};
pub use email::{Email, InvalidEmail, MAX_EMAIL_BYTES};
pub(crate) use email::{normalize, open as open_email};
pub use invite::{FreshInvitation, reset_password, reset_password_as_operator};
pub use list::{UserView, get, list, list_as_operator};
pub use password::{change_password, redeem};
pub(crate) use password::{password_hash, prove};
pub use register::{Created, NewUser, create, register_as_operator};

use crate::{error::CommandError, vault::Vault};

const fn stream(id: UserId) -> StreamId {
    StreamId {
        aggregate_type: User::TYPE,
        aggregate_id: id.as_uuid(),
    }
}

/// Whether somebody may give these roles, or change who has them: administrators may, others no more than they are.
fn check_rank(principal: &Principal, mut roles: impl Iterator<Item = Role>) -> Result<(), CommandError> {
    let has = |role| principal.roles.contains(role);
    if has(Role::Admin) || roles.all(has) {
        Ok(())
    } else {
        Err(CommandError::RolesBeyondOwn)
    }
}

/// The same of what a user of the caller's tenant is.
pub(crate) async fn check_rank_of(
    vault: &Vault,
    principal: &Principal,
    user: UserId,
) -> Result<(), CommandError> {
    let found = vault
        .accounts
        .find_by_id(principal.tenant.as_uuid(), user.as_uuid());
    let found = found.await.map_err(CommandError::accounts)?;
    let row = found.ok_or(CommandError::UserNotFound)?;
    check_rank(principal, row.roles.iter().filter_map(|name| name.parse().ok()))
}

/// Each once, in the order of roles.
fn in_order(roles: &[Role]) -> Vec<Role> {
    Role::ALL
        .into_iter()
        .filter(|role| roles.contains(role))
        .collect()
}

fn names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

fn fresh_invitation() -> Result<Invitation, CommandError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| CommandError::Internal(Box::new(error)))?;
    Ok(Invitation::from_random(random))
}

fn fresh_salt() -> Result<PasswordSalt, CommandError> {
    let mut salt = PasswordSalt::default();
    getrandom::fill(&mut salt).map_err(|error| CommandError::Internal(Box::new(error)))?;
    Ok(salt)
}
