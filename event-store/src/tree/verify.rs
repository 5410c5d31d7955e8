//! Verifying a whole log: every event against its hash, every hash against the tree, the tree against signed heads.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    time::Duration,
};

use vault_domain::TenantId;

use super::{
    Entry, Frontier, HeadVerifier, KeyError, TreeHash,
    checkpoint::TreeHead,
    read::{SignedHead, Tree, TreeError},
    seal::{BatchRow, BatchesError, batches_after},
    tiles::{TILE_WIDTH, Tile},
};
use crate::{
    archive::{BundleError, BundleFault},
    error::LoadError,
    hash::BatchMacKey,
    log::{Log, PageLimit, StoredEvent},
};

/// How many events are held in memory at once.
const PAGE: PageLimit = PageLimit::of_events(2_000);
/// How many signed heads are read at once.
const HEADS_PAGE: u32 = 1_000;

/// What is wrong with a log, at the first place where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The event is gone; later ones are there.
    Missing {
        /// Its position.
        position: u64,
    },
    /// The event's content is not what was hashed.
    Altered {
        /// Its position.
        position: u64,
    },
    /// The event is not the one that was sealed here: altered together with its hash, moved, or put in.
    Replaced {
        /// Its position.
        position: u64,
    },
    /// The event does not follow the tenant's event before it.
    OutOfOrder {
        /// Its position.
        position: u64,
    },
    /// No appender wrote the event.
    Forged {
        /// Its position, or that of the batch's first event.
        position: u64,
    },
    /// The log ends before a position that a signed head covers.
    Truncated {
        /// The first position that is gone.
        position: u64,
        /// How many events the head covers.
        head_size: u64,
    },
    /// The tree is not that of a signed head, though its events have the hashes that are stored with them: events and
    /// stored hashes were rewritten together.
    Rewritten {
        /// Up to here the log is that of an earlier head.
        after: u64,
        /// The size of the head that it differs from.
        head_size: u64,
    },
    /// A bundle of the archive is gone, or is not the one that was archived.
    Bundle {
        /// The first position of its range.
        first: u64,
        /// The last position of its range.
        last: u64,
        /// What is wrong with it.
        fault: BundleFault,
    },
    /// The note of a stored head is not signed by the log's key, or does not say what its row says.
    BadSignature {
        /// The size of the head.
        head_size: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { position } => write!(f, "the event at position {position} is missing"),
            Self::Altered { position } => write!(f, "the event at position {position} was altered"),
            Self::Replaced { position } => write!(
                f,
                "the event at position {position} is not the one that was sealed there: it was altered with its \
                 hash, moved, or put in"
            ),
            Self::OutOfOrder { position } => write!(
                f,
                "the event at position {position} does not follow the one before it of its tenant"
            ),
            Self::Forged { position } => write!(f, "no appender wrote the event at position {position}"),
            Self::Truncated { position, head_size } => write!(
                f,
                "the log was cut off at position {position}: a signed head covers {head_size} events"
            ),
            Self::Rewritten { after, head_size } => write!(
                f,
                "events after position {after} were rewritten: the signed head of {head_size} events has another root"
            ),
            Self::Bundle { first, last, fault } => {
                write!(f, "the bundle of positions {first} to {last} {fault}")
            }
            Self::BadSignature { head_size } => {
                write!(f, "the head of {head_size} events is not signed by the log's key")
            }
        }
    }
}

/// What a log is verified with.
pub struct VerifyInput<'a> {
    /// The log.
    pub log: &'a Log,
    /// Its tree.
    pub tree: &'a Tree,
    /// Public keys that are trusted.
    pub keys: &'a HeadVerifier,
    /// Heads that were seen earlier; the log must hold all of them, unchanged.
    pub remembered: &'a [TreeHead],
    /// The key of the batch MAC, by which events are told that are not sealed yet.
    pub mac_key: Option<&'a BatchMacKey>,
    /// The most events to look at in a second; as fast as it goes if none.
    pub events_per_s: Option<u32>,
}

/// How a verification ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events were looked at.
    pub events: u64,
    /// The last signed head that was found right.
    pub head: Option<TreeHead>,
    /// What is wrong, if anything is; what follows was not looked at.
    pub finding: Option<Finding>,
}

