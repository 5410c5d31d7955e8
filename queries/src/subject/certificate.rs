//! The certificate of an erasure: what became of everything, signed by the log, with proofs that the log says so.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;
use vault_access::{Permit, act};
use vault_domain::{Aggregate, SubjectId, TenantId, subject::Subject, subject::SubjectEvent};
use vault_event_store::{
    HashedEvent, StoredEvent,
    tree::{Entry, HeadVerifier, InclusionProof, SignedHead, verify_inclusion},
};

use super::{
    SubjectName, find,
    places::{Facts, Place, places},
};
use crate::{Queries, error::QueryError};

/// The version of the form.
const VERSION: u32 = 1;

/// What became of an erased subject.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of this form.
    pub version: u32,
    /// The log's name.
    pub log: String,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The subject, by its minted id.
    pub subject_id: Uuid,
    /// When it was written.
    pub issued_at: DateTime<Utc>,
    /// Whether something will still become of it.
    pub status: CertificateStatus,
    /// The events that say so, with proofs.
    pub events: Vec<CertifiedEvent>,
    /// Every place.
    pub places: Vec<Place>,
}

/// Whether something will still become of an erasure by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// Ask again later.
    Pending,
    /// What the vault can do is done.
    Complete,
}

/// An event of the subject's stream, complete, so that its hash can be computed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedEvent {
    /// Its place in the log.
    pub position: u64,
    /// Its place among the tenant's events.
    pub tenant_position: u64,
    /// Its id.
    pub event_id: Uuid,
    /// Its place in the subject's stream.
    pub sequence: u64,
    /// Its frozen name.
    pub event_type: String,
    /// The version of its payload.
    pub event_version: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Canonical JSON.
    pub payload: Box<RawValue>,
    /// Canonical JSON.
    pub metadata: Box<RawValue>,
    /// That a signed tree holds it; absent for a second after it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// That a signed tree holds an event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// From the leaf's sibling up to a child of the root, in Base64.
    pub hashes: Vec<String>,
    /// The signed head of the tree.
    pub checkpoint: String,
}

/// A certificate, and the same as a signed note.
#[derive(Debug)]
pub struct SignedCertificate {
    /// What it says.
    pub certificate: Certificate,
    /// The note (C2SP signed-note), signed by the log's key.
    pub note: String,
}

/// Why a certificate is not believed.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It is malformed, or not signed by a trusted key.
    #[error("the certificate is malformed, or not signed by a trusted key of the log")]
    Note,
    /// It is of a form that this version does not know.
    #[error("the certificate is of no form that this version knows")]
    Form,
    /// It says that the log holds an event, and proves it not.
    #[error("the certificate does not prove that the log holds the event at position {position}")]
    Unproven {
        /// The event.
        position: u64,
    },
    /// It cites an event that it does not show, or that says something else.
    #[error("the certificate cites the event at position {position}, which does not say so")]
    Uncited {
        /// The event.
        position: u64,
    },
}

/// The certificate of an erasure, as far as it is.
///
/// # Errors
/// `SubjectNotFound`, `NotErased`, or a fault.
#[tracing::instrument(name = "queries.subject.certificate", skip_all)]
pub async fn certificate(
    queries: &Queries,
    permit: &Permit<act::SubjectRead>,
    name: &SubjectName,
) -> Result<SignedCertificate, QueryError> {
    let tenant = permit.principal().tenant;
    let subject = SubjectId::from_uuid(find(queries, tenant, name).await?.subject_id);
    let stream = queries
        .store
        .stream(tenant, Subject::TYPE, subject.as_uuid(), 0)
        .await?;
    let now = queries.clock.now();
    let mut facts = None;
    let mut told = Vec::new();
    for event in stream {
        take_in(&mut facts, &event, queries.publisher.is_some(), now)?;
        // what came before the erasure is sealed, and says nothing of it
        if facts.is_some() {
            told.push(event);
        }
    }
    let facts = facts.ok_or(QueryError::NotErased)?;
    let places = places(&facts);
    let head = queries.tree.latest().await?;
    let mut events = Vec::with_capacity(told.len());
    for event in told {
        events.push(certified(queries, event, head.as_ref()).await?);
    }
    let is_settled = places.iter().all(Place::is_settled) && events.iter().all(|event| event.proof.is_some());
    let signer = queries.log_keys.current().await?;
    let certificate = Certificate {
        version: VERSION,
        log: signer.origin().to_owned(),
        tenant_id: tenant.as_uuid(),
        subject_id: subject.as_uuid(),
        issued_at: now,
        status: if is_settled {
            CertificateStatus::Complete
        } else {
            CertificateStatus::Pending
        },
        events,
        places,
    };
    let note = signer.certificate(&serde_json::to_string(&certificate)?)?;
    Ok(SignedCertificate { certificate, note })
}

