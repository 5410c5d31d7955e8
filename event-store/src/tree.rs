//! The Merkle tree over the log (RFC 6962), in the formats of C2SP `tlog-tiles`, `tlog-checkpoint` and `signed-note`:
//! whoever remembers a signed head sees whether anything before it was rewritten.
//!
//! The leaf at index `i` is the [`Entry`] of position `i + 1`.

mod checkpoint;
mod cosignature;
mod entry;
mod frontier;
mod keys;
mod origin;
mod proof;
mod range;
mod read;
mod seal;
mod sealer;
mod seed;
mod self_audit;
mod state;
mod tiles;
mod verify;
mod witness;

pub use checkpoint::{HeadSigner, HeadVerifier, InvalidName, InvalidNote, TenantHead, TreeHead};
pub use cosignature::{InvalidPolicy, InvalidWitnessKey, MAX_WITNESSES, WitnessKey, WitnessPolicy};
pub use entry::{ENTRY_BYTES, Entry};
pub use frontier::Frontier;
pub use keys::{KeyError, LogKey, LogKeys};
pub use origin::{Continued, MAX_REASON_CHARS, NewOrigin, Origin, Restart, RestartError};
pub use proof::{
    ConsistencyProof, InclusionProof, InvalidProof, ProofError, verify_consistency, verify_inclusion,
};
pub(crate) use range::RangeDoubt;
pub use read::{SignedHead, Tree, TreeError, Verifier};
pub use seal::{SealError, SealRefusal};
pub use sealer::Sealer;
pub use seed::{KeptSeed, Seed, SeedError, SeedKeeper};
pub use self_audit::SelfAudit;
pub use state::{LogState, SelfAudited};
pub use tiles::{TILE_WIDTH, Tile, TilePath};
pub use verify::{Finding, Verified, VerifyError, VerifyInput, verify_log};
pub use witness::{
    MAX_ANSWER_BYTES, WitnessAnswer, WitnessLease, WitnessState, WitnessTrouble, add_checkpoint,
};

/// SHA-256, as every node of the tree.
pub type TreeHash = [u8; 32];
