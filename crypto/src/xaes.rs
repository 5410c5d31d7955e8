//! XAES-256-GCM as specified by C2SP: AES-256-GCM under a key derived from the first half of a 24-byte nonce.
//!
//! With 192 random nonce bits one key may seal any number of objects. The derivation costs two AES blocks, an AES key
//! schedule and a GHASH key; what depends on the key alone is computed once, in [`Xaes256Gcm::new`].

use aes::{
    Aes256Enc, Block,
    cipher::{BlockCipherEncrypt, KeyInit, consts::U12},
};
use aes_gcm::{AeadInOut, AesGcm};
use zeroize::{Zeroize, Zeroizing};

use crate::secret::SecretKey;

/// The length of a nonce.
pub const NONCE_SIZE_BYTES: usize = 24;

/// The length of an authentication tag.
pub const TAG_SIZE_BYTES: usize = 16;

/// Half a nonce: the first goes into the derived key, the second is the nonce of AES-GCM.
pub(crate) type HalfNonce = [u8; NONCE_SIZE_BYTES / 2];

/// AES-256-GCM without the key schedule of AES decryption, which GCM never uses.
type Gcm = AesGcm<Aes256Enc, U12>;

/// More plaintext or associated data than AES-GCM can take (64 GiB and 2 EiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too long for AES-GCM")]
pub struct TooLong;

/// The ciphertext, its tag, its nonce, its associated data or the key is not the one it was sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ciphertext is not authentic")]
pub struct NotAuthentic;

/// The cipher for one key. Its key schedule is wiped on drop.
///
/// Prefer [`DataKey`](crate::DataKey), which chooses nonces and binds the context.
pub struct Xaes256Gcm {
    cipher: Aes256Enc,
    /// The CMAC subkey K1.
    subkey: Zeroizing<[u8; 16]>,
}

impl Xaes256Gcm {
    /// Computes the key schedule and the CMAC subkey.
    #[must_use]
    pub fn new(key: &SecretKey) -> Self {
        let cipher = Aes256Enc::new(key.expose().into());
        let mut block = Block::default();
        cipher.encrypt_block(&mut block);
        let subkey = Zeroizing::new(double(block.into()));
        block.as_mut_slice().zeroize();
        Self { cipher, subkey }
    }

    /// Encrypts the buffer in place and returns the tag. A nonce must never be used twice.
    ///
    /// # Errors
    /// When the buffer or the associated data is too long.
    pub fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_SIZE_BYTES],
        associated_data: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_SIZE_BYTES], TooLong> {
        let (first, second) = split(nonce);
        self.derive(&first)
            .seal_in_place(&second, associated_data, buffer)
    }

    /// Checks the tag and, only if it holds, decrypts the buffer in place.
    ///
    /// # Errors
    /// When the tag does not hold; the buffer is then unchanged.
    pub fn open_in_place(
        &self,
        nonce: &[u8; NONCE_SIZE_BYTES],
        associated_data: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_SIZE_BYTES],
    ) -> Result<(), NotAuthentic> {
        let (first, second) = split(nonce);
        let Derived(gcm) = self.derive(&first);
        gcm.decrypt_inout_detached((&second).into(), associated_data, buffer.into(), tag.into())
            .map_err(|_| NotAuthentic)
    }

    /// The cipher for all nonces with this first half: the counter KDF of SP 800-108 over CMAC.
    pub(crate) fn derive(&self, first: &HalfNonce) -> Derived {
        let mut key = Zeroizing::new([0; 32]);
        for (counter, half) in (1..).zip(key.chunks_exact_mut(16)) {
            // The message is one whole block, so that its CMAC is one encryption.
            let mut block = Block::default();
            block[..4].copy_from_slice(&[0, counter, b'X', 0]);
            block[4..].copy_from_slice(first);
            for (byte, mask) in block.iter_mut().zip(self.subkey.iter()) {
                *byte ^= mask;
            }
            self.cipher.encrypt_block(&mut block);
            half.copy_from_slice(&block);
            block.as_mut_slice().zeroize();
        }
        let key: &[u8; 32] = &key;
        Derived(Gcm::new(key.into()))
    }
}

/// AES-256-GCM under a derived key, wiped on drop.
pub(crate) struct Derived(Gcm);

impl Derived {
    /// As [`Xaes256Gcm::seal_in_place`], with the second half of the nonce.
    pub(crate) fn seal_in_place(
        &self,
        second: &HalfNonce,
        associated_data: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_SIZE_BYTES], TooLong> {
        let tag = self
            .0
            .encrypt_inout_detached(second.into(), associated_data, buffer.into());
        tag.map(Into::into).map_err(|_| TooLong)
    }
}

/// Doubles in GF(2^128), as CMAC does for its subkeys, without branching on secret bits.
fn double(block: [u8; 16]) -> [u8; 16] {
    let value = u128::from_be_bytes(block);
    let reduction = (value >> 127) * 0b1000_0111;
    ((value << 1) ^ reduction).to_be_bytes()
}

pub(crate) fn split(nonce: &[u8; NONCE_SIZE_BYTES]) -> (HalfNonce, HalfNonce) {
    const HALF: usize = NONCE_SIZE_BYTES / 2;
    (
        std::array::from_fn(|index| nonce[index]),
        std::array::from_fn(|index| nonce[HALF + index]),
    )
}

#[cfg(test)]
mod tests;
