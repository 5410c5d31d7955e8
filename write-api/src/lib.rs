#![doc = include_str!("../README.md")]

mod api_key;
mod approval;
mod auth;
mod dataset;
mod error;
mod grant;
mod key;
mod page;
mod policy;
mod privacy;
mod record;
mod request;
mod respond;
mod state;
mod subject;
mod user;

use utoipa_axum::{router::OpenApiRouter, routes};

pub use state::{MAX_UPLOADS, WriteState};

/// The endpoints of commands, below `/api/v1`, and their part of the OpenAPI document.
#[must_use]
pub fn router() -> OpenApiRouter<WriteState> {
    OpenApiRouter::new()
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::totp::confirm))
        .routes(routes!(auth::me::me))
        .routes(routes!(auth::sessions::list))
        .routes(routes!(auth::sessions::end))
        .routes(routes!(api_key::list::list, api_key::create::create))
        .routes(routes!(api_key::revoke::revoke))
        .routes(routes!(api_key::rotate::rotate))
        .routes(routes!(api_key::of_user::list_of_user))
        .routes(routes!(api_key::of_user::revoke_of_user))
        .routes(routes!(user::list::list, user::create::create))
        .routes(routes!(user::get::get, user::update::update))
        .routes(routes!(user::reset::reset_password))
        .routes(routes!(user::reset::reset_mfa))
        .routes(routes!(dataset::create::create))
        .routes(routes!(
            dataset::replace::replace,
            dataset::update::update,
            dataset::delete::delete
        ))
        .routes(routes!(dataset::lifecycle::archive))
        .routes(routes!(dataset::lifecycle::unarchive))
        .routes(routes!(record::add::add))
        .routes(routes!(key::rotate::rotate))
        .routes(routes!(key::rewrap::rewrap))
        .routes(routes!(key::rewrap::pause))
        .routes(routes!(key::destroy::destroy))
        .routes(routes!(subject::erase::erase))
        .routes(routes!(subject::hold::hold, subject::hold::release))
        .routes(routes!(subject::restrict::restrict, subject::restrict::lift))
        .routes(routes!(policy::create::create))
        .routes(routes!(policy::replace::replace, policy::delete::delete))
        .routes(routes!(grant::give::give))
        .routes(routes!(grant::revoke::revoke))
        .routes(routes!(approval::request::request))
        .routes(routes!(approval::break_glass::break_glass))
        .routes(routes!(approval::withdraw::withdraw))
        .routes(routes!(approval::decide::approve))
        .routes(routes!(approval::decide::refuse))
        .routes(routes!(approval::review::review))
        .routes(routes!(privacy::detect::detect))
        .routes(routes!(privacy::anonymize::anonymize))
        .routes(routes!(privacy::custom_types::define))
        .routes(routes!(
            privacy::custom_types::replace,
            privacy::custom_types::remove
        ))
}

/// The endpoints that take a password or a token from whoever calls: they get a rate limit of their own.
#[must_use]
pub fn login_router() -> OpenApiRouter<WriteState> {
    OpenApiRouter::new()
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::password::change))
        .routes(routes!(auth::password::redeem))
        .routes(routes!(auth::totp::enroll))
        .routes(routes!(auth::totp::remove))
}

/// The endpoints that take streams: they get other limits of time and size.
#[must_use]
pub fn streaming_router() -> OpenApiRouter<WriteState> {
    OpenApiRouter::new().routes(routes!(record::batch::add_batch))
}