/// Why a log could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The log could not be read.
    #[error("the log could not be read")]
    Log(#[from] LoadError),
    /// The tree could not be read.
    #[error("the tree could not be read")]
    Tree(#[from] TreeError),
    /// The log's public keys could not be read.
    #[error("the log's public keys could not be read")]
    Keys(#[from] KeyError),
}

/// Verifies a log from its first event to its last. `progress` is told how far it has come, and how far it is to go.
///
/// # Errors
/// When log or tree cannot be read; what is wrong with them is no error, but in [`Verified`].
pub async fn verify_log(
    input: &VerifyInput<'_>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Verified, VerifyError> {
    let last = input.log.last_position().await?;
    let sealed = input.tree.latest().await?.map_or(0, |latest| latest.head.size);
    let mut walk = Walk {
        frontier: Frontier::default(),
        tenants: HashMap::new(),
        heads: Heads::new(input),
        sealed,
        full: Vec::new(),
        good: None,
    };
    let found = walk.run(input, last, &mut progress).await?;
    Ok(Verified {
        events: walk.frontier.size(),
        head: walk.good,
        finding: found.err(),
    })
}

struct Walk<'a> {
    frontier: Frontier,
    tenants: HashMap<TenantId, u64>,
    heads: Heads<'a>,
    sealed: u64,
    full: Vec<Tile>,
    good: Option<TreeHead>,
}

impl Walk<'_> {
    async fn run(
        &mut self,
        input: &VerifyInput<'_>,
        last: u64,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Result<(), Finding>, VerifyError> {
        let mut pages = input.log.replay(0, PAGE);
        let mut batches = Batches::new(input, self.sealed);
        loop {
            let page = match pages.next_page().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(LoadError::Gap { after }) => return Ok(Err(Finding::Missing { position: after + 1 })),
                Err(LoadError::Archive(BundleError::Damaged { first, last, fault })) => {
                    return Ok(Err(Finding::Bundle { first, last, fault }));
                }
                Err(error) => return Err(error.into()),
            };
            if let Some(position) = input.log.differing_row(&page).await? {
                return Ok(Err(Finding::Altered { position }));
            }
            let tiles = self.leaves_of(input.tree, &page).await?;
            for event in &page {
                let hash = match self.check(event, &tiles) {
                    Ok(hash) => hash,
                    Err(finding) => return Ok(Err(finding)),
                };
                if let Err(finding) = self.heads.check(&self.frontier, &mut self.good).await? {
                    return Ok(Err(finding));
                }
                if let Err(finding) = batches.check(event.position, hash).await? {
                    return Ok(Err(finding));
                }
            }
            progress(self.frontier.size(), last.max(self.frontier.size()));
            if let Some(rate) = input.events_per_s {
                let events = u32::try_from(page.len()).unwrap_or(u32::MAX);
                tokio::time::sleep(Duration::from_secs(1) * events / rate.max(1)).await;
            }
        }
        Ok(self.heads.end(&self.frontier, self.sealed).and(batches.end()))
    }

    /// The stored leaves of a page.
    async fn leaves_of(&self, tree: &Tree, page: &[StoredEvent]) -> Result<HashMap<u64, Tile>, TreeError> {
        let number =
            |event: Option<&StoredEvent>| event.map(|event| (event.position - 1) / TILE_WIDTH as u64);
        let (Some(first), Some(last)) = (number(page.first()), number(page.last())) else {
            return Ok(HashMap::new());
        };
        let wanted: Vec<(u8, u64)> = (first..=last).map(|number| (0, number)).collect();
        let tiles = tree.tiles(&wanted).await?;
        Ok(tiles.into_iter().map(|tile| (tile.number, tile)).collect())
    }

    /// Checks one event and adds it to the tree; returns its hash.
    fn check(&mut self, event: &StoredEvent, tiles: &HashMap<u64, Tile>) -> Result<TreeHash, Finding> {
        let position = event.position;
        if position != self.frontier.size() + 1 {
            return Err(Finding::Missing {
                position: self.frontier.size() + 1,
            });
        }
        let event_hash = event.computed_hash();
        if event.event_hash != event_hash {
            return Err(Finding::Altered { position });
        }
        let leaf = Entry {
            position,
            tenant_position: event.tenant_position,
            event_hash,
        }
        .leaf_hash();
        let index = usize::try_from((position - 1) % TILE_WIDTH as u64).unwrap_or(TILE_WIDTH);
        let stored = tiles
            .get(&((position - 1) / TILE_WIDTH as u64))
            .and_then(|tile| tile.hash(index));
        if position <= self.sealed && stored.is_some_and(|stored| stored != leaf) {
            return Err(Finding::Replaced { position });
        }
        let count = self.tenants.entry(event.tenant_id).or_default();
        *count += 1;
        if event.tenant_position != *count {
            return Err(Finding::OutOfOrder { position });
        }
        self.frontier.push(leaf, &mut self.full);
        self.full.clear();
        Ok(event_hash)
    }
}

