//! Signed heads: of the tree (C2SP tlog-checkpoint) and of a tenant's part of it, as signed notes (C2SP signed-note).

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use signed_note::{Note, Signature, Signer, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash};
use vault_domain::TenantId;

use super::{
    TreeHash,
    origin::{Origin, Restart},
};

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

/// Ends the first line of a certificate, so that none can be taken for a head.
const CERTIFICATE: &str = "/erasure-certificate/1";

/// Signs heads in the name of a log.
pub struct HeadSigner {
    origin: String,
    /// Lines that follow a checkpoint's root.
    extension: String,
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
            extension: String::new(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// Signs for an origin; its checkpoints say what it continues, if it continues another.
    ///
    /// # Errors
    /// When its name cannot stand in a note.
    pub fn of(origin: &Origin, seed: &[u8; 32]) -> Result<Self, InvalidName> {
        let mut signer = Self::new(&origin.name, seed)?;
        if let Some(continued) = &origin.continues {
            signer.extension = format!("continues {} {}\n", continued.name, continued.agreed.size);
        }
        Ok(signer)
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

    /// Name and key id, as its signatures bear them.
    #[must_use]
    pub fn signature_name(&self) -> String {
        format!("{}+{:08x}", self.origin, self.key_id())
    }

    /// The signed checkpoint of a tree.
    ///
    /// # Errors
    /// When it cannot be written as a note.
    pub fn checkpoint(&self, head: TreeHead) -> Result<String, InvalidNote> {
        let text = Checkpoint::new(&self.origin, head.size, Hash(head.root), &self.extension)
            .map_err(|_| InvalidNote)?;
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

    /// The statement that an origin continues another.
    ///
    /// # Errors
    /// When it cannot be written as a note.
    pub fn restart(&self, restart: &Restart) -> Result<String, InvalidNote> {
        self.sign(restart.to_text().as_bytes())
    }

    /// That the key with this public half follows this one from the tree of `head` on. Two signatures below one head would
    /// not say which key follows which.
    ///
    /// # Errors
    /// When it cannot be written as a note.
    pub fn handover(&self, next: &str, head: TreeHead) -> Result<String, InvalidNote> {
        let root = BASE64_STANDARD.encode(head.root);
        let text = format!("{}/key\n{next}\n{}\n{root}\n", self.origin, head.size);
        self.sign(text.as_bytes())
    }

    /// A signed certificate of an erasure: its name, and one line of JSON.
    ///
    /// # Errors
    /// When it cannot be written as a note.
    pub fn certificate(&self, json: &str) -> Result<String, InvalidNote> {
        self.sign(format!("{}{CERTIFICATE}\n{json}\n", self.origin).as_bytes())
    }

    /// The line that a note gets when this key signs it too.
    ///
    /// # Errors
    /// When it is no note.
    pub fn line(&self, note: &str) -> Result<String, InvalidNote> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| InvalidNote)?;
        let signature = Signer::sign(self, note.text()).map_err(|_| InvalidNote)?;
        let line = Signature::new(self.origin.clone(), self.key_id(), signature).map_err(|_| InvalidNote)?;
        String::from_utf8(line.to_bytes()).map_err(|_| InvalidNote)
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
        let keys = parsed(verifiers)?;
        let name = |key: &StandardVerifier| signed_note::Verifier::name(key).to_owned();
        let origin = keys.first().map(name).ok_or(InvalidNote)?;
        if keys.iter().any(|key| name(key) != origin) {
            return Err(InvalidNote);
        }
        Ok(Self { origin, keys })
    }

    /// Trusts these public keys, of any origins of the log that now has this one.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn across(origin: &str, verifiers: &[impl AsRef<str>]) -> Result<Self, InvalidNote> {
        Ok(Self {
            origin: origin.to_owned(),
            keys: parsed(verifiers)?,
        })
    }

    /// The origin whose keys it trusts; the newest, if it trusts those of several.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The tree head of a signed checkpoint.
    ///
    /// # Errors
    /// When it is malformed, another log's, or not signed by a trusted key.
    pub fn checkpoint(&self, note: &str) -> Result<TreeHead, InvalidNote> {
        let (text, names) = self.text(note)?;
        let checkpoint = Checkpoint::from_bytes(text.as_bytes()).map_err(|_| InvalidNote)?;
        if !names.iter().any(|name| name == checkpoint.origin()) {
            return Err(InvalidNote);
        }
        Ok(TreeHead {
            size: checkpoint.size(),
            root: checkpoint.hash().0,
        })
    }

