//! Minutiae of one impression paired with those of another, from one pair on, edge by edge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::edges::{Edge, LENGTH_ERROR, Stars};
use super::minutia::MOST;

/// A pair, and the edges that led to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) probe: u8,
    pub(super) candidate: u8,
    /// The edges by which it was found, of which both ends are paired; none for the first pair.
    pub(super) edges: Option<(Edge, Edge)>,
    /// Further edges between pairs that fit.
    pub(super) supports: u32,
}

/// Which pair a minutia is in.
#[derive(Clone)]
struct Paired([u8; MOST]);

impl Paired {
    const NONE: u8 = u8::MAX;

    const fn pair(&self, minutia: u8) -> u8 {
        self.0[minutia as usize]
    }
}

/// Pairs minutiae. Kept from one comparison to the next, so that nothing is allocated in between.
pub(super) struct Pairing {
    pairs: Vec<Pair>,
    by_probe: Paired,
    by_candidate: Paired,
    /// Places in `next`, the shortest edge first, of equal ones the first that was found.
    queue: BinaryHeap<Reverse<(i16, u32)>>,
    next: Vec<(Edge, Edge)>,
}

impl Default for Pairing {
    fn default() -> Self {
        let nobody = Paired([Paired::NONE; MOST]);
        Self {
            pairs: Vec::new(),
            by_probe: nobody.clone(),
            by_candidate: nobody,
            queue: BinaryHeap::new(),
            next: Vec::new(),
        }
    }
}

impl Pairing {
    /// The pairs that follow from one.
    pub(super) fn grow(&mut self, probe: &Stars, candidate: &Stars, root: (u8, u8)) -> &[Pair] {
        for pair in self.pairs.drain(..) {
            self.by_probe.0[usize::from(pair.probe)] = Paired::NONE;
            self.by_candidate.0[usize::from(pair.candidate)] = Paired::NONE;
        }
        self.next.clear();
        self.add(probe, candidate, root, None);
        while let Some(Reverse((_, at))) = self.queue.pop() {
            let edges = self.next[at as usize];
            let pair = (edges.0.neighbour, edges.1.neighbour);
            match self.known(pair) {
                (Paired::NONE, Paired::NONE) => self.add(probe, candidate, pair, Some(edges)),
                // Paired meanwhile with each other: one more edge that says so.
                (one, other) if one == other => self.pairs[usize::from(one)].supports += 1,
                _ => {}
            }
        }
        &self.pairs
    }

    const fn known(&self, pair: (u8, u8)) -> (u8, u8) {
        (self.by_probe.pair(pair.0), self.by_candidate.pair(pair.1))
    }

    /// Adds a pair, and looks along the edges that both of its minutiae have.
    fn add(
        &mut self,
        probe: &Stars,
        candidate: &Stars,
        pair: (u8, u8),
        edges: Option<(Edge, Edge)>,
    ) {
        let at = u8::try_from(self.pairs.len()).unwrap_or(Paired::NONE);
        self.by_probe.0[usize::from(pair.0)] = at;
        self.by_candidate.0[usize::from(pair.1)] = at;
        self.pairs.push(Pair { probe: pair.0, candidate: pair.1, edges, supports: 0 });
        let mut ahead = probe.of_one(pair.0);
        for candidate_edge in candidate.of_one(pair.1) {
            let length = candidate_edge.shape.length;
            while let [edge, rest @ ..] = ahead
                && edge.shape.length < length - LENGTH_ERROR
            {
                ahead = rest;
            }
            for probe_edge in ahead {
                if probe_edge.shape.length > length + LENGTH_ERROR {
                    break;
                }
                if !probe_edge.shape.fits(candidate_edge.shape) {
                    continue;
                }
                match self.known((probe_edge.neighbour, candidate_edge.neighbour)) {
                    (Paired::NONE, Paired::NONE) => {
                        let place = u32::try_from(self.next.len()).unwrap_or(u32::MAX);
                        self.queue.push(Reverse((length, place)));
                        self.next.push((*probe_edge, *candidate_edge));
                    }
                    (one, other) if one == other => self.pairs[usize::from(one)].supports += 1,
                    _ => {}
                }
            }
        }
    }
}
