//! Encrypted contents, by address.

use std::collections::HashMap;

use uuid::Uuid;
use vault_domain::{DatasetId, KeyedHash};

use crate::database::TenantTransaction;

/// Reads encrypted contents.
#[derive(Debug, Clone, Copy)]
pub struct Contents;

impl Contents {
    /// The envelopes at these addresses of a dataset; an address that holds nothing is absent.
    ///
    /// # Errors
    /// When reading fails.
    pub async fn load(
        transaction: &mut TenantTransaction,
        dataset: DatasetId,
        addresses: &[KeyedHash],
    ) -> Result<HashMap<KeyedHash, Vec<u8>>, sqlx::Error> {
        let wanted: Vec<&[u8]> = addresses
            .iter()
            .map(|address| address.as_bytes().as_slice())
            .collect();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "SELECT address, ciphertext FROM record_contents WHERE dataset_id = $1 AND address = ANY($2)",
        )
        .bind::<Uuid>(dataset.as_uuid())
        .bind(wanted)
        .fetch_all(&mut **transaction)
        .await?;
        let row = |(address, ciphertext): (Vec<u8>, Vec<u8>)| {
            Some((KeyedHash::from_bytes(address.try_into().ok()?), ciphertext))
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }
}
