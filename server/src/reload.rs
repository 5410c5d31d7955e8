//! Settings that change while the process runs: read again at SIGHUP. Of the rest it is said that they need a restart.

use std::{num::NonZeroU32, path::PathBuf, sync::Arc};

use tokio::signal::unix::SignalKind;
use tokio_util::sync::CancellationToken;
use vault_access::{RateLimit, RateLimitKey, RateLimiter};
use vault_http::Origins;

use crate::{
    config::{Config, Fingerprints},
    router::Limits,
    serve::at_least_one,
    telemetry::LogLevel,
};

/// How many callers are counted at once.
const MAX_RATE_LIMIT_KEYS: usize = 100_000;
/// What can change while the process runs.
const CHANGEABLE: [&str; 4] = [
    "log.level",
    "server.rate_limit_per_s",
    "auth.login_limit_per_min",
    "server.cors_origins",
];

/// The parts of the edge whose settings can change.
#[derive(Clone)]
pub struct Tunables {
    /// Counts the requests of callers.
    pub(crate) callers: Arc<RateLimiter<RateLimitKey>>,
    /// Counts logins, if they are limited.
    pub(crate) logins: Option<Arc<RateLimiter<RateLimitKey>>>,
    /// The origins whose pages may call.
    pub(crate) origins: Origins,
}

impl Tunables {
    /// As they are at the start.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let limiter = |limit| Arc::new(RateLimiter::new(limit, MAX_RATE_LIMIT_KEYS));
        Self {
            callers: limiter(per_second(limits.requests_per_s)),
            logins: limits.logins_per_min.map(|logins| limiter(per_minute(logins))),
            origins: Origins::new(limits.origins.clone()),
        }
    }
}

const fn per_second(requests: NonZeroU32) -> RateLimit {
    RateLimit {
        requests,
        period_s: NonZeroU32::MIN,
    }
}

fn per_minute(requests: NonZeroU32) -> RateLimit {
    RateLimit {
        requests,
        period_s: NonZeroU32::new(60).unwrap_or(NonZeroU32::MIN),
    }
}

/// Where the settings come from, and how those look that are in force.
pub struct Source {
    folder: PathBuf,
    level: LogLevel,
    in_force: Fingerprints,
}

impl Source {
    /// The settings of a folder, which were read just now.
    ///
    /// # Errors
    /// When they cannot be read again.
    pub fn new(folder: PathBuf, level: LogLevel) -> anyhow::Result<Self> {
        let in_force = Config::fingerprints(&folder, std::env::vars_os())?;
        Ok(Self {
            folder,
            level,
            in_force,
        })
    }

    /// Reads them again at every SIGHUP.
    ///
    /// # Errors
    /// When the signal cannot be listened to.
    pub(crate) fn follow(mut self, tunables: Tunables, closing: CancellationToken) -> anyhow::Result<()> {
        let mut hangup = tokio::signal::unix::signal(SignalKind::hangup())?;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = hangup.recv() => {}
                    () = closing.cancelled() => return,
                }
                let outcome = match self.reload(&tunables) {
                    Ok(()) => "done",
                    Err(error) => {
                        tracing::error!(error = %format!("{error:#}"), "the settings are as they were: they cannot be read");
                        "refused"
                    }
                };
                metrics::counter!("config_reloads_total", "outcome" => outcome).increment(1);
            }
        });
        Ok(())
    }

    fn reload(&mut self, tunables: &Tunables) -> anyhow::Result<()> {
        let config = Config::load(&self.folder, std::env::vars_os())?;
        // first what may be refused, so that all or nothing is taken
        self.level.set(&config.log.level)?;
        let read = Config::fingerprints(&self.folder, std::env::vars_os())?;
        let changed = self.in_force.changed_to(&read);
        for setting in &changed {
            if CHANGEABLE.contains(setting) && apply(setting, &config, tunables) {
                tracing::info!(setting, "the setting has changed");
            } else {
                tracing::warn!(setting, "the setting has changed and needs a restart");
            }
        }
        let count = changed.len();
        self.in_force.take(&read, &CHANGEABLE);
        tracing::info!(changes = count, "the settings were read again");
        Ok(())
    }
}

/// Puts a setting in force; `false` if what it is about was not set up at the start.
fn apply(setting: &str, config: &Config, tunables: &Tunables) -> bool {
    match setting {
        "server.rate_limit_per_s" => {
            let requests = at_least_one(config.server.rate_limit_per_s);
            tunables.callers.set_limit(per_second(requests));
        }
        "auth.login_limit_per_min" => {
            let logins = NonZeroU32::new(config.auth.login_limit_per_min);
            let (Some(limiter), Some(logins)) = (&tunables.logins, logins) else {
                return false;
            };
            limiter.set_limit(per_minute(logins));
        }
        // without origins no answer says how it varies
        "server.cors_origins" if tunables.origins.is_empty() => return false,
        "server.cors_origins" => tunables.origins.set(config.server.origins()),
        // the level is in force already
        _ => {}
    }
    true
}
