//! Minutiae of one impression paired with those of another, from one pair on, edge by edge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::edges::{Edge, LENGTH_ERROR};

/// A pair, and the edges that led to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) probe: usize,
    pub(super) candidate: usize,
    /// The edges by which it was found, of which both ends are paired; none for the first pair.
    pub(super) edges: Option<(Edge, Edge)>,
    /// Further edges between pairs that fit.
    pub(super) supports: u32,
}

/// What can be paired next.
#[derive(Clone, Copy)]
struct Next {
    probe_edge: Edge,
    candidate_edge: Edge,
}

/// Pairs minutiae. Kept from one comparison to the next, so that nothing is allocated in between.
#[derive(Default)]
pub(super) struct Pairing {
    pairs: Vec<Pair>,
    /// Which pair a minutia of the probe, or of the candidate, is in.
    by_probe: Vec<Option<usize>>,
    by_candidate: Vec<Option<usize>>,
    queue: BinaryHeap<Reverse<(i16, usize)>>,
    next: Vec<Next>,
}

impl Pairing {
    /// The pairs that follow from one.
    pub(super) fn grow(
        &mut self,
        probe: &[Vec<Edge>],
        candidate: &[Vec<Edge>],
        root: (usize, usize),
    ) -> &[Pair] {
        self.pairs.clear();
        self.queue.clear();
        self.next.clear();
        self.by_probe.clear();
        self.by_probe.resize(probe.len(), None);
        self.by_candidate.clear();
        self.by_candidate.resize(candidate.len(), None);
        self.add(Pair { probe: root.0, candidate: root.1, edges: None, supports: 0 });
        self.follow(probe, candidate, root);
        while let Some(Reverse((_, at))) = self.queue.pop() {
            let Next { probe_edge, candidate_edge } = self.next[at];
            let pair = (probe_edge.neighbour, candidate_edge.neighbour);
            match (self.by_probe[pair.0], self.by_candidate[pair.1]) {
                (None, None) => {
                    let edges = Some((probe_edge, candidate_edge));
                    self.add(Pair { probe: pair.0, candidate: pair.1, edges, supports: 0 });
                    self.follow(probe, candidate, pair);
                }
                // Paired meanwhile with each other: one more edge that says so.
                (Some(one), Some(other)) if one == other => self.pairs[one].supports += 1,
                _ => {}
            }
        }
        &self.pairs
    }

    fn add(&mut self, pair: Pair) {
        self.by_probe[pair.probe] = Some(self.pairs.len());
        self.by_candidate[pair.candidate] = Some(self.pairs.len());
        self.pairs.push(pair);
    }

    /// Looks from a pair along the edges that both minutiae have.
    fn follow(&mut self, probe: &[Vec<Edge>], candidate: &[Vec<Edge>], pair: (usize, usize)) {
        let mut begin = 0;
        let probe_star = &probe[pair.0];
        for candidate_edge in &candidate[pair.1] {
            let length = candidate_edge.shape.length;
            while probe_star
                .get(begin)
                .is_some_and(|edge| edge.shape.length < length - LENGTH_ERROR)
            {
                begin += 1;
            }
            for probe_edge in &probe_star[begin..] {
                if probe_edge.shape.length > length + LENGTH_ERROR {
                    break;
                }
                if !probe_edge.shape.fits(candidate_edge.shape) {
                    continue;
                }
                match (
                    self.by_probe[probe_edge.neighbour],
                    self.by_candidate[candidate_edge.neighbour],
                ) {
                    (None, None) => {
                        self.queue.push(Reverse((length, self.next.len())));
                        let (probe_edge, candidate_edge) = (*probe_edge, *candidate_edge);
                        self.next.push(Next { probe_edge, candidate_edge });
                    }
                    (Some(one), Some(other)) if one == other => self.pairs[one].supports += 1,
                    _ => {}
                }
            }
        }
    }
}
