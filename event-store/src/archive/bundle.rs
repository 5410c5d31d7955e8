//! The format of a bundle: one zstd frame with a header, then one for each block of events, so that `zstd -d` gives JSON
//! lines, and a reader needs the blocks alone that it asks for.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use vault_domain::TenantId;

use super::line;
use crate::{log::StoredEvent, tree::TreeHash};

/// The most events of a bundle.
pub const MAX_BUNDLE_EVENTS: usize = 10_000;
/// About how many bytes a bundle holds before it is compressed, unless its last event alone has more.
pub const MAX_BUNDLE_BYTES: usize = 32 * 1024 * 1024;
/// The most events of a block.
const MAX_BLOCK_EVENTS: usize = 256;
/// A block that has grown to so many bytes takes no more events.
const BLOCK_BYTES: usize = 1024 * 1024;
/// The longest line: a payload has at most 256 KiB, and metadata far less.
const MAX_LINE_BYTES: usize = 1024 * 1024;
/// The most bytes that a block is let grow to when it is opened.
const MAX_OPEN_BLOCK_BYTES: usize = BLOCK_BYTES + MAX_LINE_BYTES;
/// The most bytes of a block as it is stored: what does not compress grows a little.
pub(super) const MAX_STORED_BLOCK_BYTES: u64 = MAX_OPEN_BLOCK_BYTES as u64 + 64 * 1024;
/// The most bytes of a bundle as it is stored.
pub(super) const MAX_STORED_BUNDLE_BYTES: u64 = 2 * MAX_BUNDLE_BYTES as u64;
/// What JSON adds to payload and metadata, about.
const LINE_OVERHEAD_BYTES: usize = 480;
const COMPRESSION_LEVEL: i32 = 3;

/// A range of events as it goes into the object store, and where its blocks are.
pub(super) struct Bundle {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: TreeHash,
    pub(super) blocks: Vec<Block>,
}

/// Where a block is, and what it holds.
pub(super) struct Block {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) offset: usize,
    pub(super) size: usize,
    pub(super) sha256: TreeHash,
    pub(super) first_recorded_at: chrono::DateTime<chrono::Utc>,
    pub(super) last_recorded_at: chrono::DateTime<chrono::Utc>,
    /// The last position of each tenant.
    pub(super) tenants: BTreeMap<uuid::Uuid, u64>,
}

/// Why a bundle could not be made.
pub(super) enum Unbundled {
    /// The event is none that an appender wrote.
    Event(u64),
    /// Compression failed.
    Compress(std::io::Error),
}

#[derive(Serialize)]
struct Header<'a> {
    format: &'static str,
    version: u32,
    origin: &'a str,
    first: u64,
    last: u64,
}

/// About how many bytes an event adds to a bundle.
pub(super) fn line_bytes(event: &StoredEvent) -> usize {
    event.payload.len() + event.metadata.len() + LINE_OVERHEAD_BYTES
}

