//! Tiles of height 8 and their paths (C2SP tlog-tiles).

use super::TreeHash;

/// How many hashes a full tile has.
pub const TILE_WIDTH: usize = 256;
/// How many levels of the tree one tile spans.
pub(super) const TILE_HEIGHT: u8 = 8;
/// The bytes of a hash.
pub(super) const HASH_BYTES: usize = 32;

/// Some consecutive hashes of one tile level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The tile level: 0 holds leaves, each further one the roots of full tiles below.
    pub level: u8,
    /// The place within the level.
    pub number: u64,
    /// 1 to 256 hashes, one after the other.
    pub hashes: Vec<u8>,
}

impl Tile {
    /// The hash at a place within the tile.
    #[must_use]
    pub fn hash(&self, index: usize) -> Option<TreeHash> {
        self.hashes.get(index * HASH_BYTES..)?.first_chunk().copied()
    }
}

/// What a path of the tiles' interface names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// The tile level; `None` for a bundle of entries.
    pub level: Option<u8>,
    /// The place within the level.
    pub number: u64,
    /// How many hashes or entries are wanted, 1 to 256.
    pub width: usize,
}

impl TilePath {
    /// Reads `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`; `None` for anything else, and for any other way to write the
    /// same.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        // the library's paths, those of Go's sumdb, name the height too
        let is_entries = level == "entries";
        let named = format!(
            "tile/{TILE_HEIGHT}/{}/{rest}",
            if is_entries { "data" } else { level }
        );
        if level == "data" || would_panic(level, rest) {
            return None;
        }
        let tile = tlog_tiles::Tile::from_path(&named).ok()?;
        Some(Self {
            level: (!is_entries).then(|| tile.level()),
            number: tile.level_index(),
            width: usize::try_from(tile.width()).ok()?,
        })
    }
}

/// Whether the library would refuse this by a panic: a level beyond 63, or a width of none.
fn would_panic(level: &str, rest: &str) -> bool {
    let width = rest
        .rsplit_once(".p/")
        .and_then(|(_, width)| width.parse::<u32>().ok());
    width == Some(0) || level.parse::<u8>().is_ok_and(|level| level > 63)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |level, number, width| Some(TilePath { level, number, width });
        assert_eq!(TilePath::parse("0/x001/x234/067"), path(Some(0), 1_234_067, 256));
        assert_eq!(TilePath::parse("63/000.p/1"), path(Some(63), 0, 1));
        assert_eq!(TilePath::parse("entries/x001/000.p/255"), path(None, 1_000, 255));
        for other in [
            "",
            "0",
            "0/",
            "0/0",
            "0/1000",
            "0/x000/001",
            "00/000",
            "64/000",
            "0/000.p/256",
            "0/000.p/0",
            "data/000",
            "entries/000.p/01",
            "-1/000",
            "0/000/001",
            "0/../000",
            "256/000",
            "0/000.p/+1",
        ] {
            assert_eq!(TilePath::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in "([0-9+-]{1,3}|entries|data)(/x[0-9]{3}){0,7}/[0-9]{1,4}(\\.p/[+-]?[0-9]{0,4})?") {
            let _ = TilePath::parse(&path);
        }
    }
}
