//! What is tried again, how often, and how long to wait before.

use std::time::Duration;

use reqwest::StatusCode;
use vault_domain::ErrorCode;

/// How an import is repeated when the connection breaks or the server is away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retry {
    /// How often the upload is tried in all.
    pub(super) attempts: u32,
    /// How long to wait before the second attempt; each further wait is twice as long.
    pub(super) first_wait_ms: u64,
    /// The longest wait, whatever the server asks for.
    pub(super) longest_wait_ms: u64,
    /// How long nothing may move while something could, before the connection counts as broken.
    pub(super) stall_ms: u64,
}

impl Retry {
    /// About a minute and a half in all: a server that is being restarted has time to come back.
    pub(super) const USUAL: Self = Self {
        attempts: 10,
        first_wait_ms: 500,
        longest_wait_ms: 15_000,
        stall_ms: 120_000,
    };

    /// How long to wait after this many attempts have failed.
    pub(super) fn wait(&self, failed: u32, asked_for: Option<Duration>) -> Duration {
        let doubled = self
            .first_wait_ms
            .saturating_mul(1 << failed.saturating_sub(1).min(30));
        let longest = Duration::from_millis(self.longest_wait_ms);
        Duration::from_millis(doubled)
            .max(asked_for.unwrap_or_default())
            .min(longest)
    }
}

/// Why something did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may succeed when it is repeated.
    Again {
        /// Why.
        cause: anyhow::Error,
        /// How long the server asks to wait.
        wait: Option<Duration>,
    },
    /// It will not.
    Final(anyhow::Error),
}

impl Failure {
    /// A connection that could not be made, or broke.
    pub(super) fn broken(error: impl Into<anyhow::Error>) -> Self {
        Self::Again {
            cause: error.into(),
            wait: None,
        }
    }

    /// What happened, for a command that tries nothing twice.
    pub(super) fn into_cause(self) -> anyhow::Error {
        match self {
            Self::Again { cause, .. } | Self::Final(cause) => cause,
        }
    }
}

impl From<anyhow::Error> for Failure {
    /// What goes wrong on this side does so again.
    fn from(error: anyhow::Error) -> Self {
        Self::Final(error)
    }
}

/// Whether an answer's status may be another when the request is repeated; 401 is, after a new login.
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || [
            StatusCode::UNAUTHORIZED,
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_MANY_REQUESTS,
        ]
        .contains(&status)
}

/// Whether an upload that ended early with this code may go through when it is repeated.
pub(super) fn is_passing_code(code: &str) -> bool {
    let known = ErrorCode::ALL.iter().copied().find(|known| known.code() == code);
    // a contended dataset, and a body that broke off on its way
    let passing = [ErrorCode::ConflictingUpdate, ErrorCode::InvalidRequestFormat];
    known.is_none_or(|known| {
        passing.contains(&known) || StatusCode::from_u16(known.http_status()).is_ok_and(is_passing)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_honour_the_server() {
        let waits: Vec<u128> = (1..8)
            .map(|failed| Retry::USUAL.wait(failed, None).as_millis())
            .collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
        assert_eq!(Retry::USUAL.wait(1, Some(Duration::from_secs(3))).as_secs(), 3);
        assert_eq!(Retry::USUAL.wait(1, Some(Duration::from_hours(1))).as_secs(), 15);
        assert_eq!(Retry::USUAL.wait(u32::MAX, None).as_secs(), 15);
    }

    #[test]
    fn faults_pass_and_refusals_stay() {
        for status in [401, 408, 429, 500, 502, 503, 504] {
            assert!(StatusCode::from_u16(status).is_ok_and(is_passing), "{status}");
        }
        for status in [400, 403, 404, 409, 413, 415, 422] {
            assert!(!StatusCode::from_u16(status).is_ok_and(is_passing), "{status}");
        }
        assert!(is_passing_code(ErrorCode::DatabaseConnectionFailed.code()));
        assert!(is_passing_code(ErrorCode::ConflictingUpdate.code()));
        assert!(is_passing_code("VAULT_SYS_9999"));
        assert!(!is_passing_code(ErrorCode::DatasetNotFound.code()));
        assert!(!is_passing_code(ErrorCode::OperationNotPermitted.code()));
    }
}
