//! Lists that go by the ids of their items.

use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use vault_domain::ErrorCode;
use vault_http::{Cursor, PageLimit, Problem};

/// The one order of these lists.
pub(crate) const BY_ID: &str = "id:asc";

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ById {
    /// The most items to answer with.
    #[serde(default)]
    #[param(value_type = u16, default = 20, minimum = 1, maximum = 100, required = false)]
    pub(crate) limit: PageLimit<20, 100>,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[param(value_type = Option<String>, required = false)]
    cursor: Option<Cursor>,
}

impl ById {
    /// The id after which the page begins.
    pub(crate) fn after(&self) -> Result<Uuid, Problem> {
        let after = self.cursor.as_ref().map(|cursor| cursor.key_for(BY_ID));
        match after.transpose() {
            Ok(after) => Ok(after.map_or(Uuid::nil(), |(_, id)| id)),
            Err(_) => Err(Problem::in_field(
                "cursor",
                ErrorCode::InvalidQueryParameter,
                "is no cursor of this list",
            )),
        }
    }
}
