//! Problem documents (RFC 9457): how every refusal and every failure looks.

mod body;

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use vault_access::{Denied, InvalidRefreshToken, PasswordError, TokenError};
use vault_domain::ErrorCode;

pub(crate) use body::render;
pub use body::{FieldError, ProblemBody};

/// Why a request was not served.
///
/// As a response it only carries its status; the edge writes the document, since that names the request.
#[derive(Clone)]
pub struct Problem(Box<Parts>);

#[derive(Clone)]
struct Parts {
    code: ErrorCode,
    status: StatusCode,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after_s: Option<u32>,
    fault: Option<Arc<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem with the code's own status.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        let status = StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(Box::new(Parts {
            code,
            status,
            detail: None,
            errors: Vec::new(),
            retry_after_s: None,
            fault: None,
        }))
    }

    /// A failure of the service. Its cause is logged at the edge and shown to nobody.
    #[must_use]
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::new(ErrorCode::InternalServerError).with_cause(cause)
    }

    /// A problem that lies in one field of the request.
    #[must_use]
    pub fn in_field(
        field: impl Into<String>,
        code: ErrorCode,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(code).with_field(field, code, message)
    }

    /// Answers with another status than the catalogue's; `docs/api/ERRORS.md` lists where.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// Says what is wrong with this request. In a fault only text that the program was built with is shown.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Names a field at fault.
    #[must_use]
    pub fn with_field(
        mut self,
        field: impl Into<String>,
        code: ErrorCode,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.errors.push(FieldError {
            field: field.into(),
            code,
            message: message.into(),
        });
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.0.fault = Some(Arc::new(cause));
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.0.fault.as_deref()
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("code", &self.0.code)
            .field("status", &self.0.status)
            .field("errors", &self.0.errors)
            .finish_non_exhaustive()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.0.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::new(error.code())
    }
}

impl From<InvalidRefreshToken> for Problem {
    fn from(error: InvalidRefreshToken) -> Self {
        Self::new(error.code())
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied.code() {
            code @ ErrorCode::PermissionDenied => Self::new(code).with_detail(denied.to_string()),
            code @ ErrorCode::ScopeInsufficient => {
                let detail = format!("The API key lacks the scope {}.", denied.action().name());
                Self::new(code).with_detail(detail)
            }
            code @ ErrorCode::PolicyViolation => {
                let detail =
                    "A policy wants a second person's approval for this: ask for it with POST /approvals.";
                Self::new(code).with_detail(detail)
            }
            hidden => Self::new(hidden),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Overloaded => Self::new(error.code()).with_retry_after(1),
            PasswordError::Argon2(_) | PasswordError::Thread(_) => Self::internal(error),
        }
    }
}
