//! What handlers of commands are given.

use std::sync::Arc;

use axum::extract::FromRef;
use vault_access::{Act, Authenticator, Authorizer, Permit, Principal};
use vault_commands::Vault;
use vault_http::Problem;

/// What handlers of commands are given. Cheap to clone.
#[derive(Clone)]
pub struct WriteState {
    /// The parts of use cases.
    pub vault: Arc<Vault>,
    /// Who may do what.
    pub authorizer: Authorizer,
}

impl WriteState {
    /// The proof that the caller may do this.
    pub(crate) fn permit<A: Act>(&self, principal: &Principal, target: A::Target) -> Result<Permit<A>, Problem> {
        Ok(self.authorizer.permit(principal, target)?)
    }
}

impl FromRef<WriteState> for Arc<Authenticator> {
    fn from_ref(state: &WriteState) -> Self {
        Self::clone(&state.vault.tokens)
    }
}
