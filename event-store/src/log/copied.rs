//! Rows as binary COPY gives them out.

use chrono::DateTime;
use uuid::Uuid;
use vault_domain::{EventId, TenantId};

use super::StoredEvent;

/// What the first message begins with: a signature, flags and the length of an extension that does not exist.
const HEADER_BYTES: usize = 19;
/// Microseconds from 1970 to 2000, where Postgres begins to count.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// The event of one message, `None` for a message without a row.
pub(super) fn copied_event(message: &[u8], is_first: bool) -> Result<Option<StoredEvent>, sqlx::Error> {
    let header_bytes = if is_first { HEADER_BYTES } else { 0 };
    let mut fields = Fields(message.get(header_bytes..).ok_or_else(cut_short)?);
    if fields.0.is_empty() {
        return Ok(None);
    }
    let count = i16::from_be_bytes(fields.array()?);
    if count == -1 {
        return Ok(None);
    }
    Ok(Some(StoredEvent {
        position: fields.number()?,
        tenant_position: fields.number()?,
        event_id: EventId::from_uuid(fields.uuid()?),
        tenant_id: TenantId::from_uuid(fields.uuid()?),
        aggregate_type: fields.text()?,
        aggregate_id: fields.text()?,
        sequence: fields.number()?,
        event_type: fields.text()?,
        event_version: fields.text()?,
        payload: fields.text()?,
        metadata: fields.text()?,
        recorded_at: fields
            .signed()?
            .checked_add(POSTGRES_EPOCH_US)
            .and_then(DateTime::from_timestamp_micros)
            .ok_or_else(cut_short)?,
        event_hash: fields.bytes()?.to_vec(),
    }))
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], sqlx::Error> {
        let (array, rest) = self.0.split_first_chunk().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self) -> Result<&'a [u8], sqlx::Error> {
        // no column of the log is null, which would be -1
        let length = usize::try_from(i32::from_be_bytes(self.array()?)).map_err(|_| cut_short())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<String, sqlx::Error> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn signed(&mut self) -> Result<i64, sqlx::Error> {
        Ok(i64::from_be_bytes(
            self.bytes()?.try_into().map_err(|_| cut_short())?,
        ))
    }

    fn number(&mut self) -> Result<u64, sqlx::Error> {
        Ok(self.signed()?.unsigned_abs())
    }

    fn uuid(&mut self) -> Result<Uuid, sqlx::Error> {
        Uuid::from_slice(self.bytes()?).map_err(|_| cut_short())
    }
}

fn cut_short() -> sqlx::Error {
    sqlx::Error::Protocol("a row of the log does not have its columns".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_without_a_row_holds_no_event() {
        assert!(copied_event(&[0; HEADER_BYTES], true).is_ok_and(|event| event.is_none()));
        assert!(copied_event(&(-1_i16).to_be_bytes(), false).is_ok_and(|event| event.is_none()));
    }

    #[test]
    fn a_null_and_a_short_row_are_errors() {
        let mut null = 13_i16.to_be_bytes().to_vec();
        null.extend((-1_i32).to_be_bytes());
        assert!(copied_event(&null, false).is_err());
        assert!(copied_event(&null[..2], false).is_err());
        assert!(copied_event(&[0; 3], true).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(message: Vec<u8>, is_first: bool) {
            let _ = copied_event(&message, is_first);
        }
    }
}
