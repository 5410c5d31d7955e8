//! Invitations: opaque, for choosing a password once, stored as hashes only.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How long an invitation is good: 3 days.
pub const INVITATION_LIFETIME_S: u32 = 3 * 24 * 3600;

const PREFIX: &str = "vin_";
const RANDOM_BYTES: usize = 32;
/// 32 bytes in base 64 without padding.
const ENCODED_CHARS: usize = 43;

/// An invitation as its holder has it.
pub struct Invitation(Zeroizing<[u8; RANDOM_BYTES]>);

/// The text is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an invitation")]
pub struct InvalidInvitation;

impl Invitation {
    /// Makes one of 32 bytes from a cryptographic random source.
    #[must_use]
    pub fn from_random(random: [u8; RANDOM_BYTES]) -> Self {
        Self(Zeroizing::new(random))
    }

    /// Reads one that a client sent.
    ///
    /// # Errors
    ///
    /// [`InvalidInvitation`] if the text was never made by [`Self::expose`].
    pub fn parse(text: &str) -> Result<Self, InvalidInvitation> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidInvitation)?;
        if encoded.len() != ENCODED_CHARS {
            return Err(InvalidInvitation);
        }
        let mut random = Zeroizing::new([0; RANDOM_BYTES]);
        URL_SAFE_NO_PAD
            .decode_slice(encoded, random.as_mut())
            .map_err(|_| InvalidInvitation)?;
        Ok(Self(random))
    }

    /// Its text, for the answer to whoever invites and for nothing else.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + ENCODED_CHARS));
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.0.as_ref(), &mut text);
        text
    }

    /// What is stored of it. It has 256 random bits, so that a plain hash cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_ref()).into()
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invitation([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_read_as_it_was_shown_and_nothing_else_is_one() {
        let invitation = Invitation::from_random([7; 32]);
        let text = invitation.expose();
        let read = Invitation::parse(&text).map(|read| read.hash());
        assert_eq!(read, Ok(invitation.hash()));
        assert!(!format!("{invitation:?}").contains(&text[4..]));
        let cut = &text[..text.len() - 1];
        for bad in [
            "",
            "vin_",
            cut,
            &format!("{}A", *text),
            &text.replace("vin_", "vrt_"),
        ] {
            assert_eq!(Invitation::parse(bad).err(), Some(InvalidInvitation), "{bad}");
        }
    }
}