/// Bundles events that follow one another. The same events give the same bytes.
pub(super) fn encode(origin: &str, events: &[StoredEvent]) -> Result<Bundle, Unbundled> {
    let first = events.first().map_or(0, |event| event.position);
    let last = events.last().map_or(0, |event| event.position);
    let header = Header {
        format: "llm-data-vault/bundle",
        version: 1,
        origin,
        first,
        last,
    };
    let header = serde_json::to_string(&header).map_err(|error| Unbundled::Compress(error.into()))? + "\n";
    let mut bytes = compress(header.as_bytes())?;
    let mut blocks = Vec::new();
    let mut rest = events;
    while let Some(begin) = rest.first() {
        let mut lines = Vec::with_capacity(BLOCK_BYTES);
        let mut tenants = BTreeMap::new();
        let mut count = 0;
        while let Some(event) = rest.get(count) {
            if count == MAX_BLOCK_EVENTS || lines.len() >= BLOCK_BYTES {
                break;
            }
            let before = lines.len();
            let written = line::write(event, &mut lines);
            if written.is_none() || lines.len() - before > MAX_LINE_BYTES {
                return Err(Unbundled::Event(event.position));
            }
            tenants.insert(event.tenant_id.as_uuid(), event.position);
            count += 1;
        }
        let (block, others) = rest.split_at(count);
        let end = block.last().unwrap_or(begin);
        let frame = compress(&lines)?;
        blocks.push(Block {
            first: begin.position,
            last: end.position,
            offset: bytes.len(),
            size: frame.len(),
            sha256: Sha256::digest(&frame).into(),
            first_recorded_at: begin.recorded_at,
            last_recorded_at: end.recorded_at,
            tenants,
        });
        bytes.extend_from_slice(&frame);
        rest = others;
    }
    let sha256 = Sha256::digest(&bytes).into();
    Ok(Bundle {
        first,
        last,
        bytes,
        sha256,
        blocks,
    })
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>, Unbundled> {
    zstd::bulk::compress(bytes, COMPRESSION_LEVEL).map_err(Unbundled::Compress)
}

/// The events of a stored block; `None` when it is not the one with this hash, or does not hold these positions.
pub(super) fn open(stored: &[u8], sha256: &[u8], first: u64, last: u64) -> Option<Vec<StoredEvent>> {
    if Sha256::digest(stored).as_slice() != sha256 {
        return None;
    }
    decode(stored, first, last)
}

fn decode(stored: &[u8], first: u64, last: u64) -> Option<Vec<StoredEvent>> {
    // what would grow beyond the limit is an error, however small it is stored
    let lines = zstd::bulk::decompress(stored, MAX_OPEN_BLOCK_BYTES).ok()?;
    let mut events = Vec::new();
    for (line, position) in lines.split_inclusive(|byte| *byte == b'\n').zip(first..) {
        events.push(line::read(line).filter(|event| event.position == position)?);
    }
    (events.last()?.position == last).then_some(events)
}

/// Whose events these are alone.
pub(super) fn of_tenant(events: &[StoredEvent], tenant: TenantId) -> impl Iterator<Item = &StoredEvent> {
    events.iter().filter(move |event| event.tenant_id == tenant)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use vault_domain::EventId;

    use super::*;

    fn event(position: u64, payload: String) -> StoredEvent {
        let mut event = StoredEvent {
            position,
            tenant_position: position / 2 + 1,
            event_id: EventId::from_uuid(uuid::Uuid::from_u128(position.into())),
            tenant_id: TenantId::from_uuid(uuid::Uuid::from_u128(u128::from(position % 3))),
            aggregate_type: "dataset".to_owned(),
            aggregate_id: uuid::Uuid::from_u128(u128::from(position % 7)).to_string(),
            sequence: position,
            event_type: "dataset.created".to_owned(),
            event_version: "1".to_owned(),
            payload,
            metadata: r#"{"a":1}"#.to_owned(),
            recorded_at: DateTime::from_timestamp_micros(1_780_000_000_000_001 + position.cast_signed())
                .expect("in range"),
            event_hash: Vec::new(),
        };
        event.event_hash = event.computed_hash().to_vec();
        event
    }

    fn opened(bundle: &Bundle) -> Vec<StoredEvent> {
        let block = |block: &Block| {
            let stored = &bundle.bytes[block.offset..block.offset + block.size];
            open(stored, &block.sha256, block.first, block.last).expect("opens")
        };
        bundle.blocks.iter().flat_map(block).collect()
    }

    fn encoded(events: &[StoredEvent]) -> Bundle {
        encode("example.com/log", events).unwrap_or_else(|_| panic!("encodes"))
    }

    #[test]
    fn a_bundle_is_json_lines_with_a_header() {
        let bundle = encoded(&[event(7, "{}".to_owned())]);
        let text = zstd::stream::decode_all(bundle.bytes.as_slice()).expect("zstd");
        let text = String::from_utf8(text).expect("UTF-8");
        let mut lines = text.lines();
        assert_eq!(
            lines.next(),
            Some(
                r#"{"format":"llm-data-vault/bundle","version":1,"origin":"example.com/log","first":7,"last":7}"#
            )
        );
        assert!(
            lines.next().is_some_and(|line| line.starts_with(
                r#"{"position":7,"tenant_position":4,"event_id":"00000000-0000-0000-0000-000000000007","type":"dataset.created","version":1,"stream":"dataset/00000000-0000-0000-0000-000000000000","sequence":7,"#
            )),
            "{text}"
        );
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn large_events_get_blocks_of_their_own_and_too_large_ones_none() {
        let large = |position| event(position, format!(r#""{}""#, "x".repeat(700_000)));
        let events: Vec<_> = (1..=5).map(large).collect();
        let bundle = encoded(&events);
        assert_eq!(bundle.blocks.len(), 3);
        assert_eq!(opened(&bundle), events);
        let too_large = event(3, format!(r#""{}""#, "x".repeat(MAX_LINE_BYTES)));
        assert!(matches!(encode("a", &[too_large]), Err(Unbundled::Event(3))));
    }

    #[test]
    fn what_is_no_json_or_has_no_number_as_version_is_not_bundled() {
        let mut other = event(3, "{}".to_owned());
        other.event_version = "one".to_owned();
        for event in [event(3, "{".to_owned()), other] {
            assert!(matches!(encode("a", &[event]), Err(Unbundled::Event(3))));
        }
    }

    #[test]
    fn a_block_that_grows_without_end_is_refused() {
        let bomb = compress(&vec![b'\n'; 64 * 1024 * 1024]).unwrap_or_default();
        assert!(bomb.len() < 16 * 1024);
        assert!(open(&bomb, &Sha256::digest(&bomb), 1, 1).is_none());
    }

    proptest! {
        #[test]
        fn what_is_bundled_is_read_back(payloads in proptest::collection::vec("[ -~äß😀]{0,200}", 1..600), first in 1_u64..1_000_000) {
            let events: Vec<_> = payloads
                .iter()
                .zip(first..)
                .map(|(text, position)| event(position, serde_json::to_string(text).expect("JSON")))
                .collect();
            let bundle = encoded(&events);
            prop_assert_eq!(opened(&bundle), events);
        }

        #[test]
        fn no_bytes_make_it_panic(stored: Vec<u8>, lines: Vec<u8>) {
            let _ = decode(&stored, 1, 1);
            let _ = decode(&compress(&lines).unwrap_or_default(), 1, 1);
        }

        #[test]
        fn any_changed_byte_is_seen(at in 0_usize..10_000, bit in 0_u8..8) {
            let bundle = encoded(&(1..100).map(|position| event(position, "{}".to_owned())).collect::<Vec<_>>());
            let block = &bundle.blocks[0];
            let mut stored = bundle.bytes[block.offset..block.offset + block.size].to_vec();
            let at = at % stored.len();
            stored[at] ^= 1 << bit;
            prop_assert!(open(&stored, &block.sha256, block.first, block.last).is_none());
        }
    }
}
