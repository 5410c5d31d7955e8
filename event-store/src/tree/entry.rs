//! What a leaf of the tree stands for.

use super::TreeHash;

/// The bytes of an entry.
pub const ENTRY_BYTES: usize = 48;

/// An event, as strangers may see it: where it stands, and its hash, which its random id salts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The place in the log, from 1.
    pub position: u64,
    /// The place among the tenant's events, from 1.
    pub tenant_position: u64,
    /// SHA-256 of the event in RFC 8785 canonical JSON.
    pub event_hash: TreeHash,
}

impl Entry {
    /// Both places as 8 bytes, big-endian, and the hash.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..8].copy_from_slice(&self.position.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.tenant_position.to_be_bytes());
        bytes[16..].copy_from_slice(&self.event_hash);
        bytes
    }

    /// The entry of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let (position, rest) = bytes.split_at(8);
        let (tenant_position, event_hash) = rest.split_at(8);
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let mut hash = [0; 32];
        hash.copy_from_slice(event_hash);
        Self {
            position: number(position),
            tenant_position: number(tenant_position),
            event_hash: hash,
        }
    }

    /// The hash of its leaf (RFC 6962, section 2.1).
    #[must_use]
    pub fn leaf_hash(self) -> TreeHash {
        tlog_tiles::record_hash(&self.to_bytes()).0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_and_entries_are_the_same(position: u64, tenant_position: u64, event_hash: [u8; 32]) {
            let entry = Entry { position, tenant_position, event_hash };
            prop_assert_eq!(Entry::from_bytes(&entry.to_bytes()), entry);
        }
    }
}
