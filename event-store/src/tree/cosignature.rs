//! What witnesses sign (C2SP tlog-cosignature): that a head is of the largest tree of the log that they have seen, and
//! continues the ones that they saw before.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature as Ed25519Signature, Verifier as _, VerifyingKey};
use signed_note::{Note, Signature};

/// Kinds of keys by C2SP signed-note: Ed25519, and Ed25519 with a timestamp.
const ED25519: u8 = 1;
const TIMESTAMPED_ED25519: u8 = 4;
const TIMESTAMP_BYTES: usize = 8;
/// The most witnesses that are asked or trusted.
pub const MAX_WITNESSES: usize = 16;

/// The public key of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

/// A text that is no public key of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a witness's public key is <name>+<id>+<Base64 of 04 or 01 and the Ed25519 key>")]
pub struct InvalidWitnessKey;

impl WitnessKey {
    /// Reads a key as C2SP signed-note writes it. That of a plain Ed25519 signer is taken for the witness's too.
    ///
    /// # Errors
    /// When it is malformed, of another kind, or its id is another key's.
    pub fn parse(text: &str) -> Result<Self, InvalidWitnessKey> {
        let (name, rest) = text.split_once('+').ok_or(InvalidWitnessKey)?;
        let (id, key) = rest.split_once('+').ok_or(InvalidWitnessKey)?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| InvalidWitnessKey)?;
        let written = format!("{:08x}", signed_note::key_id(name, &key));
        let Some((&(ED25519 | TIMESTAMPED_ED25519), bytes)) = key.split_first() else {
            return Err(InvalidWitnessKey);
        };
        if !signed_note::is_key_name_valid(name) || written != id {
            return Err(InvalidWitnessKey);
        }
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| InvalidWitnessKey)?;
        Ok(Self {
            name: name.to_owned(),
            id: signed_note::key_id(name, &[&[TIMESTAMPED_ED25519], bytes.as_slice()].concat()),
            key: VerifyingKey::from_bytes(bytes).map_err(|_| InvalidWitnessKey)?,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name and key id, as its signatures bear them.
    #[must_use]
    pub fn signature_name(&self) -> String {
        format!("{}+{:08x}", self.name, self.id)
    }

    /// The line by which this witness cosigned the note of `checkpoint`, if it is among `lines`, and when that was.
    #[must_use]
    pub fn find(&self, checkpoint: &str, lines: &str) -> Option<(String, DateTime<Utc>)> {
        let note = Note::from_bytes(checkpoint.as_bytes()).ok()?;
        self.find_in(note.text(), lines)
    }

    fn find_in(&self, text: &[u8], lines: &str) -> Option<(String, DateTime<Utc>)> {
        lines.lines().find_map(|line| {
            let signature = Signature::from_bytes(line.as_bytes()).ok()?;
            let time = self.verify(text, &signature)?;
            Some((format!("{line}\n"), time))
        })
    }

    /// When the signature was made, if it is this witness's.
    fn verify(&self, text: &[u8], signature: &Signature) -> Option<DateTime<Utc>> {
        if signature.name() != self.name || signature.id() != self.id {
            return None;
        }
        let (time, bytes) = signature.signature().split_first_chunk::<TIMESTAMP_BYTES>()?;
        let time = u64::from_be_bytes(*time);
        let mut message = format!("cosignature/v1\ntime {time}\n").into_bytes();
        message.extend_from_slice(text);
        let signature = Ed25519Signature::from_slice(bytes).ok()?;
        self.key.verify(&message, &signature).ok()?;
        DateTime::from_timestamp(i64::try_from(time).ok()?, 0)
    }
}

/// Which witnesses are trusted, and how many of them must have cosigned a head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WitnessPolicy {
    witnesses: Vec<WitnessKey>,
    required: usize,
}

/// Witnesses that cannot be trusted so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// Two have one key, and would be counted twice.
    #[error("two witnesses have one key")]
    OneKeyTwice,
    /// More than [`MAX_WITNESSES`].
    #[error("there are more than {MAX_WITNESSES} witnesses")]
    TooMany,
    /// More cosignatures are required than there are witnesses.
    #[error("{required} cosignatures are required, of {witnesses} witnesses")]
    Unreachable {
        /// How many are required.
        required: usize,
        /// How many witnesses there are.
        witnesses: usize,
    },
}

