//! Nonces for sealing: runs of consecutive ones, each run from a random start.
//!
//! Drawing a nonce from the operating system and deriving its key takes as long as encrypting 1 KB. A run shares the
//! first half, and with it the derived cipher, and counts up the second. Its start has 192 random bits, so runs
//! meet no sooner than single random nonces would. What a run cannot stand is a memory image resumed twice, as by
//! cloning a running virtual machine: both clones would finish the run with equal nonces.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    secret::{RandomError, fill_random},
    xaes::{Derived, HalfNonce, NONCE_SIZE_BYTES, Xaes256Gcm, split},
};

/// How many nonces a run has: enough that its start costs little, few enough that a derived key stays short-lived.
const RUN_LENGTH: u32 = 256;

/// A nonce that is given out once, with the cipher derived from its first half.
pub(crate) struct FreshNonce {
    pub(crate) cipher: Arc<Derived>,
    pub(crate) first: HalfNonce,
    pub(crate) second: HalfNonce,
}

#[derive(Default)]
pub(crate) struct Nonces(Mutex<Option<Run>>);

struct Run {
    cipher: Arc<Derived>,
    first: HalfNonce,
    second: HalfNonce,
    left: u32,
}

impl Nonces {
    /// The next nonce under a key; each key has a source of its own.
    pub(crate) fn next(&self, key: &Xaes256Gcm) -> Result<FreshNonce, RandomError> {
        // A panic elsewhere cannot leave a run half moved on: nothing below panics once a nonce is chosen.
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nonce) = current.as_mut().and_then(Run::next) {
            return Ok(nonce);
        }
        let (first, second) = random_start()?;
        let cipher = Arc::new(key.derive(&first));
        *current = Some(Run {
            cipher: Arc::clone(&cipher),
            first,
            second,
            left: RUN_LENGTH - 1,
        });
        Ok(FreshNonce {
            cipher,
            first,
            second,
        })
    }
}

impl Run {
    fn next(&mut self) -> Option<FreshNonce> {
        self.left = self.left.checked_sub(1)?;
        self.second = successor(self.second);
        let Self { first, second, .. } = *self;
        Some(FreshNonce {
            cipher: Arc::clone(&self.cipher),
            first,
            second,
        })
    }
}

fn random_start() -> Result<(HalfNonce, HalfNonce), RandomError> {
    let mut nonce = [0; NONCE_SIZE_BYTES];
    fill_random(&mut nonce)?;
    Ok(split(&nonce))
}

/// Adds one, starting over after the greatest.
fn successor(mut half: HalfNonce) -> HalfNonce {
    for byte in half.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    half
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::secret::SecretKey;

    #[test]
    fn a_run_shares_its_first_half_and_the_next_run_has_another() {
        let key = Xaes256Gcm::new(&SecretKey::take(&mut [7; 32]));
        let nonces = Nonces::default();
        let drawn: Vec<_> = (0..3 * RUN_LENGTH)
            .map(|_| nonces.next(&key).expect("randomness"))
            .collect();
        let whole: HashSet<_> = drawn.iter().map(|nonce| (nonce.first, nonce.second)).collect();
        assert_eq!(whole.len(), drawn.len(), "no nonce comes twice");
        let firsts: HashSet<_> = drawn.iter().map(|nonce| nonce.first).collect();
        assert_eq!(firsts.len(), 3);
        let last = &drawn[RUN_LENGTH as usize - 1];
        assert_eq!(last.first, drawn[0].first);
    }

    #[test]
    fn threads_never_share_a_nonce() {
        let key = Xaes256Gcm::new(&SecretKey::take(&mut [7; 32]));
        let nonces = Nonces::default();
        let draw = || {
            (0..2_000)
                .map(|_| nonces.next(&key).expect("randomness"))
                .collect::<Vec<_>>()
        };
        let drawn = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("joined"))
                .collect::<Vec<_>>()
        });
        let whole: HashSet<_> = drawn.iter().map(|nonce| (nonce.first, nonce.second)).collect();
        assert_eq!(whole.len(), 8_000);
    }

    #[test]
    fn counting_carries_and_starts_over() {
        assert_eq!(successor([0; 12]), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(
            successor([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255]),
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0]
        );
        assert_eq!(successor([255; 12]), [0; 12]);
    }
}
