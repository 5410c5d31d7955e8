//! What policies are asked.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use chrono::{DateTime, SecondsFormat, Utc};
use vault_domain::{Action, DatasetId, Role, UserId};

use super::schema::names;
use crate::{Principal, Resource};

/// May this caller do this, to this, now?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// To do what.
    pub action: Action,
    /// To what, in the caller's tenant.
    pub resource: Resource,
    /// What is known of the dataset, if it is one; a policy that asks for more than that fails.
    pub dataset: Option<&'a DatasetAttributes>,
    /// When, and where.
    pub circumstances: Circumstances,
}

/// What a policy may ask of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct DatasetAttributes {
    /// Who made it.
    pub owner: Option<UserId>,
    /// Whether its settings mark it as sensitive.
    pub is_sensitive: bool,
    /// What it is for.
    pub task_type: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What a policy may ask of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// When it came in.
    pub now: DateTime<Utc>,
    /// The address that it came from.
    pub address: IpAddr,
    /// Which of the vault's environments it came to: `dev`, `staging` or `prod`.
    pub environment: &'static str,
    /// Whether a second person has approved it, or nobody was waited for.
    pub approved: bool,
}

/// A question in Cedar's terms.
pub(super) struct Asked {
    pub request: Request,
    pub entities: Entities,
}

/// A question could not be put into Cedar's terms.
#[derive(Debug, thiserror::Error)]
#[error("the question cannot be asked of policies")]
pub(super) struct Unaskable;

impl Question<'_> {
    pub(super) fn ask(&self) -> Result<Asked, Unaskable> {
        let user = user(self.principal.user);
        let resource = resource(self.principal, self.resource);
        let roles: HashSet<EntityUid> = self.principal.roles.iter().map(role).collect();
        let mut entities: Vec<Entity> = roles.iter().cloned().map(Entity::with_uid).collect();
        entities.push(Entity::new_no_attrs(user.clone(), roles));
        entities.push(self.resource_entity(&resource)?);
        let entities = Entities::from_entities(entities, None).map_err(|_| Unaskable)?;
        let request = Request::new(user, action(self.action), resource, self.context()?, None)
            .map_err(|_| Unaskable)?;
        Ok(Asked { request, entities })
    }

    fn resource_entity(&self, uid: &EntityUid) -> Result<Entity, Unaskable> {
        let Resource::Dataset(_) = self.resource else {
            return Ok(Entity::with_uid(uid.clone()));
        };
        let tenant = HashSet::from([entity(&names().tenant, &self.principal.tenant.to_string())]);
        let attributes = self
            .dataset
            .map(DatasetAttributes::expressions)
            .unwrap_or_default();
        Entity::new(uid.clone(), attributes, tenant).map_err(|_| Unaskable)
    }
}

impl Question<'_> {
    fn context(&self) -> Result<Context, Unaskable> {
        let now = self.circumstances.now;
        let given = self.principal.login().and_then(|login| login.mfa_at_s);
        let age = given.map(|at_s| RestrictedExpression::new_long(now.timestamp().saturating_sub(at_s)));
        let now = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        let Circumstances {
            address,
            environment,
            approved,
            ..
        } = self.circumstances;
        let mut pairs = vec![
            ("now".to_owned(), RestrictedExpression::new_datetime(now)),
            (
                "address".to_owned(),
                RestrictedExpression::new_ip(address.to_string()),
            ),
            (
                "environment".to_owned(),
                RestrictedExpression::new_string(environment.to_owned()),
            ),
            ("approved".to_owned(), RestrictedExpression::new_bool(approved)),
        ];
        pairs.extend(age.map(|age| ("mfa_age_s".to_owned(), age)));
        Context::from_pairs(pairs).map_err(|_| Unaskable)
    }
}

impl DatasetAttributes {
    fn expressions(&self) -> HashMap<String, RestrictedExpression> {
        let text = |text: &String| RestrictedExpression::new_string(text.clone());
        let owner = |id: UserId| RestrictedExpression::new_entity_uid(user(id));
        let mut attributes = HashMap::from([
            (
                "tags".to_owned(),
                RestrictedExpression::new_set(self.tags.iter().map(text)),
            ),
            (
                "sensitive".to_owned(),
                RestrictedExpression::new_bool(self.is_sensitive),
            ),
        ]);
        attributes.extend(self.owner.map(|id| ("owner".to_owned(), owner(id))));
        attributes.extend(
            self.task_type
                .as_ref()
                .map(|task| ("task_type".to_owned(), text(task))),
        );
        attributes
    }
}

fn entity(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

/// A role as policies name it.
pub(super) fn role(role: Role) -> EntityUid {
    entity(&names().role, role.name())
}

/// A user as policies name them.
pub(super) fn user(id: UserId) -> EntityUid {
    entity(&names().user, &id.to_string())
}

/// A dataset as policies name it.
pub(super) fn dataset(id: DatasetId) -> EntityUid {
    entity(&names().dataset, &id.to_string())
}

/// An action as policies name it.
pub(super) fn action(action: Action) -> EntityUid {
    entity(&names().action, action.name())
}

/// What an action is done to, as policies name it.
pub(super) fn resource(principal: &Principal, resource: Resource) -> EntityUid {
    match resource {
        Resource::Tenant => entity(&names().tenant, &principal.tenant.to_string()),
        Resource::Dataset(id) => dataset(id),
    }
}
