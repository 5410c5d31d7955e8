//! Who a request acts for.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vault_domain::{Action, Actor, ApiKeyId, ApprovalId, Program, Role, SessionId, TenantId, UserId};

/// A user, proven by a credential, with the tenant that the credential belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The tenant, taken from the credential and never from the request.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// How the user proved itself.
    pub credential: Credential,
    /// What the user is in this tenant.
    pub roles: RoleSet,
    /// The approval that it acts by, where a [`crate::Permit`] needed one.
    pub approval: Option<ApprovalId>,
}

/// How a caller proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A person logged in.
    Session(Login),
    /// A program calls in the name of the user.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// What it may do, of what the user may.
        scopes: Scopes,
    },
}

/// A login, and how old it is. Times are in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Login {
    /// The session that began with it.
    pub session: SessionId,
    /// When the password was given.
    pub at_s: i64,
    /// When a second factor was given, if one was.
    pub mfa_at_s: Option<i64>,
}

impl Principal {
    /// Who acts, as events say it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match self.credential {
            Credential::Session(_) => Actor::User(self.user),
            Credential::ApiKey { id, .. } => Actor::Program(Program {
                user: self.user,
                api_key: id,
            }),
        }
    }

    /// The login, of a person.
    #[must_use]
    pub const fn login(&self) -> Option<Login> {
        match self.credential {
            Credential::Session(login) => Some(login),
            Credential::ApiKey { .. } => None,
        }
    }

    /// Whether the credential is good for this at all; what the user may do is another question.
    #[must_use]
    pub const fn is_in_scope(&self, action: Action) -> bool {
        match self.credential {
            Credential::Session(_) => true,
            Credential::ApiKey { scopes, .. } => scopes.contains(action),
        }
    }
}

/// A set of actions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u128);

impl Scopes {
    /// Whether the action is in the set.
    #[must_use]
    pub const fn contains(self, action: Action) -> bool {
        self.0 & (1 << action as u32) != 0
    }

    /// Whether a program may be given this: it makes no credentials, and gives nobody rights, itself included.
    #[must_use]
    pub const fn may_hold(action: Action) -> bool {
        !matches!(
            action,
            Action::ApiKeyManage
                | Action::UserManage
                | Action::PolicyManage
                | Action::GrantManage
                | Action::ApprovalDecide
                | Action::ApprovalBreakGlass
        )
    }

    /// The actions in the set.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .iter()
            .copied()
            .filter(move |action| self.contains(*action))
    }
}

impl FromIterator<Action> for Scopes {
    /// What no program may hold is left out.
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        let bits = actions
            .into_iter()
            .filter(|action| Self::may_hold(*action))
            .fold(0, |bits, action| bits | 1 << action as u32);
        Self(bits)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Action::name)).finish()
    }
}

const fn bit(role: Role) -> u8 {
    match role {
        Role::Admin => 1,
        Role::DataScientist => 1 << 1,
        Role::Auditor => 1 << 2,
        Role::Ingest => 1 << 3,
        Role::MlEngineer => 1 << 4,
        Role::SecurityEngineer => 1 << 5,
        Role::Operator => 1 << 6,
        Role::ExternalConsumer => 1 << 7,
    }
}

/// A set of roles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RoleSet(u8);

impl RoleSet {
    /// No role, and so no right.
    pub const EMPTY: Self = Self(0);

    /// Whether the role is in the set.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & bit(role) != 0
    }

    /// The set as bits, one for each role.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// The set with one more role.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | bit(role))
    }

    /// The roles in the set.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for RoleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Role::name))
    }
}

impl<'de> Deserialize<'de> for RoleSet {
    /// A role that this node does not know, such as one of a newer release, grants nothing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names
            .iter()
            .filter_map(|name| name.parse::<Role>().ok())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_as_their_names_and_unknown_ones_grant_nothing() {
        let set: RoleSet = [Role::Auditor, Role::Ingest].into_iter().collect();
        assert_eq!(
            serde_json::to_string(&set).expect("serializes"),
            r#"["auditor","ingest"]"#
        );
        let read: RoleSet = serde_json::from_str(r#"["ingest","emperor","auditor"]"#).expect("parses");
        assert_eq!(read, set);
        assert_eq!(
            serde_json::from_str::<RoleSet>(r#"["ADMIN"]"#).expect("parses"),
            RoleSet::EMPTY
        );
        assert!(serde_json::from_str::<RoleSet>(r#""admin""#).is_err());
    }

    #[test]
    fn scopes_hold_what_they_were_given_except_the_making_of_credentials() {
        let all: Scopes = Action::ALL.iter().copied().collect();
        for action in Action::ALL.iter().copied() {
            assert_eq!(all.contains(action), Scopes::may_hold(action), "{action:?}");
        }
        let one: Scopes = [Action::RecordAdd, Action::UserManage].into_iter().collect();
        assert_eq!(one.iter().collect::<Vec<_>>(), [Action::RecordAdd]);
        assert_eq!(format!("{one:?}"), r#"{"record:add"}"#);
    }

    #[test]
    fn every_role_has_its_own_bit() {
        for role in Role::ALL {
            let alone = RoleSet::EMPTY.with(role);
            assert_eq!(alone.iter().collect::<Vec<_>>(), [role]);
        }
    }
}
