//! Values for the tests: ids that count, envelopes without content, hashes of one byte.

use uuid::Uuid;
use vault_domain::{DatasetId, KeyedHash, RecordId, Sealed, SealedText};

pub(crate) fn hash(byte: u8) -> KeyedHash {
    KeyedHash::from_bytes([byte; 32])
}

/// An envelope of this many bytes.
pub(crate) fn sealed(size_bytes: usize) -> Sealed {
    Sealed::from_envelope(vec![0xa5; size_bytes])
}

pub(crate) fn sealed_text(byte: u8) -> SealedText {
    SealedText {
        sealed: Sealed::from_envelope(vec![byte; 60]),
        hash: hash(byte),
    }
}

pub(crate) fn dataset_id() -> DatasetId {
    DatasetId::from_uuid(Uuid::from_u128(0x0190_a6b2_7c1d_7e3f_8a4b_5c6d_7e8f_9a0b))
}

pub(crate) fn record_id(n: usize) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(
        0x0190_a6b2_7c1d_7e3f_8a4b_0000_0000_0000 + n as u128,
    ))
}
