//! Proofs that an entry is in a tree, and that a tree is the beginning of another.

use thiserror::Error;

use super::{Hash, Span};

/// Why a proof does not hold. Nothing follows from it but that: the proof, the entry or the root
/// may be the false one.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ProofError {
    /// It has too many or too few hashes for the sizes.
    #[error("the proof does not have the form that the sizes ask for")]
    Form,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// That an entry is in a tree (RFC 6962 section 2.1.1).
pub mod inclusion {
    use super::{Hash, ProofError, Span, skip_lonely, split};

    /// The spans whose hashes are the proof that the entry at `index` is in the tree of `size`
    /// entries, from the entry up. Empty when the tree has no such entry.
    pub fn spans(index: u64, size: u64) -> Vec<Span> {
        let mut spans = Vec::new();
        let (mut start, mut end) = (0, size);
        while index < end && end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                spans.push(Span { start: middle, end });
                end = middle;
            } else {
                spans.push(Span { start, end: middle });
                start = middle;
            }
        }
        spans.reverse();
        spans
    }

    /// Checks that `leaf` is the entry at `index` of the tree with this size and root (RFC 9162
    /// section 2.1.3.2).
    ///
    /// # Errors
    /// [`ProofError`]
    pub fn verify(
        leaf: Hash,
        index: u64,
        size: u64,
        root: Hash,
        proof: &[Hash],
    ) -> Result<(), ProofError> {
        if index >= size {
            return Err(ProofError::Form);
        }
        let (mut at, mut last, mut hash) = (index, size - 1, leaf);
        for step in proof {
            if last == 0 {
                return Err(ProofError::Form);
            }
            if at & 1 == 1 || at == last {
                hash = Hash::of_node(step, &hash);
                skip_lonely(&mut at, &mut last);
            } else {
                hash = Hash::of_node(&hash, step);
            }
            at >>= 1;
            last >>= 1;
        }
        match (last, hash == root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::Root),
            _ => Err(ProofError::Form),
        }
    }
}

/// That a tree is the beginning of a larger one (RFC 6962 section 2.1.2).
pub mod consistency {
    use super::{Hash, ProofError, Span, skip_lonely, split};

    /// The spans whose hashes are the proof that the tree of `old` entries is the beginning of the
    /// tree of `new` entries. Empty when the older is empty or as large: there is nothing to prove.
    pub fn spans(old: u64, new: u64) -> Vec<Span> {
        let mut spans = Vec::new();
        if old == 0 || old >= new {
            return spans;
        }
        let (mut start, mut end) = (0, new);
        while old < end {
            let middle = start + split(end - start);
            if old <= middle {
                spans.push(Span { start: middle, end });
                end = middle;
            } else {
                spans.push(Span { start, end: middle });
                start = middle;
            }
        }
        // The older root itself is known to whoever checks, unless it is only a part of it.
        if start > 0 {
            spans.push(Span { start, end });
        }
        spans.reverse();
        spans
    }

    /// Checks that the tree with the size and root `old` is the beginning of the tree with the size
    /// and root `new` (RFC 9162 section 2.1.4.2). The empty tree is the beginning of every other.
    ///
    /// # Errors
    /// [`ProofError`], also when the second tree is the smaller one.
    pub fn verify(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> Result<(), ProofError> {
        let ((old_size, old_root), (new_size, new_root)) = (old, new);
        if old_size > new_size {
            return Err(ProofError::Form);
        }
        if old_size == 0 || old_size == new_size {
            let empty = if old_size == 0 { Hash::of_nothing() } else { new_root };
            return match (proof.is_empty(), old_root == empty) {
                (true, true) => Ok(()),
                (true, false) => Err(ProofError::Root),
                (false, _) => Err(ProofError::Form),
            };
        }
        let (mut at, mut last) = (old_size - 1, new_size - 1);
        while at & 1 == 1 {
            at >>= 1;
            last >>= 1;
        }
        let mut steps = proof.iter();
        // A complete older tree is where the proof starts; it need not be in it.
        let first = if old_size.is_power_of_two() { Some(&old_root) } else { steps.next() };
        let first = *first.ok_or(ProofError::Form)?;
        let (mut older, mut newer) = (first, first);
        for step in steps {
            if last == 0 {
                return Err(ProofError::Form);
            }
            if at & 1 == 1 || at == last {
                older = Hash::of_node(step, &older);
                newer = Hash::of_node(step, &newer);
                skip_lonely(&mut at, &mut last);
            } else {
                newer = Hash::of_node(&newer, step);
            }
            at >>= 1;
            last >>= 1;
        }
        match (last, older == old_root && newer == new_root) {
            (0, true) => Ok(()),
            (0, false) => Err(ProofError::Root),
            _ => Err(ProofError::Form),
        }
    }
}

/// The largest power of two that is smaller than `count`, which is at least 2.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Goes up over levels at which a node on the tree's right edge has no sibling.
const fn skip_lonely(at: &mut u64, last: &mut u64) {
    while *at & 1 == 0 && *at != 0 {
        *at >>= 1;
        *last >>= 1;
    }
}