impl WitnessPolicy {
    /// Requires `required` cosignatures of these witnesses.
    ///
    /// # Errors
    /// [`InvalidPolicy`].
    pub fn new(witnesses: Vec<WitnessKey>, required: usize) -> Result<Self, InvalidPolicy> {
        let keys: BTreeSet<_> = witnesses.iter().map(|witness| witness.key.to_bytes()).collect();
        if witnesses.len() > MAX_WITNESSES {
            return Err(InvalidPolicy::TooMany);
        }
        if keys.len() < witnesses.len() {
            return Err(InvalidPolicy::OneKeyTwice);
        }
        if required > witnesses.len() {
            return Err(InvalidPolicy::Unreachable {
                required,
                witnesses: witnesses.len(),
            });
        }
        Ok(Self { witnesses, required })
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[WitnessKey] {
        &self.witnesses
    }

    /// How many of them must have cosigned.
    #[must_use]
    pub const fn required(&self) -> usize {
        self.required
    }

    /// How many of the witnesses cosigned this checkpoint.
    #[must_use]
    pub fn count(&self, checkpoint: &str) -> usize {
        self.times(checkpoint).len()
    }

    /// Since when so many of the witnesses have cosigned this checkpoint.
    #[must_use]
    pub fn cosigned_at(&self, checkpoint: &str, count: usize) -> Option<DateTime<Utc>> {
        let mut times = self.times(checkpoint);
        times.sort_unstable();
        times.get(count.checked_sub(1)?).copied()
    }

    /// When each of those witnesses cosigned that did.
    fn times(&self, checkpoint: &str) -> Vec<DateTime<Utc>> {
        let Ok(note) = Note::from_bytes(checkpoint.as_bytes()) else {
            return Vec::new();
        };
        let lines = checkpoint.get(note.text().len()..).unwrap_or_default();
        let cosigned = |witness: &WitnessKey| Some(witness.find_in(note.text(), lines)?.1);
        self.witnesses.iter().filter_map(cosigned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP tlog-cosignature is not signed by a key that is published, so a witness of our own signs.
    fn cosign(seed: u8, name: &str, text: &str, time: u64) -> (String, String) {
        use ed25519_dalek::{Signer as _, SigningKey};
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = [&[TIMESTAMPED_ED25519], key.verifying_key().as_bytes().as_slice()].concat();
        let id = signed_note::key_id(name, &public);
        let signed = key.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
        let bytes = [time.to_be_bytes().as_slice(), &signed.to_bytes()].concat();
        let line = Signature::new(name.to_owned(), id, bytes)
            .expect("a name")
            .to_bytes();
        (
            format!("{name}+{id:08x}+{}", BASE64_STANDARD.encode(public)),
            String::from_utf8(line).expect("UTF-8"),
        )
    }

    const TEXT: &str = "example.com/log\n7\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
    const OWN: &str = "\u{2014} example.com/log AAAAAAAAAAA=\n";

    #[test]
    fn a_cosignature_counts_for_its_witness_and_its_checkpoint_alone() {
        let (one, line) = cosign(1, "witness.example/one", TEXT, 1_700_000_000);
        let (two, other_line) = cosign(2, "witness.example/two", TEXT, 1_700_000_001);
        let key = WitnessKey::parse(&one).expect("a key");
        let note = format!("{TEXT}\n{OWN}");
        let found = key.find(&note, &format!("{other_line}{line}"));
        assert_eq!(found.as_ref().map(|(found, _)| found), Some(&line));
        assert_eq!(found.map(|(_, time)| time.timestamp()), Some(1_700_000_000));
        assert!(key.find(&note.replace("\n7\n", "\n8\n"), &line).is_none());
        assert!(key.find(&note, &other_line).is_none());

        let keys = [&one, &two].map(|key| WitnessKey::parse(key).expect("a key"));
        let policy = WitnessPolicy::new(keys.to_vec(), 2).expect("a policy");
        for (lines, count) in [
            ("", 0),
            (line.as_str(), 1),
            (&format!("{line}{other_line}{line}"), 2),
        ] {
            assert_eq!(policy.count(&format!("{note}{lines}")), count);
        }
    }

    #[test]
    fn keys_of_other_kinds_and_policies_that_cannot_hold_are_refused() {
        let (good, _) = cosign(1, "w", TEXT, 1);
        let key = WitnessKey::parse(&good).expect("a key");
        for bad in [
            "",
            "w",
            "w+00000000+AAAA",
            &good.replace("w+", "v+"),
            &good.replace('+', " "),
        ] {
            assert_eq!(WitnessKey::parse(bad), Err(InvalidWitnessKey), "{bad}");
        }
        let twice = WitnessPolicy::new(vec![key.clone(), key.clone()], 1);
        assert_eq!(twice, Err(InvalidPolicy::OneKeyTwice));
        let unreachable = WitnessPolicy::new(vec![key], 2);
        assert!(matches!(unreachable, Err(InvalidPolicy::Unreachable { .. })));
    }
}
