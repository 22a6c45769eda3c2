//! Tiles (C2SP tlog-tiles): 256 neighbouring hashes of every eighth level, to be fetched as files.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Hash, Node, Nodes};

/// Hashes in a full tile.
const WIDTH: u16 = 256;
/// Levels of the tree between two levels of tiles.
const HEIGHT: u8 = 8;
/// The highest level of a tile that a log can have: 2^64 entries fill eight levels.
const HIGHEST: u8 = 63 / HEIGHT;

/// A tile. As text it is its path below `tile/`: `0/x001/x234/067.p/9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// The text is no tile's path.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("not a tile's path")]
pub struct NotATile;

impl Tile {
    /// The nodes whose hashes the tile holds, in order.
    pub fn nodes(self) -> impl Iterator<Item = Node> {
        let first = self.index * u64::from(WIDTH);
        (first..first + u64::from(self.width))
            .map(move |index| Node { level: self.level * HEIGHT, index })
    }

    /// Whether a log of `size` entries has the tile: all of its nodes are complete.
    pub const fn is_in(self, size: u64) -> bool {
        let nodes = size >> (self.level * HEIGHT);
        self.index * WIDTH as u64 + self.width as u64 <= nodes
    }

    /// What the tile holds; nothing when a node is missing.
    pub fn content(self, nodes: &Nodes) -> Option<Vec<u8>> {
        let mut content = Vec::with_capacity(usize::from(self.width) * Hash::BYTES);
        for node in self.nodes() {
            content.extend_from_slice(nodes.hash(node)?.as_bytes());
        }
        Some(content)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.level)?;
        let digits = self.index.to_string();
        let digits = format!("{}{digits}", "0".repeat((3 - digits.len() % 3) % 3));
        for at in (0..digits.len()).step_by(3) {
            let last = at + 3 == digits.len();
            write!(f, "{}{}", if last { "" } else { "x" }, &digits[at..at + 3])?;
            if !last {
                f.write_str("/")?;
            }
        }
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Tile {
    type Err = NotATile;

    fn from_str(text: &str) -> Result<Self, NotATile> {
        let (level, rest) = text.split_once('/').ok_or(NotATile)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| NotATile)?),
            None => (rest, WIDTH),
        };
        let index: String = index.split('/').map(|part| part.trim_start_matches('x')).collect();
        let index: u64 = index.parse().map_err(|_| NotATile)?;
        let level: u8 = level.parse().map_err(|_| NotATile)?;
        let tile = Self { level, index, width };
        let end = index.checked_mul(WIDTH.into()).and_then(|start| start.checked_add(width.into()));
        // No tile beyond what 64 bits count; and one path for one tile.
        let counted =
            level <= HIGHEST && end.is_some_and(|end| end <= u64::MAX >> (level * HEIGHT));
        if counted && (1..=WIDTH).contains(&width) && tile.to_string() == text {
            Ok(tile)
        } else {
            Err(NotATile)
        }
    }
}
