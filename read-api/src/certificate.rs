//! How the certificate stands that the process is served with.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Shared by what serves and by what tells of it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct CertificateState(Arc<RwLock<Option<Certificate>>>);

/// How the certificate stands that the process is served with.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CertificateBody)]
pub(crate) struct Certificate {
    /// Until when it is good.
    pub(crate) not_after: DateTime<Utc>,
    /// Why the one that stands in the files now is not served with, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trouble: Option<String>,
}

impl CertificateState {
    /// One that is good until then is served with.
    pub fn served(&self, not_after: DateTime<Utc>) {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        metrics::gauge!("tls_certificate_not_after_seconds").set(not_after.timestamp() as f64);
        let trouble = None;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Certificate { not_after, trouble });
    }

    /// What stands in the files is not served with.
    pub fn refused(&self, why: String) {
        if let Some(known) = &mut *self.0.write().unwrap_or_else(PoisonError::into_inner) {
            known.trouble = Some(why);
        }
    }

    pub(crate) fn now(&self) -> Option<Certificate> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
