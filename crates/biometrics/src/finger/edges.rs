//! Edges: from one minutia to another, described without saying where or how the finger lay.

use super::angle::Angle;
use super::minutia::Minutia;

/// How much longer or shorter an edge may be in another impression, in pixels.
pub(super) const LENGTH_ERROR: i16 = 10;
/// How much its angles may differ: ten degrees.
pub(super) const ANGLE_ERROR: u8 = 7;
/// Nearest neighbours that a minutia has edges to.
const NEIGHBOURS: usize = 9;

/// The shape of an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// In pixels.
    pub(super) length: i16,
    /// From the first minutia's direction to the edge's.
    pub(super) near: Angle,
    /// From the second one's direction to the edge's, seen from there.
    pub(super) far: Angle,
}

/// An edge from a minutia to one of its neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge {
    pub(super) shape: Shape,
    /// Its place in the template, which has at most a hundred.
    pub(super) neighbour: u8,
}

impl Shape {
    pub(super) fn between(one: &Minutia, other: &Minutia) -> Self {
        let (dx, dy) = apart(one, other);
        let angle = Angle::about(dx as f32, dy as f32);
        Self {
            length: length(dx * dx + dy * dy),
            near: angle.minus(one.direction),
            far: angle.opposite().minus(other.direction),
        }
    }

    /// Whether both can be of the same two places of a finger.
    pub(super) const fn fits(self, other: Self) -> bool {
        (self.length - other.length).abs() <= LENGTH_ERROR
            && self.near.distance(other.near) <= ANGLE_ERROR
            && self.far.distance(other.far) <= ANGLE_ERROR
    }
}

fn apart(one: &Minutia, other: &Minutia) -> (i32, i32) {
    (i32::from(other.x) - i32::from(one.x), i32::from(other.y) - i32::from(one.y))
}

/// The root of a square, rounded.
#[expect(clippy::cast_possible_truncation, reason = "float-to-integer casts saturate")]
fn length(square: i32) -> i16 {
    ((square as f32).sqrt() + 0.5) as i16
}

/// The edges from each minutia to its nearest neighbours.
#[derive(Debug, Default)]
pub(super) struct Stars {
    edges: Vec<Edge>,
    /// Edges that each minutia has.
    each: usize,
}

impl Stars {
    pub(super) fn of(minutiae: &[Minutia]) -> Self {
        let mut stars = Self::default();
        stars.become_those_of(minutiae);
        stars
    }

    /// As [`Stars::of`], in the same memory.
    pub(super) fn become_those_of(&mut self, minutiae: &[Minutia]) {
        self.each = NEIGHBOURS.min(minutiae.len().saturating_sub(1));
        self.edges.clear();
        for (at, one) in minutiae.iter().enumerate() {
            // The nearest so far, in order, by square and place.
            let mut nearest = [(i32::MAX, 0_u8); NEIGHBOURS];
            for ((place, other), index) in minutiae.iter().enumerate().zip(0_u8..) {
                let (dx, dy) = apart(one, other);
                let square = dx * dx + dy * dy;
                if place == at || square >= nearest[NEIGHBOURS - 1].0 {
                    continue;
                }
                let mut slot = NEIGHBOURS - 1;
                while slot > 0 && nearest[slot - 1].0 > square {
                    nearest[slot] = nearest[slot - 1];
                    slot -= 1;
                }
                nearest[slot] = (square, index);
            }
            self.edges.extend(nearest[..self.each].iter().map(|(_, neighbour)| Edge {
                shape: Shape::between(one, &minutiae[usize::from(*neighbour)]),
                neighbour: *neighbour,
            }));
        }
    }

    /// The edges of a minutia, the shortest first.
    pub(super) fn of_one(&self, minutia: u8) -> &[Edge] {
        &self.edges[usize::from(minutia) * self.each..][..self.each]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finger::minutia::MinutiaKind;

    #[test]
    fn a_star_has_the_nearest_in_their_order() {
        let at = |x: i16, y: i16| Minutia { x, y, direction: Angle(10), kind: MinutiaKind::Ending };
        let row: Vec<Minutia> = (0..30).map(|x| at(x * x, 0)).collect();
        let stars = Stars::of(&row);
        let lengths: Vec<i16> = stars.of_one(29).iter().map(|edge| edge.shape.length).collect();
        assert_eq!(lengths, [57, 112, 165, 216, 265, 312, 357, 400, 441]);
        assert_eq!(stars.of_one(29)[0].neighbour, 28);
        let edge = stars.of_one(29)[0].shape;
        assert_eq!((edge.near, edge.far), (Angle(118), Angle(246)));
        let three = Stars::of(&row[..3]);
        assert_eq!(three.of_one(1).iter().map(|edge| edge.neighbour).collect::<Vec<_>>(), [0, 2]);
        assert!(Stars::of(&row[..1]).of_one(0).is_empty());
    }
}
