//! The types of personal data that a tenant describes itself: one stream for all of a tenant's, so that their names and
//! their number need no rule across streams.

mod event;
mod view;

use serde::{Deserialize, Serialize};

pub use event::{CustomTypeChanged, CustomTypeDefined, CustomTypeEvent, CustomTypeRemoved};
pub use view::{CustomTypeView, Definition};

use crate::{
    CustomTypeDefinitionId, KeyedHash, Sealed,
    aggregate::{Aggregate, Context},
};

/// The most types that a tenant describes.
pub const MAX_CUSTOM_TYPES: usize = 64;

/// The aggregate of one tenant's types. Its stream has the id of the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomTypes {
    types: Vec<DefinedType>,
}

/// A type that is described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinedType {
    /// Its id.
    pub id: CustomTypeDefinitionId,
    /// By what its name is found.
    pub name: KeyedHash,
    /// Its definition, with its name.
    pub definition: Sealed,
}

/// An order to a tenant's types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomTypeCommand {
    /// Look for another type.
    Define(DefinedType),
    /// Look for something else, or under another name.
    Change(DefinedType),
    /// Look for it no more.
    Remove(CustomTypeDefinitionId),
}

/// The reason why a tenant's types refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CustomTypeRefusal {
    /// Another type has that name.
    #[error("another type has that name")]
    NameTaken,
    /// There are as many as there may be.
    #[error("there are {MAX_CUSTOM_TYPES} types already")]
    TooMany,
    /// There is no such type.
    #[error("there is no such type")]
    Unknown,
}

impl CustomTypes {
    /// The types, in the order in which they were first described.
    #[must_use]
    pub fn types(&self) -> &[DefinedType] {
        &self.types
    }

    /// The type with this id.
    #[must_use]
    pub fn get(&self, id: CustomTypeDefinitionId) -> Option<&DefinedType> {
        self.types.iter().find(|defined| defined.id == id)
    }

    fn check_name(&self, new: &DefinedType) -> Result<(), CustomTypeRefusal> {
        let taken = |defined: &DefinedType| defined.name == new.name && defined.id != new.id;
        if self.types.iter().any(taken) {
            return Err(CustomTypeRefusal::NameTaken);
        }
        Ok(())
    }
}

impl Aggregate for CustomTypes {
    const TYPE: &'static str = "custom_types";
    const STATE_VERSION: u32 = 1;
    type Command = CustomTypeCommand;
    type Event = CustomTypeEvent;
    type Refusal = CustomTypeRefusal;

    fn decide(
        &self,
        command: CustomTypeCommand,
        _: &Context,
    ) -> Result<Vec<CustomTypeEvent>, CustomTypeRefusal> {
        match command {
            CustomTypeCommand::Define(new) => {
                self.check_name(&new)?;
                if self.types.len() >= MAX_CUSTOM_TYPES {
                    return Err(CustomTypeRefusal::TooMany);
                }
                Ok(vec![CustomTypeEvent::Defined(new.into())])
            }
            CustomTypeCommand::Change(new) => {
                self.get(new.id).ok_or(CustomTypeRefusal::Unknown)?;
                self.check_name(&new)?;
                Ok(vec![CustomTypeEvent::Changed(new.into())])
            }
            CustomTypeCommand::Remove(id) => {
                self.get(id).ok_or(CustomTypeRefusal::Unknown)?;
                Ok(vec![CustomTypeEvent::Removed(CustomTypeRemoved {
                    custom_type_id: id,
                })])
            }
        }
    }

    fn evolve(&mut self, event: &CustomTypeEvent) {
        match event {
            CustomTypeEvent::Defined(defined) => self.types.push(defined.clone().into()),
            CustomTypeEvent::Changed(changed) => {
                let new = DefinedType::from(changed.clone());
                if let Some(defined) = self.types.iter_mut().find(|defined| defined.id == new.id) {
                    *defined = new;
                }
            }
            CustomTypeEvent::Removed(removed) => {
                self.types.retain(|defined| defined.id != removed.custom_type_id);
            }
        }
    }
}
