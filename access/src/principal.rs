//! Who a request acts for.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vault_domain::{Role, SessionId, TenantId, UserId};

/// A user, proven by a credential, with the tenant that the credential belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The tenant, taken from the credential and never from the request.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The session that began with the login.
    pub session: SessionId,
    /// What the user is in this tenant.
    pub roles: RoleSet,
}

const fn bit(role: Role) -> u8 {
    match role {
        Role::Admin => 1,
        Role::DataScientist => 1 << 1,
        Role::Auditor => 1 << 2,
        Role::Ingest => 1 << 3,
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

    /// Whether the sets share a role.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
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
    fn every_role_has_its_own_bit() {
        for role in Role::ALL {
            let alone = RoleSet::EMPTY.with(role);
            assert_eq!(alone.iter().collect::<Vec<_>>(), [role]);
        }
    }
}
