//! A tenant: it exists, and has keys. That is all that the log says of it yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Context, events};

events! {
    /// A fact of one tenant.
    TenantEvent {
        /// It began to exist.
        Created(TenantCreated) = "tenant.created" v 1,
    }
}

/// A tenant began to exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantCreated {}

/// The aggregate of one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    created: bool,
}

/// An order to one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantCommand {
    /// Begin to exist.
    Create,
}

/// The reason why a tenant refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TenantRefusal {
    /// It exists already.
    #[error("the tenant exists already")]
    AlreadyExists,
}

impl Aggregate for Tenant {
    const TYPE: &'static str = "tenant";
    const STATE_VERSION: u32 = 1;
    type Command = TenantCommand;
    type Event = TenantEvent;
    type Refusal = TenantRefusal;

    fn decide(&self, command: TenantCommand, _: &Context) -> Result<Vec<TenantEvent>, TenantRefusal> {
        match command {
            TenantCommand::Create if self.created => Err(TenantRefusal::AlreadyExists),
            TenantCommand::Create => Ok(vec![TenantEvent::Created(TenantCreated {})]),
        }
    }

    fn evolve(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::Created(_) => self.created = true,
        }
    }
}
