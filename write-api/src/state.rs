//! What handlers of commands are given.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use vault_access::{Act, Asker, Authenticator, Authorizer, Denied, Permit, Refusal, policy::RulesAway};
use vault_commands::{Vault, dataset};
use vault_domain::ErrorCode;
use vault_event_store::Access;
use vault_http::Problem;

use crate::error::problem;

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
    /// The proof that the caller may do this. A denial is taken down before it is answered.
    pub(crate) async fn permit<A: Act>(
        &self,
        asker: &Asker,
        target: A::Target,
    ) -> Result<Permit<A>, Problem> {
        let denied = match self.authorizer.permit(asker, target).await {
            Ok(permit) => return Ok(permit),
            Err(Refusal::Denied(denied)) => denied,
            Err(Refusal::Away(error)) => return Err(away(error)),
        };
        self.refuse(asker, denied).await
    }

    /// Takes a denial down and answers it.
    pub(crate) async fn refuse<T>(&self, asker: &Asker, denied: Denied) -> Result<T, Problem> {
        let access = Access::Denied {
            actor: asker.principal.actor(),
            action: denied.action(),
            resource: denied.resource().into(),
        };
        let recorded = self.vault.recorder.record(asker.principal.tenant, access).await;
        recorded.map_err(|error| problem(error.into()))?;
        let Some(id) = denied.dataset() else {
            return Err(denied.into());
        };
        // looked for also where it is hidden: neither the answer nor its time tells that from what does not exist
        let is_there = dataset::is_there(&self.vault, asker.principal.tenant, id).await;
        let denied = if is_there.map_err(problem)? {
            denied
        } else {
            denied.of_nothing()
        };
        Err(denied.into())
    }
}

impl FromRef<WriteState> for Arc<Authenticator> {
    fn from_ref(state: &WriteState) -> Self {
        Self::clone(&state.vault.tokens)
    }
}

/// How many seconds a client should wait when rules cannot be read.
const RETRY_AFTER_S: u32 = 1;

/// Without the rules nothing is allowed, and nothing is denied for good.
pub(crate) fn away(error: RulesAway) -> Problem {
    Problem::new(ErrorCode::ServiceUnavailable)
        .with_retry_after(RETRY_AFTER_S)
        .with_cause(error)
}
