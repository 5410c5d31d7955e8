//! Names of which there are only so many, as the document lists them.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use vault_domain::{Action, Role};

/// The names of the shipped roles.
#[derive(Debug, Clone, Copy)]
pub struct RoleName;

/// The names of what a caller may do.
#[derive(Debug, Clone, Copy)]
pub struct ActionName;

impl PartialSchema for RoleName {
    fn schema() -> RefOr<Schema> {
        listed("A shipped role.", Role::ALL.map(Role::name))
    }
}

impl ToSchema for RoleName {
    fn name() -> Cow<'static, str> {
        "Role".into()
    }
}

impl PartialSchema for ActionName {
    fn schema() -> RefOr<Schema> {
        let names = Action::ALL.iter().copied().map(Action::name);
        listed("Something that a caller may or may not do.", names)
    }
}

impl ToSchema for ActionName {
    fn name() -> Cow<'static, str> {
        "Action".into()
    }
}

fn listed(description: &str, names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names));
    Schema::Object(schema.build()).into()
}
