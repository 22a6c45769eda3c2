//! 1:N: whose face is this? An exact search over every face, as bytes, in memory.
//!
//! Rows are kept sixteen to a block, four dimensions of all sixteen beside one another, so that one
//! 64-byte register holds what one multiply-add instruction takes. Numbers are stored with 128
//! added, because that instruction multiplies unsigned by signed bytes; the surplus is the same for
//! every row, 128 times the sum of the query, and is taken off the threshold once.

mod kernels;

use std::collections::HashMap;

use zeroize::Zeroize;

use crate::embedding::{Embedding, QuantisedEmbedding};
pub use kernels::Path;

/// Rows in a block.
const ROWS: usize = 16;
/// Dimensions that lie beside one another.
const GROUP: usize = 4;
/// Groups of dimensions in an embedding.
const GROUPS: usize = Embedding::DIMENSIONS / GROUP;
/// Most queries in one pass over the memory.
const PASS: usize = 8;
/// What is added to each stored number.
const OFFSET: i32 = 128;
/// What one in similarity is as an integer product.
const ONE: f32 = QuantisedEmbedding::SCALE * QuantisedEmbedding::SCALE;

/// Sixteen faces, 2 KiB, aligned for the widest registers.
#[derive(Clone)]
#[repr(C, align(64))]
struct Block([[u8; ROWS * GROUP]; GROUPS]);

/// A face found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Whose face, as given to [`Gallery::push`].
    pub id: u64,
    /// How alike, -1 to 1.
    pub similarity: f32,
}

/// All enrolled faces, 128 bytes each, wiped from memory when dropped.
pub struct Gallery {
    blocks: Vec<Block>,
    ids: Vec<u64>,
    rows: HashMap<u64, usize>,
    path: Path,
}

impl Gallery {
    /// An empty gallery, searched by the fastest way that this processor has.
    #[must_use]
    pub fn new() -> Self {
        Self::with_path(Path::detect())
    }

    /// An empty gallery, searched by `path` (to measure and test; [`Path::available`] lists them).
    #[must_use]
    pub fn with_path(path: Path) -> Self {
        Self { blocks: Vec::new(), ids: Vec::new(), rows: HashMap::new(), path }
    }

    /// How many faces are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no face is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Puts a face in, in place of an earlier one of the same `id`.
    pub fn push(&mut self, id: u64, face: &QuantisedEmbedding) {
        let row = *self.rows.entry(id).or_insert(self.ids.len());
        if row == self.ids.len() {
            self.ids.push(id);
            if row.is_multiple_of(ROWS) {
                self.blocks.push(Block([[0; ROWS * GROUP]; GROUPS]));
            }
        }
        self.write(row, face.values().map(|value| value.cast_unsigned() ^ 0x80));
    }

    /// Takes the face of `id` out; whether there was one.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(row) = self.rows.remove(&id) else { return false };
        let last = self.ids.len() - 1;
        if row != last {
            let values = self.read(last);
            self.write(row, values);
            self.rows.insert(self.ids[last], row);
        }
        self.write(last, [0; Embedding::DIMENSIONS]);
        self.ids.swap_remove(row);
        self.blocks.truncate(last.div_ceil(ROWS));
        true
    }

    /// For each query, the `top` most alike faces of at least `threshold`, the best first; among
    /// equals the lower id first. Looks at every face: no one is missed.
    #[must_use]
    pub fn search(
        &self,
        queries: &[QuantisedEmbedding],
        top: usize,
        threshold: f32,
    ) -> Vec<Vec<Hit>> {
        let mut found: Vec<Best> =
            queries.iter().map(|query| Best::new(query, top, threshold)).collect();
        if top > 0 {
            for pass in found.chunks_mut(PASS) {
                kernels::scan(self.path, &self.blocks, pass, |row| self.ids.get(row).copied());
            }
        }
        found.into_iter().map(Best::into_hits).collect()
    }

    fn write(&mut self, row: usize, values: [u8; Embedding::DIMENSIONS]) {
        let (block, place) = (&mut self.blocks[row / ROWS], row % ROWS * GROUP);
        for (group, source) in block.0.iter_mut().zip(values.chunks_exact(GROUP)) {
            group[place..place + GROUP].copy_from_slice(source);
        }
    }

    fn read(&self, row: usize) -> [u8; Embedding::DIMENSIONS] {
        let (block, place) = (&self.blocks[row / ROWS], row % ROWS * GROUP);
        let mut values = [0; Embedding::DIMENSIONS];
        for (group, target) in block.0.iter().zip(values.chunks_exact_mut(GROUP)) {
            target.copy_from_slice(&group[place..place + GROUP]);
        }
        values
    }
}

impl Default for Gallery {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Gallery {
    fn drop(&mut self) {
        for block in &mut self.blocks {
            block.0.zeroize();
        }
    }
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gallery({} faces, {:?})", self.len(), self.path)
    }
}

/// The best of one query so far.
struct Best {
    values: [i8; Embedding::DIMENSIONS],
    surplus: i32,
    top: usize,
    /// The least sum (with surplus) that is still of interest, less one.
    floor: i32,
    hits: Vec<(i32, u64)>,
}

impl Best {
    fn new(query: &QuantisedEmbedding, top: usize, threshold: f32) -> Self {
        let values = *query.values();
        let surplus = OFFSET * values.iter().map(|&value| i32::from(value)).sum::<i32>();
        Self { values, surplus, top, floor: least(threshold) - 1 + surplus, hits: Vec::new() }
    }

    fn offer(&mut self, sum: i32, id: u64) {
        let key = |&(sum, id): &(i32, u64)| (std::cmp::Reverse(sum), id);
        let hit = (sum - self.surplus, id);
        let at = self.hits.partition_point(|other| key(other) < key(&hit));
        self.hits.insert(at, hit);
        self.hits.truncate(self.top);
        if let (true, Some(&(worst, _))) = (self.hits.len() == self.top, self.hits.last()) {
            // An equal one with a lower id would still be of interest.
            self.floor = self.floor.max(worst - 1 + self.surplus);
        }
    }

    fn into_hits(mut self) -> Vec<Hit> {
        self.values.zeroize();
        self.hits
            .iter()
            .map(|&(product, id)| Hit { id, similarity: product as f32 / ONE })
            .collect()
    }
}

/// The least integer product of at least `threshold`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "float-to-integer casts saturate; the clamp leaves room below"
)]
fn least(threshold: f32) -> i32 {
    (threshold.clamp(-20.0, 20.0) * ONE).ceil() as i32
}

#[cfg(test)]
mod tests;