    /// What an origin's statement says, if it is signed under its own name or that of the origin before.
    ///
    /// # Errors
    /// When it is malformed, or not signed by a trusted key.
    pub fn restart(&self, note: &str) -> Result<Restart, InvalidNote> {
        let (text, names) = self.text(note)?;
        let restart = Restart::from_text(&text).ok_or(InvalidNote)?;
        let known = |name: &String| *name == restart.origin || *name == restart.continued;
        names.iter().any(known).then_some(restart).ok_or(InvalidNote)
    }

    /// The public key that a trusted key handed over to, and the head from which on.
    ///
    /// # Errors
    /// When it is malformed, another log's, or not signed by a trusted key.
    pub fn handover(&self, note: &str) -> Result<(String, TreeHead), InvalidNote> {
        let (text, names) = self.text(note)?;
        let handover = |name: &String| read_handover(name, &text);
        names.iter().find_map(handover).ok_or(InvalidNote)
    }

    /// The JSON of a signed certificate of an erasure.
    ///
    /// # Errors
    /// When it is malformed, another log's, or not signed by a trusted key.
    pub fn certificate(&self, note: &str) -> Result<String, InvalidNote> {
        let (text, names) = self.text(note)?;
        let (first, json) = text.split_once('\n').ok_or(InvalidNote)?;
        let json = json.strip_suffix('\n').ok_or(InvalidNote)?;
        let origin = first.strip_suffix(CERTIFICATE).ok_or(InvalidNote)?;
        let is_own = names.iter().any(|name| name == origin) && !json.contains('\n');
        is_own.then(|| json.to_owned()).ok_or(InvalidNote)
    }

    /// The signed head of a tenant.
    ///
    /// # Errors
    /// When it is malformed, another log's, or not signed by a trusted key.
    pub fn tenant_head(&self, note: &str) -> Result<TenantHead, InvalidNote> {
        let (text, names) = self.text(note)?;
        let head = |name: &String| read_tenant_head(name, &text);
        names.iter().find_map(head).ok_or(InvalidNote)
    }

    /// The text of a note that a trusted key signed, and under which names.
    fn text(&self, note: &str) -> Result<(String, Vec<String>), InvalidNote> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| InvalidNote)?;
        let known = VerifierList::new(
            self.keys
                .iter()
                .map(|key| Box::new(key.clone()) as Box<dyn signed_note::Verifier>)
                .collect(),
        );
        let (verified, _) = note.verify(&known).map_err(|_| InvalidNote)?;
        let names: Vec<String> = verified.iter().map(|by| by.name().to_owned()).collect();
        let text = String::from_utf8(note.text().to_vec()).map_err(|_| InvalidNote)?;
        Ok((text, names))
    }
}

/// Each key once: a note that two equal ones know would be refused as ambiguous.
fn parsed(verifiers: &[impl AsRef<str>]) -> Result<Vec<StandardVerifier>, InvalidNote> {
    let distinct: BTreeSet<&str> = verifiers.iter().map(AsRef::as_ref).collect();
    let keys = distinct.into_iter().map(StandardVerifier::new);
    keys.collect::<Result<_, _>>().map_err(|_| InvalidNote)
}

fn read_handover(origin: &str, text: &str) -> Option<(String, TreeHead)> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    (lines.next()?.strip_prefix(origin)? == "/key").then_some(())?;
    let next = lines.next()?.to_owned();
    let head = TreeHead {
        size: lines.next()?.parse().ok()?,
        root: BASE64_STANDARD.decode(lines.next()?).ok()?.try_into().ok()?,
    };
    lines.next().is_none().then_some((next, head))
}

fn read_tenant_head(origin: &str, text: &str) -> Option<TenantHead> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let tenant = lines.next()?.strip_prefix(origin)?.strip_prefix("/tenant/")?;
    let head = TenantHead {
        tenant: TenantId::from_uuid(tenant.parse().ok()?),
        count: lines.next()?.parse().ok()?,
        last_event_hash: BASE64_STANDARD.decode(lines.next()?).ok()?.try_into().ok()?,
        tree_size: lines.next()?.parse().ok()?,
    };
    lines.next().is_none().then_some(head)
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
    fn a_handover_is_signed_by_the_key_before_and_leads_nowhere_else() {
        let (old, new) = (signer(1), signer(2));
        let note = old.handover(&new.verifier(), HEAD).expect("a note");
        let trusts = |signer: &HeadSigner| HeadVerifier::new(&[signer.verifier()]).expect("keys");
        assert_eq!(
            trusts(&old).handover(&note).expect("signed"),
            (new.verifier(), HEAD)
        );
        assert!(trusts(&new).handover(&note).is_err());
        assert!(trusts(&old).checkpoint(&note).is_err() && trusts(&old).tenant_head(&note).is_err());
        let checkpoint = old.checkpoint(HEAD).expect("a note");
        assert!(trusts(&old).handover(&checkpoint).is_err());
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
