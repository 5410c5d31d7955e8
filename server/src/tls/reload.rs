//! Serving with another certificate once it stands in the files, without a restart.

use std::{sync::Arc, sync::PoisonError, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Tls, material::Material};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_secs(1);

impl Tls {
    /// Looks at the files again and again, and at once on SIGHUP. What cannot be served with changes nothing, and is told
    /// once. Connections that are open go on with the certificate that they began with.
    pub(crate) async fn follow_files(self: Arc<Self>, stop: CancellationToken) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut seen = Some(self.opened);
        while stop.run_until_cancelled(next(hangup.as_mut())).await.is_some() {
            let this = Arc::clone(&self);
            let before = seen;
            // files may stand on a slow disk
            let looked = tokio::task::spawn_blocking(move || this.look(before)).await;
            seen = looked.unwrap_or(before);
        }
    }

    /// Serves with what stands in the files if that is not what was seen before; what was seen now.
    fn look(&self, seen: Option<[u8; 32]>) -> Option<[u8; 32]> {
        let material = match Material::read(&self.files) {
            Ok(material) => material,
            Err(error) => {
                // said once, until something can be read
                if seen.is_some() {
                    self.complain(&error);
                }
                return None;
            }
        };
        let digest = material.digest();
        if seen == Some(digest) {
            return seen;
        }
        match material.build(&self.files) {
            Ok(loaded) => {
                *self.serving.write().unwrap_or_else(PoisonError::into_inner) = loaded.config;
                self.state.served(loaded.not_after);
                tracing::info!(not_after = %loaded.not_after, "serves with another certificate");
            }
            Err(error) => self.complain(&error),
        }
        Some(digest)
    }

    fn complain(&self, error: &(dyn std::error::Error + 'static)) {
        tracing::error!(
            error,
            "the certificate in the files cannot be served with; the one before is"
        );
        self.state.refused(error.to_string());
    }
}

async fn next(hangup: Option<&mut Signal>) {
    let Some(hangup) = hangup else {
        return tokio::time::sleep(PERIOD).await;
    };
    tokio::select! {
        () = tokio::time::sleep(PERIOD) => {}
        _ = hangup.recv() => {}
    }
}