fn take_in(
    facts: &mut Option<Facts>,
    event: &StoredEvent,
    is_published: bool,
    now: DateTime<Utc>,
) -> Result<(), QueryError> {
    match (event.decode()?, facts) {
        (SubjectEvent::Erased(erased), facts) => {
            *facts = Some(Facts {
                now,
                erased_at: event.recorded_at,
                erased: event.position,
                epoch: erased.epoch_id.to_string(),
                purged: None,
                epoch_ended: None,
                is_published,
            });
        }
        (SubjectEvent::Purged(_), Some(facts)) => facts.purged = Some(event.position),
        (SubjectEvent::EpochEnded(_), Some(facts)) => facts.epoch_ended = Some(event.position),
        _ => {}
    }
    Ok(())
}

async fn certified(
    queries: &Queries,
    event: StoredEvent,
    head: Option<&SignedHead>,
) -> Result<CertifiedEvent, QueryError> {
    let proof = match head.filter(|head| head.head.size >= event.position) {
        Some(head) => {
            let proof = queries.tree.inclusion(event.position, head.head).await?;
            Some(Proof {
                hashes: proof
                    .hashes
                    .iter()
                    .map(|hash| BASE64_STANDARD.encode(hash))
                    .collect(),
                checkpoint: head.note.clone(),
            })
        }
        None => None,
    };
    Ok(CertifiedEvent {
        position: event.position,
        tenant_position: event.tenant_position,
        event_id: event.event_id.as_uuid(),
        sequence: event.sequence,
        event_type: event.event_type,
        event_version: event.event_version,
        recorded_at: event.recorded_at,
        payload: RawValue::from_string(event.payload)?,
        metadata: RawValue::from_string(event.metadata)?,
        proof,
    })
}

impl Certificate {
    /// Checks a signed certificate with nothing but public keys of the log: the signature, that the log holds every
    /// event that it shows, and that these are of its subject and say what it cites them for.
    ///
    /// # Errors
    /// [`CertificateError`]
    pub fn verify(note: &str, keys: &HeadVerifier) -> Result<Self, CertificateError> {
        let json = keys.certificate(note).map_err(|_| CertificateError::Note)?;
        let certificate: Self = serde_json::from_str(&json).map_err(|_| CertificateError::Form)?;
        if certificate.version != VERSION {
            return Err(CertificateError::Form);
        }
        for event in &certificate.events {
            certificate
                .check_event(event, keys)
                .ok_or(CertificateError::Unproven {
                    position: event.position,
                })?;
        }
        for place in &certificate.places {
            certificate.check_place(place)?;
        }
        Ok(certificate)
    }

    fn check_event(&self, event: &CertifiedEvent, keys: &HeadVerifier) -> Option<()> {
        let proof = event.proof.as_ref()?;
        let hashed = HashedEvent {
            aggregate_type: Subject::TYPE,
            aggregate_id: &self.subject_id.to_string(),
            sequence: event.sequence,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: event.payload.get(),
            metadata: event.metadata.get(),
            event_id: &event.event_id.to_string(),
            tenant_id: TenantId::from_uuid(self.tenant_id),
            recorded_at: event.recorded_at,
        };
        let head = keys.checkpoint(&proof.checkpoint).ok()?;
        let hash = |text: &String| BASE64_STANDARD.decode(text).ok()?.try_into().ok();
        let inclusion = InclusionProof {
            entry: Entry {
                position: event.position,
                tenant_position: event.tenant_position,
                event_hash: hashed.hash(),
            },
            tree_size: head.size,
            hashes: proof.hashes.iter().map(hash).collect::<Option<_>>()?,
        };
        verify_inclusion(&inclusion, head).ok()
    }

    fn check_place(&self, place: &Place) -> Result<(), CertificateError> {
        let Some(position) = place.position else {
            return Ok(());
        };
        let cited = self.events.iter().find(|event| event.position == position);
        let says = match place.place.as_str() {
            "contents" => "subject.purged",
            "database_log_and_backups" => "subject.epoch_ended",
            _ => "subject.erased",
        };
        match cited {
            Some(event) if event.event_type == says => Ok(()),
            _ => Err(CertificateError::Uncited { position }),
        }
    }
}
