//! A skeleton as a graph: nodes where ridges end or meet, and the ridges between them.

use super::grid::Grid;
use super::thin::{AROUND, crossings, neighbours, thinned};

/// A place of a pixel.
pub(super) type Place = (isize, isize);

/// Ridges of one pixel's width, and where they end and meet. What was taken out is nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Skeleton {
    nodes: Vec<Option<Node>>,
    ridges: Vec<Option<Ridge>>,
}

/// Where a ridge ends, or ridges meet.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    /// The ridges that begin or end here; one that comes back is there twice.
    pub(super) ridges: Vec<usize>,
}

/// A line of pixels from one node to another.
#[derive(Clone, Debug)]
pub(super) struct Ridge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// From the one node's place to the other's, both included.
    pub(super) places: Vec<Place>,
}

/// One end of a ridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) node: usize,
    pub(super) ridge: usize,
}

impl Skeleton {
    /// The skeleton of what is set.
    pub(super) fn of(set: Grid<bool>) -> Self {
        Tracing::new(&thinned(set)).trace()
    }

    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)?.as_ref()
    }

    pub(super) fn ridge(&self, at: usize) -> Option<&Ridge> {
        self.ridges.get(at)?.as_ref()
    }

    pub(super) fn ridges(&self) -> impl Iterator<Item = (usize, &Ridge)> {
        self.ridges.iter().enumerate().filter_map(|(at, ridge)| Some((at, ridge.as_ref()?)))
    }

    /// Where exactly one ridge ends.
    pub(super) fn ends(&self) -> Vec<End> {
        let end = |(node, found): (usize, &Option<Node>)| match found.as_ref()?.ridges[..] {
            [ridge] => Some(End { node, ridge }),
            _ => None,
        };
        self.nodes.iter().enumerate().filter_map(end).collect()
    }

    /// The places of a ridge from one of its nodes on.
    pub(super) fn places_from(&self, end: End) -> Option<impl DoubleEndedIterator<Item = Place>> {
        let ridge = self.ridge(end.ridge)?;
        let mut places = ridge.places.clone();
        if ridge.from != end.node {
            places.reverse();
        }
        Some(places.into_iter())
    }

    /// Takes a ridge out; what two ridges are left at becomes one ridge, what none is left at goes.
    pub(super) fn remove(&mut self, at: usize) {
        let Some(ridge) = self.ridges.get_mut(at).and_then(Option::take) else { return };
        for node in [ridge.from, ridge.to] {
            if let Some(node) = self.nodes[node].as_mut() {
                node.ridges.retain(|other| *other != at);
            }
        }
        self.tidy(ridge.from);
        if ridge.to != ridge.from {
            self.tidy(ridge.to);
        }
    }

    /// Adds a ridge between two nodes.
    pub(super) fn join(&mut self, from: usize, to: usize, places: Vec<Place>) {
        self.link(from, to, places);
        self.tidy(from);
        if to != from {
            self.tidy(to);
        }
    }

    fn link(&mut self, from: usize, to: usize, places: Vec<Place>) {
        let at = self.ridges.len();
        self.ridges.push(Some(Ridge { from, to, places }));
        for node in [from, to] {
            if let Some(node) = self.nodes[node].as_mut() {
                node.ridges.push(at);
            }
        }
    }

    /// A node at which two ridges meet is none, and one without a ridge neither.
    fn tidy(&mut self, at: usize) {
        let Some(node) = &self.nodes[at] else { return };
        match node.ridges[..] {
            [] => self.nodes[at] = None,
            [one, other] if one != other => {
                let (Some(first), Some(second)) =
                    (self.ridges[one].take(), self.ridges[other].take())
                else {
                    return;
                };
                let first = if first.to == at { first } else { first.turned() };
                let second = if second.from == at { second } else { second.turned() };
                let (from, to) = (first.from, second.to);
                let mut places = first.places;
                places.extend(second.places.into_iter().skip(1));
                self.nodes[at] = None;
                self.ridges[one] = Some(Ridge { from, to, places });
                if let Some(node) = self.nodes[to].as_mut() {
                    for ridge in &mut node.ridges {
                        if *ridge == other {
                            *ridge = one;
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

impl Ridge {
    fn turned(mut self) -> Self {
        self.places.reverse();
        Self { from: self.to, to: self.from, places: self.places }
    }
}

/// Follows the lines of a thinned picture.
struct Tracing<'a> {
    thin: &'a Grid<bool>,
    /// Which node a pixel belongs to.
    owner: Grid<Option<usize>>,
    skeleton: Skeleton,
}

impl<'a> Tracing<'a> {
    fn new(thin: &'a Grid<bool>) -> Self {
        let owner = Grid::filled(thin.width, thin.height, None);
        Self { thin, owner, skeleton: Skeleton::default() }
    }

    fn trace(mut self) -> Skeleton {
        self.find_nodes();
        let mut walked = Grid::filled(self.thin.width, self.thin.height, false);
        for y in 1..self.thin.height - 1 {
            for x in 1..self.thin.width - 1 {
                if let Some(node) = self.owner[(x, y)] {
                    for first in self.around((x, y)) {
                        if self.owner[first].is_none() && !walked[first] {
                            self.walk(node, (x, y), first, &mut walked);
                        } else if let Some(other) = self.owner[first]
                            && other > node
                            && !self.linked(node, other)
                        {
                            let places = vec![self.place(node), self.place(other)];
                            self.skeleton.link(node, other, places);
                        }
                    }
                }
            }
        }
        for at in 0..self.skeleton.nodes.len() {
            self.skeleton.tidy(at);
        }
        self.skeleton
    }

    /// Where a line ends or lines meet; pixels of it that touch are one node, in their middle.
    fn find_nodes(&mut self) {
        let is_node = |thin: &Grid<bool>, place: (usize, usize)| {
            let around = neighbours(thin, place);
            thin[place] && (around.count_ones() == 1 || crossings(around) > 2)
        };
        for y in 1..self.thin.height - 1 {
            for x in 1..self.thin.width - 1 {
                if self.owner[(x, y)].is_some() || !is_node(self.thin, (x, y)) {
                    continue;
                }
                let node = self.skeleton.nodes.len();
                let (mut open, mut all) = (vec![(x, y)], Vec::new());
                self.owner[(x, y)] = Some(node);
                while let Some(place) = open.pop() {
                    all.push(place);
                    for next in self.around(place) {
                        if self.owner[next].is_none() && is_node(self.thin, next) {
                            self.owner[next] = Some(node);
                            open.push(next);
                        }
                    }
                }
                let mean = |of: fn(&(usize, usize)) -> usize| {
                    (all.iter().map(of).sum::<usize>() / all.len()).cast_signed()
                };
                let place = (mean(|place| place.0), mean(|place| place.1));
                self.skeleton.nodes.push(Some(Node { place, ridges: Vec::new() }));
            }
        }
    }

    fn walk(
        &mut self,
        node: usize,
        begin: (usize, usize),
        first: (usize, usize),
        walked: &mut Grid<bool>,
    ) {
        let as_place = |(x, y): (usize, usize)| (x.cast_signed(), y.cast_signed());
        let mut places = vec![self.place(node)];
        let (mut before, mut at) = (begin, first);
        loop {
            walked[at] = true;
            places.push(as_place(at));
            let steps = self.around(at);
            let ahead = |next: &(usize, usize)| *next != before && *next != begin;
            // A node beside the way is its end; else on to the pixel that was not walked yet, those
            // that share a side first.
            let end = steps
                .iter()
                .filter(|next| ahead(next) || places.len() > 3)
                .find_map(|next| self.owner[*next].filter(|_| *next != before));
            if let Some(end) = end {
                places.push(self.place(end));
                self.skeleton.link(node, end, places);
                return;
            }
            let Some(next) = steps.into_iter().find(|next| !walked[*next] && *next != begin) else {
                return;
            };
            (before, at) = (at, next);
        }
    }

    fn place(&self, node: usize) -> Place {
        self.skeleton.node(node).map(|node| node.place).unwrap_or_default()
    }

    fn linked(&self, node: usize, other: usize) -> bool {
        self.skeleton.ridges().any(|(_, ridge)| (ridge.from, ridge.to) == (node, other))
    }

    /// The set pixels around, those that share a side first.
    fn around(&self, (x, y): (usize, usize)) -> Vec<(usize, usize)> {
        let sides = AROUND.iter().step_by(2).chain(AROUND.iter().skip(1).step_by(2));
        sides
            .filter_map(|(dx, dy)| Some((x.checked_add_signed(*dx)?, y.checked_add_signed(*dy)?)))
            .filter(|place| self.thin[*place])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORK: [&str; 9] = [
        "#.........#",
        ".#.......#.",
        "..#.....#..",
        "...#...#...",
        "....#.#....",
        ".....#.....",
        ".....#.....",
        ".....#.....",
        ".....#.....",
    ];

    fn drawn(rows: &[&str]) -> Skeleton {
        let (width, height) = (rows[0].len() + 4, rows.len() + 4);
        Skeleton::of(Grid::each(width, height, |x, y| {
            let row = y.checked_sub(2).and_then(|y| rows.get(y));
            row.is_some_and(|row| x >= 2 && row.as_bytes().get(x - 2) == Some(&b'#'))
        }))
    }

    #[test]
    fn a_line_has_two_ends_and_a_fork_three() {
        let line = drawn(&["##########"]);
        assert_eq!((line.ends().len(), line.ridges().count()), (2, 1));
        let (_, ridge) = line.ridges().next().unwrap();
        assert!(ridge.places.len() >= 8, "{ridge:?}");
        let fork = drawn(&FORK);
        assert_eq!((fork.ends().len(), fork.ridges().count()), (3, 3));
    }

    #[test]
    fn what_is_left_of_a_fork_is_one_line() {
        let mut fork = drawn(&FORK);
        let end = fork.ends()[0];
        fork.remove(end.ridge);
        assert_eq!((fork.ends().len(), fork.ridges().count()), (2, 1));
        let end = fork.ends()[0];
        fork.remove(end.ridge);
        assert_eq!((fork.ends().len(), fork.ridges().count()), (0, 0));
    }
}
