//! Edges: from one minutia to another, described without saying where or how the finger lay.

use super::angle::Angle;
use super::grid::nearest;
use super::minutia::Minutia;

/// How much longer or shorter an edge may be in another impression, in pixels.
pub(super) const LENGTH_ERROR: i16 = 10;
/// How much its angles may differ: ten degrees.
pub(super) const ANGLE_ERROR: u8 = 7;
/// Nearest neighbours that a minutia has edges to.
const NEIGHBOURS: usize = 9;

/// The shape of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// In pixels.
    pub(super) length: i16,
    /// From the first minutia's direction to the edge's.
    pub(super) near: Angle,
    /// From the second one's direction to the edge's, seen from there.
    pub(super) far: Angle,
}

/// An edge from a minutia to one of its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) shape: Shape,
    pub(super) neighbour: usize,
}

impl Shape {
    pub(super) fn between(one: &Minutia, other: &Minutia) -> Self {
        let (dx, dy) =
            (f32::from(other.x) - f32::from(one.x), f32::from(other.y) - f32::from(one.y));
        let angle = Angle::of(dx, dy);
        Self {
            length: i16::try_from(nearest(dx.hypot(dy))).unwrap_or(i16::MAX),
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

/// The edges from each minutia to its nearest neighbours, the shortest first.
pub(super) fn stars(minutiae: &[Minutia]) -> Vec<Vec<Edge>> {
    minutiae
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let mut edges: Vec<Edge> = minutiae
                .iter()
                .enumerate()
                .filter(|(neighbour, _)| *neighbour != at)
                .map(|(neighbour, other)| Edge { shape: Shape::between(one, other), neighbour })
                .collect();
            edges.sort_by_key(|edge| (edge.shape.length, edge.neighbour));
            edges.truncate(NEIGHBOURS);
            edges
        })
        .collect()
}
