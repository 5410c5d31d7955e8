//! Compares sealing 1 KB and 1 MB in the vault's envelope with the raw `aes-gcm` crate, in one run on one core.
//!
//! `cargo run --release -p vault-crypto --example throughput`
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::{error::Error, hint::black_box, time::Instant};

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use uuid::Uuid;
use vault_crypto::{DataKey, Label, Scope, SealContext, SecretKey};
use vault_domain::{KeyId, TenantId};

/// Rounds alternate between the two, so that a busy moment of the machine hits both; the best of each counts.
const ROUNDS: usize = 15;
const ROUND_BYTES: usize = 64 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let secret = SecretKey::generate()?;
    let key = DataKey::new(KeyId::from_uuid(Uuid::nil()), &secret);
    let context = SealContext {
        tenant: TenantId::from_uuid(Uuid::nil()),
        scope: Scope::Tenant,
        label: Label::Field("throughput"),
    };
    let raw = Aes256Gcm::new(secret.expose().into());
    for (name, size_bytes) in [("1 KB", 1 << 10), ("1 MB", 1 << 20)] {
        let plaintext = vec![7; size_bytes];
        let mut best = [0.0_f64; 3];
        for _ in 0..ROUNDS {
            best[0] = best[0].max(measure(size_bytes, |count| raw_seal(&raw, &plaintext, count))?);
            best[1] = best[1].max(measure(size_bytes, |_| key.seal(&context, &plaintext))?);
            let sealed = key.seal(&context, &plaintext)?;
            best[2] = best[2].max(measure(size_bytes, |_| key.open(&context, &sealed))?);
        }
        let [raw, seal, open] = best;
        println!(
            "{name}: aes-gcm {raw:.0} MB/s, seal {seal:.0} MB/s ({:.2} x), open {open:.0} MB/s",
            seal / raw
        );
    }
    Ok(())
}

/// The raw crate doing the same work: a new buffer, the plaintext copied, a counter as the nonce.
fn raw_seal(cipher: &Aes256Gcm, plaintext: &[u8], count: u32) -> Result<Vec<u8>, aes_gcm::Error> {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&count.to_be_bytes());
    let mut buffer = Vec::with_capacity(plaintext.len() + 16);
    buffer.extend_from_slice(plaintext);
    let tag = cipher.encrypt_inout_detached((&nonce).into(), b"", buffer.as_mut_slice().into())?;
    buffer.extend_from_slice(&tag);
    Ok(buffer)
}

/// Megabytes (10^6) a second.
fn measure<T, E>(size_bytes: usize, mut work: impl FnMut(u32) -> Result<T, E>) -> Result<f64, E> {
    let count = u32::try_from(ROUND_BYTES / size_bytes).unwrap_or(u32::MAX);
    let start = Instant::now();
    for index in 0..count {
        black_box(work(index)?);
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(f64::from(count) * f64::from(u32::try_from(size_bytes).unwrap_or(u32::MAX)) / seconds / 1e6)
}
