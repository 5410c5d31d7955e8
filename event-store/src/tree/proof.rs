//! Proofs that a tree holds an event, or continues an earlier tree (RFC 6962, sections 2.1.1 and 2.1.2).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tlog_tiles::Hash;

use super::{Entry, TreeHash, checkpoint::TreeHead};

/// That a tree holds an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The entry that it is about.
    pub entry: Entry,
    /// The size of the tree.
    pub tree_size: u64,
    /// From the leaf's sibling up to a child of the root.
    pub hashes: Vec<TreeHash>,
}

/// That a tree begins with all of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The size of the earlier tree.
    pub first_size: u64,
    /// The size of the tree.
    pub tree_size: u64,
    /// The hashes, in the RFC's order.
    pub hashes: Vec<TreeHash>,
}

/// A proof that does not prove it.
#[derive(Debug, thiserror::Error)]
#[error("the proof does not hold")]
pub struct InvalidProof;

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No such position or size is in a signed tree.
    #[error("no signed tree reaches so far")]
    OutOfTree,
}

impl InclusionProof {
    /// The proof with the checkpoint that it is against, as one text (C2SP tlog-proof).
    #[must_use]
    pub fn to_text(&self, checkpoint: &str) -> String {
        use std::fmt::Write as _;
        let mut text = format!("c2sp.org/tlog-proof@v1\nindex {}\n", self.entry.position - 1);
        for hash in &self.hashes {
            // writing to a String cannot fail
            let _ = writeln!(text, "{}", BASE64_STANDARD.encode(hash));
        }
        text.push('\n');
        text.push_str(checkpoint);
        text
    }
}

fn hashes(hashes: &[TreeHash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(*hash)).collect()
}

/// Whether the tree of this head holds the proof's entry.
///
/// # Errors
/// When the proof does not show it.
pub fn verify_inclusion(proof: &InclusionProof, head: TreeHead) -> Result<(), InvalidProof> {
    let index = proof.entry.position.checked_sub(1).ok_or(InvalidProof)?;
    if proof.tree_size != head.size || index >= head.size {
        return Err(InvalidProof);
    }
    let leaf = Hash(proof.entry.leaf_hash());
    tlog_tiles::check_record(&hashes(&proof.hashes), head.size, Hash(head.root), index, leaf)
        .map_err(|_| InvalidProof)
}

/// Whether the tree of `head` begins with all of the tree of `first`.
///
/// # Errors
/// When the proof does not show it.
pub fn verify_consistency(
    proof: &ConsistencyProof,
    first: TreeHead,
    head: TreeHead,
) -> Result<(), InvalidProof> {
    if proof.first_size != first.size || proof.tree_size != head.size || first.size > head.size {
        return Err(InvalidProof);
    }
    if first.size == 0 {
        return Ok(());
    }
    tlog_tiles::check_tree(
        &hashes(&proof.hashes),
        head.size,
        Hash(head.root),
        first.size,
        Hash(first.root),
    )
    .map_err(|_| InvalidProof)
}
