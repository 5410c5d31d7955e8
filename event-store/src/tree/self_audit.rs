//! The vault's own verification of the whole log, over and over, of all processes by one.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection as _, PgConnection};
use tokio_util::sync::CancellationToken;
use vault_domain::Clock;

use super::{
    LogKeys, Tree, TreeHead, Verified, VerifyError, VerifyInput, read::TreeError, state::record_audit,
    verify::verify_log,
};
use crate::{advisory_lock::AdvisoryLock, database::Database, hash::BatchMacKey, log::Log};

/// The most events that are looked at in a second: one or two per cent of a core.
const EVENTS_PER_S: u32 = 2_000;
/// The pause after the whole log was looked at, and before another process is asked again whether it still does.
const PAUSE: Duration = Duration::from_secs(30);

/// Verifies the log again and again, and says what it finds in the log, in metrics and in the state of the log.
pub struct SelfAudit {
    /// Where log and tree stand.
    pub database: Database,
    /// The key of the batch MAC.
    pub mac_key: BatchMacKey,
    /// The keys that sign heads.
    pub keys: LogKeys,
    /// Tells when it ended.
    pub clock: Arc<dyn Clock>,
}

impl SelfAudit {
    /// Runs until `stop` is cancelled. Remembers, while it runs, the last head that it found right.
    pub async fn run(self, stop: CancellationToken) {
        let (mut remembered, mut origin) = (None, String::new());
        loop {
            let pass = async {
                match self.pass_under(&mut origin, remembered).await {
                    Ok(head) => remembered = head,
                    Err(error) => {
                        tracing::warn!(error = %error, "the log cannot be audited now");
                    }
                }
                tokio::time::sleep(PAUSE).await;
            };
            if stop.run_until_cancelled(pass).await.is_none() {
                return;
            }
        }
    }

    /// Looks at the whole log once, with the head that was right before, unless the log has begun anew since.
    async fn pass_under(
        &self,
        origin: &mut String,
        remembered: Option<TreeHead>,
    ) -> Result<Option<TreeHead>, VerifyError> {
        let now = Tree::new(self.database.clone()).origin().await?;
        let remembered = remembered.filter(|_| *origin == now);
        *origin = now;
        let head = self.pass(remembered, Some(EVENTS_PER_S)).await?;
        Ok(head.or(remembered))
    }

    /// Looks at the whole log once, unless another process does. Returns the last head that is right.
    ///
    /// # Errors
    /// When the log cannot be looked at.
    pub async fn pass(
        &self,
        remembered: Option<TreeHead>,
        events_per_s: Option<u32>,
    ) -> Result<Option<TreeHead>, VerifyError> {
        let mut lease = PgConnection::connect_with(&self.database.writer_options())
            .await
            .map_err(TreeError::from)?;
        let leads = AdvisoryLock::Audit
            .try_for_connection(&mut lease)
            .await
            .map_err(TreeError::from)?;
        if !leads {
            return Ok(None);
        }
        let tree = Tree::new(self.database.clone());
        let input = VerifyInput {
            log: &Log::new(self.database.for_audit()),
            tree: &tree,
            keys: &self.keys.trusted().await?,
            remembered: remembered.as_slice(),
            mac_key: Some(&self.mac_key),
            events_per_s,
        };
        let verified = verify_log(&input, |_, _| {}).await?;
        tell(&verified);
        record_audit(&self.database, &verified, self.clock.now()).await?;
        lease.close().await.map_err(TreeError::from)?;
        Ok(verified.head.filter(|_| verified.finding.is_none()))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge need not tell sizes beyond 2^52 exactly"
)]
fn tell(verified: &Verified) {
    metrics::gauge!("log_audited_events").set(verified.events as f64);
    metrics::gauge!("log_audit_found").set(f64::from(u8::from(verified.finding.is_some())));
    if let Some(finding) = verified.finding {
        tracing::error!(finding = %finding, "the log is not what was written");
    }
}
