//! Signed heads: of the tree (C2SP tlog-checkpoint) and of a tenant's part of it, as signed notes (C2SP signed-note).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use signed_note::{Note, Signer, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash};
use vault_domain::TenantId;

use super::TreeHash;

/// What a key's name and a signature are prefixed with: Ed25519 by C2SP signed-note.
const ED25519: u8 = 1;

/// How large a tree is, and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves it has.
    pub size: u64,
    /// Its root hash.
    pub root: TreeHash,
}

/// How many events a tenant has in a tree. As its `tenant_position`s have no gap, a tenant's auditor who was given fewer
/// events sees that some were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantHead {
    /// The tenant.
    pub tenant: TenantId,
    /// How many events it has.
    pub count: u64,
    /// The hash of its last event; zeros while there is none.
    pub last_event_hash: TreeHash,
    /// The size of the tree that was counted in.
    pub tree_size: u64,
}

/// A log's name that cannot stand in a signed note: empty, or with spaces or a plus sign.
#[derive(Debug, thiserror::Error)]
#[error("the log's name is empty, or holds spaces or a plus sign")]
pub struct InvalidName;

/// Signs heads in the name of a log.
pub struct HeadSigner {
    origin: String,
    key: SigningKey,
}

impl HeadSigner {
    /// Signs as `origin` with the Ed25519 key of this seed.
    ///
    /// # Errors
    /// When the name cannot stand in a note.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<Self, InvalidName> {
        if !signed_note::is_key_name_valid(origin) {
            return Err(InvalidName);
        }
        Ok(Self {
            origin: origin.to_owned(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// The name that it signs under.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public key, as C2SP signed-note writes it: `<name>+<id>+<key>`.
    #[must_use]
    pub fn verifier(&self) -> String {
        signed_note::new_ed25519_verifier_key(&self.origin, &self.key.verifying_key())
    }

    /// The signed checkpoint of a tree.
    ///
    /// # Errors
    /// When it cannot be written as a note.
    pub fn checkpoint(&self, head: TreeHead) -> Result<String, InvalidNote> {
        let text = Checkpoint::new(&self.origin, head.size, Hash(head.root), "").map_err(|_| InvalidNote)?;
        self.sign(&text.to_bytes())
    }

    /// The signed head of a tenant: name of the log and tenant, count, last hash, size of the tree, a line each.
    ///
    /// # Errors
    /// When it cannot be written as a note.
    pub fn tenant_head(&self, head: TenantHead) -> Result<String, InvalidNote> {
        let TenantHead {
            tenant,
            count,
            tree_size,
            ..
        } = head;
        let hash = BASE64_STANDARD.encode(head.last_event_hash);
        let text = format!("{}/tenant/{tenant}\n{count}\n{hash}\n{tree_size}\n", self.origin);
        self.sign(text.as_bytes())
    }

    fn sign(&self, text: &[u8]) -> Result<String, InvalidNote> {
        let mut note = Note::new(text, &[]).map_err(|_| InvalidNote)?;
        note.add_sigs(&[self]).map_err(|_| InvalidNote)?;
        String::from_utf8(note.to_bytes()).map_err(|_| InvalidNote)
    }
}

impl Signer for HeadSigner {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        let mut key = vec![ED25519];
        key.extend(self.key.verifying_key().to_bytes());
        signed_note::key_id(&self.origin, &key)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ed25519_dalek::SignatureError> {
        Ok(self.key.try_sign(message)?.to_vec())
    }
}

/// A note that is malformed, or was not signed by a key that is known.
#[derive(Debug, thiserror::Error)]
#[error("the note is malformed, or not signed by a known key of the log")]
pub struct InvalidNote;

/// Checks what [`HeadSigner`] signed, with nothing but public keys.
pub struct HeadVerifier {
    origin: String,
    keys: Vec<StandardVerifier>,
}

impl HeadVerifier {
    /// Trusts these public keys of one log, each as `<name>+<id>+<key>`.
    ///
    /// # Errors
    /// When there is none, one is malformed, or they name different logs.
    pub fn new(verifiers: &[impl AsRef<str>]) -> Result<Self, InvalidNote> {
        let keys: Result<Vec<_>, _> = verifiers
            .iter()
            .map(|verifier| StandardVerifier::new(verifier.as_ref()))
            .collect();
        let keys = keys.map_err(|_| InvalidNote)?;
        let name = |key: &StandardVerifier| signed_note::Verifier::name(key).to_owned();
        let origin = keys.first().map(name).ok_or(InvalidNote)?;
        if keys.iter().any(|key| name(key) != origin) {
            return Err(InvalidNote);
        }
        Ok(Self { origin, keys })
    }

    /// The log whose keys it trusts.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The tree head of a signed checkpoint.
    ///
    /// # Errors
    /// When it is malformed, another log's, or not signed by a trusted key.
    pub fn checkpoint(&self, note: &str) -> Result<TreeHead, InvalidNote> {
        let checkpoint = Checkpoint::from_bytes(&self.text(note)?).map_err(|_| InvalidNote)?;
        if checkpoint.origin() != self.origin {
            return Err(InvalidNote);
        }
        Ok(TreeHead {
            size: checkpoint.size(),
            root: checkpoint.hash().0,
        })
    }

    /// The signed head of a tenant.
    ///
    /// # Errors
    /// When it is malformed, another log's, or not signed by a trusted key.
    pub fn tenant_head(&self, note: &str) -> Result<TenantHead, InvalidNote> {
        let text = String::from_utf8(self.text(note)?).map_err(|_| InvalidNote)?;
        self.read_tenant_head(&text).ok_or(InvalidNote)
    }

    fn read_tenant_head(&self, text: &str) -> Option<TenantHead> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let tenant = lines
            .next()?
            .strip_prefix(&self.origin)?
            .strip_prefix("/tenant/")?;
        let head = TenantHead {
            tenant: TenantId::from_uuid(tenant.parse().ok()?),
            count: lines.next()?.parse().ok()?,
            last_event_hash: BASE64_STANDARD.decode(lines.next()?).ok()?.try_into().ok()?,
            tree_size: lines.next()?.parse().ok()?,
        };
        lines.next().is_none().then_some(head)
    }

    /// The text of a note that a trusted key signed.
    fn text(&self, note: &str) -> Result<Vec<u8>, InvalidNote> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| InvalidNote)?;
        let known = VerifierList::new(
            self.keys
                .iter()
                .map(|key| Box::new(key.clone()) as Box<dyn signed_note::Verifier>)
                .collect(),
        );
        match note.verify(&known) {
            Ok((verified, _)) if !verified.is_empty() => Ok(note.text().to_vec()),
            _ => Err(InvalidNote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(seed: u8) -> HeadSigner {
        HeadSigner::new("example.com/log", &[seed; 32]).expect("a name")
    }

    const HEAD: TreeHead = TreeHead {
        size: 7,
        root: [9; 32],
    };

    #[test]
    fn what_was_signed_verifies_with_the_public_key_alone() {
        let note = signer(1).checkpoint(HEAD).expect("a note");
        assert!(note.starts_with("example.com/log\n7\nCQkJ"), "{note}");
        let verifier = HeadVerifier::new(&[signer(2).verifier(), signer(1).verifier()]).expect("keys");
        assert_eq!(verifier.checkpoint(&note).expect("signed"), HEAD);
    }

    #[test]
    fn what_was_changed_or_signed_by_others_is_refused() {
        let note = signer(1).checkpoint(HEAD).expect("a note");
        let verifier = HeadVerifier::new(&[signer(1).verifier()]).expect("keys");
        assert!(verifier.checkpoint(&note.replace("\n7\n", "\n8\n")).is_err());
        assert!(verifier.checkpoint("").is_err());
        assert!(
            verifier
                .checkpoint(&signer(2).checkpoint(HEAD).expect("a note"))
                .is_err()
        );
        let other = HeadSigner::new("example.com/other", &[1; 32]).expect("a name");
        assert!(
            verifier
                .checkpoint(&other.checkpoint(HEAD).expect("a note"))
                .is_err()
        );
        assert!(HeadVerifier::new(&[signer(1).verifier(), other.verifier()]).is_err());
        assert!(HeadVerifier::new(&[] as &[&str]).is_err());
        assert!(HeadSigner::new("a b", &[1; 32]).is_err());
    }

    #[test]
    fn a_tenant_head_is_no_checkpoint_and_the_other_way_round() {
        let head = TenantHead {
            tenant: TenantId::from_uuid(uuid::Uuid::from_u128(5)),
            count: 3,
            last_event_hash: [4; 32],
            tree_size: 7,
        };
        let verifier = HeadVerifier::new(&[signer(1).verifier()]).expect("keys");
        let note = signer(1).tenant_head(head).expect("a note");
        assert_eq!(verifier.tenant_head(&note).expect("signed"), head);
        assert!(verifier.checkpoint(&note).is_err());
        assert!(
            verifier
                .tenant_head(&signer(1).checkpoint(HEAD).expect("a note"))
                .is_err()
        );
    }
}
