//! What handlers of commands are given.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
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
    /// The places of streamed uploads: each may hold some chunks in memory.
    pub uploads: Arc<Semaphore>,
    /// Cancelled when the server closes: uploads end then, and can be gone on with.
    pub closing: CancellationToken,
}

/// How many streamed uploads a process takes at once.
pub const MAX_UPLOADS: usize = 32;

impl WriteState {
    /// The proof that the caller may do this.
    pub(crate) fn permit<A: Act>(
        &self,
        principal: &Principal,
        target: A::Target,
    ) -> Result<Permit<A>, Problem> {
        Ok(self.authorizer.permit(principal, target)?)
    }
}

impl FromRef<WriteState> for Arc<Authenticator> {
    fn from_ref(state: &WriteState) -> Self {
        Self::clone(&state.vault.tokens)
    }
}