/// The signed heads that a walk passes, in order, and the one that is remembered.
struct Heads<'a> {
    tree: &'a Tree,
    keys: &'a HeadVerifier,
    remembered: &'a [TreeHead],
    waiting: VecDeque<SignedHead>,
    last_read: Option<SignedHead>,
    all_read: bool,
}

impl<'a> Heads<'a> {
    const fn new(input: &VerifyInput<'a>) -> Self {
        Self {
            tree: input.tree,
            keys: input.keys,
            remembered: input.remembered,
            waiting: VecDeque::new(),
            last_read: None,
            all_read: false,
        }
    }

    /// The next signed head.
    async fn next(&mut self) -> Result<Option<&SignedHead>, TreeError> {
        if self.waiting.is_empty() && !self.all_read {
            let heads = self.tree.heads_after(self.last_read.as_ref(), HEADS_PAGE).await?;
            match heads.last() {
                Some(last) => self.last_read = Some(last.clone()),
                None => self.all_read = true,
            }
            self.waiting = heads.into();
        }
        Ok(self.waiting.front())
    }

    /// Compares the tree with the heads of its size.
    async fn check(
        &mut self,
        frontier: &Frontier,
        good: &mut Option<TreeHead>,
    ) -> Result<Result<(), Finding>, TreeError> {
        let size = frontier.size();
        let after = good.map_or(0, |good| good.size);
        let rewritten = Finding::Rewritten {
            after,
            head_size: size,
        };
        let mut remembered = self.remembered.iter().filter(|then| then.size == size);
        if remembered.any(|then| *then != frontier.head()) {
            return Ok(Err(rewritten));
        }
        let keys = self.keys;
        // two of one size where an origin begins
        while let Some(next) = self.next().await?.filter(|next| next.head.size == size) {
            let signed = keys
                .checkpoint(&next.note)
                .is_ok_and(|signed| signed == next.head);
            if !signed {
                return Ok(Err(Finding::BadSignature { head_size: size }));
            }
            if frontier.head() != next.head {
                return Ok(Err(rewritten));
            }
            *good = Some(next.head);
            self.waiting.pop_front();
        }
        Ok(Ok(()))
    }

    /// Whether all heads, of which the last covers `sealed` events, are within the log.
    fn end(&self, frontier: &Frontier, sealed: u64) -> Result<(), Finding> {
        let remembered = self.remembered.iter().map(|remembered| remembered.size).max();
        let head_size = remembered.unwrap_or(0).max(sealed);
        if head_size > frontier.size() {
            return Err(Finding::Truncated {
                position: frontier.size() + 1,
                head_size,
            });
        }
        Ok(())
    }
}

/// The batches of events that are not sealed yet.
struct Batches<'a> {
    log: &'a Log,
    key: Option<&'a BatchMacKey>,
    sealed: u64,
    rows: Option<VecDeque<BatchRow>>,
    hashes: Vec<TreeHash>,
}

impl<'a> Batches<'a> {
    const fn new(input: &VerifyInput<'a>, sealed: u64) -> Self {
        Self {
            log: input.log,
            key: input.mac_key,
            sealed,
            rows: None,
            hashes: Vec::new(),
        }
    }

    async fn check(&mut self, position: u64, hash: TreeHash) -> Result<Result<(), Finding>, VerifyError> {
        let Some(key) = self.key.filter(|_| position > self.sealed) else {
            return Ok(Ok(()));
        };
        if self
            .rows
            .as_ref()
            .is_none_or(|rows| rows.is_empty() && self.hashes.is_empty())
        {
            let rows = batches_after(self.log.pool(), position - 1).await;
            self.rows = Some(match rows {
                Ok(rows) => rows,
                Err(BatchesError::Refused(_)) => return Ok(Err(Finding::Forged { position })),
                Err(BatchesError::Database(error)) => return Err(TreeError::from(error).into()),
            });
        }
        let Some(batch) = self.rows.as_mut().and_then(|rows| rows.front()) else {
            return Ok(Err(Finding::Forged { position }));
        };
        self.hashes.push(hash);
        if position < batch.last {
            return Ok(Ok(()));
        }
        let checked = batch.check(&self.hashes, key);
        self.hashes.clear();
        if let Some(rows) = &mut self.rows {
            rows.pop_front();
        }
        Ok(checked.map_err(|refusal| Finding::Forged {
            position: refusal.position(),
        }))
    }

    /// Whether the last batch is whole.
    fn end(&self) -> Result<(), Finding> {
        match self.rows.as_ref().and_then(|rows| rows.front()) {
            Some(batch) if !self.hashes.is_empty() => Err(Finding::Truncated {
                position: batch.last,
                head_size: batch.last,
            }),
            _ => Ok(()),
        }
    }
}
