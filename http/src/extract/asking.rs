//! Who asks for a right, as the request shows it.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use vault_access::{Asker, Authenticator, Principal};

use super::caller::Caller;
use crate::{Problem, context::RequestContext};

/// The caller, and in which circumstances it calls: what every right is asked for with.
#[derive(Debug, Clone, Copy)]
pub struct Asking(pub Asker);

impl<S> FromRequestParts<S> for Asking
where
    S: Send + Sync,
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        let context = RequestContext::from_request_parts(parts, state).await?;
        Ok(Self::new(principal, &context))
    }
}

impl Asking {
    /// A caller who is known already.
    #[must_use]
    pub const fn new(principal: Principal, context: &RequestContext) -> Self {
        Self(Asker {
            principal,
            now: context.received_at(),
            address: context.client(),
        })
    }
}
