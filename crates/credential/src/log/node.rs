//! Complete subtrees, and what is made of them.

use std::collections::HashMap;

use super::Hash;

/// A complete subtree: the entries from `index << level` on, `1 << level` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// Its height: 0 is a single entry.
    pub level: u8,
    /// Its place among the subtrees of this height, from 0.
    pub index: u64,
}

/// The hashes of some nodes.
#[derive(Clone, Debug, Default)]
pub struct Nodes(HashMap<Node, Hash>);

/// Consecutive entries from `start` to before `end`, whose tree hash is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first entry.
    pub start: u64,
    /// The entry after the last.
    pub end: u64,
}

impl Node {
    /// A single entry.
    pub const fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }

    /// The entry that completes the subtree: its last.
    pub const fn last_entry(self) -> u64 {
        (self.index << self.level) | ((1_u64 << self.level) - 1)
    }
}

impl Nodes {
    /// Adds a node's hash.
    pub fn insert(&mut self, node: Node, hash: Hash) {
        self.0.insert(node, hash);
    }

    /// A node's hash, if it is here.
    pub fn hash(&self, node: Node) -> Option<Hash> {
        self.0.get(&node).copied()
    }
}

impl FromIterator<(Node, Hash)> for Nodes {
    fn from_iter<I: IntoIterator<Item = (Node, Hash)>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

impl Span {
    /// All entries of a tree.
    pub const fn tree(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The complete subtrees that the span consists of, from the left, as RFC 6962 splits it:
    /// the largest power of two first. `start` is a multiple of that power.
    pub fn nodes(self) -> impl Iterator<Item = Node> {
        let mut start = self.start;
        std::iter::from_fn(move || {
            let level = self.end.checked_sub(start)?.checked_ilog2()?;
            let node = Node { level: u8::try_from(level).ok()?, index: start >> level };
            start += 1 << level;
            Some(node)
        })
    }

    /// The tree hash of the span, out of its nodes; nothing when one of them is missing.
    pub fn hash(self, nodes: &Nodes) -> Option<Hash> {
        let parts: Vec<Hash> = self.nodes().map(|node| nodes.hash(node)).collect::<Option<_>>()?;
        Some(joined(&parts))
    }
}

/// The nodes that are needed to append an entry at `index`: one on average, and for half of all
/// entries none.
pub fn needed_to_append(index: u64) -> impl Iterator<Item = Node> {
    (0_u8..).take(index.trailing_ones() as usize).map(move |level| {
        let index = (index >> level) - 1;
        Node { level, index }
    })
}

/// The hashes of all subtrees that an entry at `index` completes, its own first: two on average.
/// Nothing when one of the nodes of [`needed_to_append`] is missing.
pub fn append(index: u64, leaf: Hash, nodes: &Nodes) -> Option<Vec<Hash>> {
    let lefts: Vec<Hash> =
        needed_to_append(index).map(|left| nodes.hash(left)).collect::<Option<_>>()?;
    Some(climb(leaf, lefts))
}

/// The hashes from a leaf up, given what stands left of the way, from below.
fn climb(leaf: Hash, lefts: impl IntoIterator<Item = Hash>) -> Vec<Hash> {
    let mut way = vec![leaf];
    let mut right = leaf;
    for left in lefts {
        right = Hash::of_node(&left, &right);
        way.push(right);
    }
    way
}

/// The tree hash over complete subtrees that stand side by side, from the largest.
fn joined(subtrees: &[Hash]) -> Hash {
    let joined = subtrees.iter().rev().copied().reduce(|right, left| Hash::of_node(&left, &right));
    joined.unwrap_or_else(Hash::of_nothing)
}

/// The complete subtrees at the right edge of a growing tree: all that is needed to go on with it,
/// and its root.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// From the left, from the largest.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// How many entries the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry; says the hashes of all subtrees that it completes, its own first.
    pub fn push(&mut self, leaf: Hash) -> Vec<Hash> {
        // A peak for each one in the size: those at the right are what the entry completes.
        let stay = self.peaks.len() - self.size.trailing_ones() as usize;
        let completed = climb(leaf, self.peaks.drain(stay..).rev());
        self.peaks.extend(completed.last());
        self.size += 1;
        completed
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        joined(&self.peaks)
    }
}
