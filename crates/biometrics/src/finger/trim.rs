//! What a skeleton has that no finger has: pores in ridges, gaps, tails and fragments.

use super::angle::Angle;
use super::grid::{Grid, nearest};
use super::skeleton::{End, Place, Skeleton};

/// The longest side of a pore, in pixels.
const PORE: usize = 41;
/// The longest gap that is closed whatever the directions are, and the longest at all.
const RUPTURE: f32 = 5.0;
const GAP: f32 = 20.0;
/// How far a gap's direction may be from its ridges'.
const GAP_ANGLE: u8 = 32;
/// Where along the ridge its direction is taken for a gap.
const GAP_SAMPLE: usize = 22;
/// Pixels of a closed gap that may lie over another ridge.
const OVERLAP: usize = 2;
/// A ridge that joins others and ends after fewer pixels than that is a tail.
const TAIL: usize = 21;
/// A ridge that joins none and has fewer pixels is a fragment.
const FRAGMENT: usize = 22;
/// The shortest ridge whose end is led on over a gap.
const SHORTEST_JOINED: usize = 7;

/// Takes out what no finger has. `size` is the picture's.
pub(super) fn trimmed(mut skeleton: Skeleton, size: (usize, usize)) -> Skeleton {
    remove_pores(&mut skeleton);
    close_gaps(&mut skeleton, size);
    remove_tails(&mut skeleton);
    remove_fragments(&mut skeleton);
    skeleton
}

/// Two short ridges between the same two nodes are the sides of a pore: the straight line stays.
fn remove_pores(skeleton: &mut Skeleton) {
    let found: Vec<(usize, usize)> =
        skeleton.ridges().map(|(at, ridge)| (at, ridge.from)).collect();
    for (at, node) in found {
        let Some(ridge) = skeleton.ridge(at) else { continue };
        if ridge.from == ridge.to || ridge.places.len() > PORE {
            continue;
        }
        let ends = [ridge.from, ridge.to];
        let beside = skeleton.node(node).and_then(|node| {
            node.ridges.iter().copied().find(|other| {
                *other != at
                    && skeleton.ridge(*other).is_some_and(|other| {
                        other.places.len() <= PORE
                            && [[other.from, other.to], [other.to, other.from]].contains(&ends)
                    })
            })
        });
        let Some(beside) = beside else { continue };
        let places = |node| skeleton.node(node).map(|node: &super::skeleton::Node| node.place);
        let (Some(from), Some(to)) = (places(ends[0]), places(ends[1])) else { continue };
        let straight = line(from, to);
        // The line first: a node that is left with two ridges would be none any more.
        skeleton.join(ends[0], ends[1], straight);
        skeleton.remove(at);
        skeleton.remove(beside);
    }
}

/// Leads ridges on over gaps, the shortest first.
fn close_gaps(skeleton: &mut Skeleton, (width, height): (usize, usize)) {
    let ends = skeleton.ends();
    let place = |skeleton: &Skeleton, end: End| skeleton.node(end.node).map(|node| node.place);
    let mut gaps: Vec<(isize, End, End)> = Vec::new();
    for (at, one) in ends.iter().enumerate() {
        for other in &ends[at + 1..] {
            if one.ridge == other.ridge {
                continue;
            }
            let (Some(from), Some(to)) = (place(skeleton, *one), place(skeleton, *other)) else {
                continue;
            };
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let square = dx * dx + dy * dy;
            if square as f32 <= GAP * GAP && is_gap(skeleton, *one, *other, square) {
                gaps.push((square, *one, *other));
            }
        }
    }
    gaps.sort_by_key(|(square, one, other)| (*square, one.node, other.node));
    let mut drawn = Grid::filled(width, height, false);
    for (_, ridge) in skeleton.ridges() {
        for place in &ridge.places {
            set(&mut drawn, *place);
        }
    }
    for (_, one, other) in gaps {
        let is_end = |end: End| skeleton.node(end.node).is_some_and(|node| node.ridges.len() == 1);
        if !is_end(one) || !is_end(other) {
            continue;
        }
        let (Some(from), Some(to)) = (place(skeleton, one), place(skeleton, other)) else {
            continue;
        };
        let bridge = line(from, to);
        let inner = bridge.len().saturating_sub(OVERLAP);
        let overlaps = bridge
            .get(OVERLAP..inner)
            .unwrap_or_default()
            .iter()
            .any(|(x, y)| drawn.get(*x, *y).copied().unwrap_or_default());
        if overlaps {
            continue;
        }
        for place in &bridge {
            set(&mut drawn, *place);
        }
        skeleton.join(one.node, other.node, bridge);
    }
}

/// Whether one ridge seems to go on as the other.
fn is_gap(skeleton: &Skeleton, one: End, other: End, square: isize) -> bool {
    let sample = |end: End| -> Option<(Place, Place, usize)> {
        let places: Vec<Place> = skeleton.places_from(end)?.collect();
        let at = places.len().checked_sub(1)?.min(GAP_SAMPLE);
        Some((*places.first()?, places[at], places.len()))
    };
    let (Some((from, before, length)), Some((to, after, other_length))) =
        (sample(one), sample(other))
    else {
        return false;
    };
    if length.min(other_length) < SHORTEST_JOINED {
        return false;
    }
    if square as f32 <= RUPTURE * RUPTURE {
        return true;
    }
    let direction =
        |from: Place, to: Place| Angle::of((to.0 - from.0) as f32, (to.1 - from.1) as f32);
    let gap = direction(from, to);
    direction(before, from).distance(gap) <= GAP_ANGLE
        && direction(to, after).distance(gap) <= GAP_ANGLE
}

/// Short ridges that go off from others and end.
fn remove_tails(skeleton: &mut Skeleton) {
    for end in skeleton.ends() {
        let Some(ridge) = skeleton.ridge(end.ridge) else { continue };
        let root = if ridge.from == end.node { ridge.to } else { ridge.from };
        let joins = skeleton.node(root).is_some_and(|node| node.ridges.len() >= 3);
        if joins && ridge.places.len() < TAIL {
            skeleton.remove(end.ridge);
        }
    }
}

/// Short ridges with two ends.
fn remove_fragments(skeleton: &mut Skeleton) {
    for end in skeleton.ends() {
        let Some(ridge) = skeleton.ridge(end.ridge) else { continue };
        let alone = [ridge.from, ridge.to]
            .iter()
            .all(|node| skeleton.node(*node).is_some_and(|node| node.ridges.len() == 1));
        if alone && ridge.places.len() < FRAGMENT {
            skeleton.remove(end.ridge);
        }
    }
}

fn set(drawn: &mut Grid<bool>, (x, y): Place) {
    if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y))
        && x < drawn.width
        && y < drawn.height
    {
        drawn[(x, y)] = true;
    }
}

/// The pixels of a straight line, both ends included.
fn line(from: Place, to: Place) -> Vec<Place> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let steps = dx.abs().max(dy.abs());
    (0..=steps)
        .map(|step| {
            let part = |length: isize| nearest(length as f32 * step as f32 / steps.max(1) as f32);
            (from.0 + part(dx), from.1 + part(dy))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_every_pixel_once() {
        assert_eq!(line((0, 0), (3, 1)), [(0, 0), (1, 0), (2, 1), (3, 1)]);
        assert_eq!(line((2, 2), (2, 2)), [(2, 2)]);
        assert_eq!(line((0, 0), (0, -2)), [(0, 0), (0, -1), (0, -2)]);
    }
}
