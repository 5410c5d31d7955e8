//! The right edge of a growing tree: all that must be known to add leaves and to compute the root.

use tlog_tiles::{Error, Hash, HashReader};

use super::{
    TreeHash,
    checkpoint::TreeHead,
    tiles::{HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile},
};

/// The right edge of a tree, at most a tile for each level.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    /// For each tile level the hashes of its last tile, if that is not full.
    edge: Vec<Vec<u8>>,
}

impl Frontier {
    /// The edge of a tree of this size, of its unfinished tiles; `None` when they are not those of such a tree.
    pub(super) fn restore(size: u64, tiles: Vec<Tile>) -> Option<Self> {
        let mut frontier = Self {
            size,
            edge: Vec::new(),
        };
        let mut tiles = tiles.into_iter().peekable();
        while size >> shift(frontier.edge.len()) > 0 {
            let level = frontier.edge.len();
            let width = usize::try_from((size >> shift(level)) % TILE_WIDTH as u64).ok()?;
            let mut hashes = Vec::with_capacity(TILE_WIDTH * HASH_BYTES);
            if width > 0 {
                let tile = tiles.next_if(|tile| usize::from(tile.level) == level)?;
                if tile.number != size >> shift(level + 1) || tile.hashes.len() < width * HASH_BYTES {
                    return None;
                }
                hashes.extend_from_slice(&tile.hashes[..width * HASH_BYTES]);
            }
            frontier.edge.push(hashes);
        }
        tiles.next().is_none().then_some(frontier)
    }

    /// Which tiles [`Self::restore`] needs for a tree of this size: level and number, in order.
    pub(super) fn unfinished(size: u64) -> Vec<(u8, u64)> {
        let levels = (0_u8..8).take_while(|level| size >> shift(usize::from(*level)) > 0);
        levels
            .filter(|level| !(size >> shift(usize::from(*level))).is_multiple_of(TILE_WIDTH as u64))
            .map(|level| (level, size >> shift(usize::from(level) + 1)))
            .collect()
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash. Tiles that it fills are added to `full`.
    pub fn push(&mut self, leaf: TreeHash, full: &mut Vec<Tile>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            let index = usize::from(level);
            if self.edge.len() == index {
                self.edge.push(Vec::with_capacity(TILE_WIDTH * HASH_BYTES));
            }
            self.edge[index].extend_from_slice(&hash);
            if self.edge[index].len() < TILE_WIDTH * HASH_BYTES {
                return;
            }
            let hashes =
                std::mem::replace(&mut self.edge[index], Vec::with_capacity(TILE_WIDTH * HASH_BYTES));
            hash = tlog_tiles::Tile::subtree_hash(&hashes).0;
            full.push(Tile {
                level,
                number: (self.size >> shift(index + 1)) - 1,
                hashes,
            });
        }
    }

    /// The tiles that are not full.
    pub(super) fn unfinished_tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        let tile = |(level, hashes): (usize, &Vec<u8>)| Tile {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            number: self.size >> shift(level + 1),
            hashes: hashes.clone(),
        };
        self.edge
            .iter()
            .enumerate()
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(tile)
    }

    /// The tree's size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        // every hash that the root needs is at the edge
        let root = tlog_tiles::tree_hash(self.size, self).map_or([0; 32], |root| root.0);
        TreeHead {
            size: self.size,
            root,
        }
    }
}

impl HashReader for Frontier {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hash = |index: &u64| {
            let tile = tlog_tiles::Tile::from_index(TILE_HEIGHT, *index);
            let hashes = self.edge.get(usize::from(tile.level()));
            tile.hash_at_index(hashes.ok_or(Error::IndexesNotInTree)?, *index)
        };
        indexes.iter().map(hash).collect()
    }
}

/// How many bits a tile level lies above the leaves.
const fn shift(level: usize) -> usize {
    level * TILE_HEIGHT as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(number: u64) -> TreeHash {
        tlog_tiles::record_hash(&number.to_be_bytes()).0
    }

    /// RFC 6962, section 2.1, as it is written.
    fn by_the_book(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => tlog_tiles::EMPTY_HASH.0,
            [leaf] => *leaf,
            _ => {
                let half = leaves.len().next_power_of_two() / 2;
                let [left, right] = [&leaves[..half], &leaves[half..]].map(by_the_book);
                tlog_tiles::node_hash(Hash(left), Hash(right)).0
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_rfc_at_every_size() {
        let leaves: Vec<TreeHash> = (0..600).map(leaf).collect();
        let (mut frontier, mut full) = (Frontier::default(), Vec::new());
        assert_eq!(frontier.head().root, by_the_book(&[]));
        for size in 1..=leaves.len() {
            frontier.push(leaves[size - 1], &mut full);
            assert_eq!(frontier.head().root, by_the_book(&leaves[..size]), "{size}");
        }
        assert_eq!(full.len(), 2);
    }

    #[test]
    fn an_edge_that_was_stored_goes_on_as_if_it_never_was() {
        let mut frontier = Frontier::default();
        let mut full = Vec::new();
        for number in 0..70_000 {
            if [1, 255, 256, 257, 65_535, 65_536, 65_537].contains(&number) {
                let tiles: Vec<Tile> = frontier.unfinished_tiles().collect();
                let named: Vec<(u8, u64)> = tiles.iter().map(|tile| (tile.level, tile.number)).collect();
                assert_eq!(named, Frontier::unfinished(number), "{number}");
                let restored = Frontier::restore(number, tiles).expect("an edge");
                assert_eq!(restored.head(), frontier.head(), "{number}");
                frontier = restored;
            }
            frontier.push(leaf(number), &mut full);
        }
        // the example of the specification
        assert_eq!(full.iter().filter(|tile| tile.level == 0).count(), 273);
        assert_eq!(full.iter().filter(|tile| tile.level == 1).count(), 1);
        let widths = frontier.unfinished_tiles().map(|tile| tile.hashes.len() / 32);
        assert_eq!(widths.collect::<Vec<_>>(), [112, 17, 1]);
    }

    #[test]
    fn an_edge_of_another_size_is_refused() {
        let tile = |width: usize| Tile {
            level: 0,
            number: 0,
            hashes: vec![7; width * 32],
        };
        assert!(Frontier::restore(3, vec![tile(2)]).is_none());
        assert!(Frontier::restore(3, vec![]).is_none());
        assert!(Frontier::restore(0, vec![tile(1)]).is_none());
        assert!(Frontier::restore(3, vec![tile(3)]).is_some());
    }
}
