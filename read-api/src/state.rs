//! What handlers of questions are given.

use std::sync::Arc;

use axum::extract::FromRef;
use vault_access::{Act, Asker, Authenticator, Authorizer, Permit, Refusal, policy::RulesAway};
use vault_domain::ErrorCode;
use vault_event_store::Access;
use vault_http::{Problem, ReadPosition};
use vault_queries::{Queries, dataset};

use crate::{certificate::CertificateState, error::problem};

/// What handlers of questions are given. Cheap to clone.
#[derive(Clone)]
pub struct ReadState {
    /// The parts of questions.
    pub queries: Arc<Queries>,
    /// Who may do what.
    pub authorizer: Authorizer,
    /// Who calls.
    pub authenticator: Arc<Authenticator>,
    /// How the certificate stands that the process is served with.
    pub certificate: CertificateState,
}

impl ReadState {
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
        let access = Access::Denied {
            actor: asker.principal.actor(),
            action: denied.action(),
            resource: denied.resource().into(),
        };
        let recorded = self.queries.recorder.record(asker.principal.tenant, access).await;
        recorded.map_err(|error| problem(error.into()))?;
        let Some(id) = denied.dataset() else {
            return Err(denied.into());
        };
        // looked for also where it is hidden: neither the answer nor its time tells that from what does not exist
        let is_there = dataset::is_there(&self.queries, asker.principal.tenant, id).await;
        let denied = if is_there.map_err(problem)? {
            denied
        } else {
            denied.of_nothing()
        };
        Err(denied.into())
    }

    /// Waits until the read models have passed what the caller must see.
    pub(crate) async fn reach(&self, position: Option<ReadPosition>) -> Result<(), Problem> {
        match position {
            Some(ReadPosition(token)) => self.queries.reach(token.position()).await.map_err(problem),
            None => Ok(()),
        }
    }
}

impl FromRef<ReadState> for Arc<Authenticator> {
    fn from_ref(state: &ReadState) -> Self {
        Self::clone(&state.authenticator)
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
