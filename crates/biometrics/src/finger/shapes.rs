//! All edges of a template, found by their shape.

use super::edges::{ANGLE_ERROR, LENGTH_ERROR, Shape};
use super::minutia::Minutia;

/// Lengths are told apart in steps of the error that they may have; longer ones are one.
const LENGTHS: usize = 48;
/// Angles in steps of eight, just over the error that they may have.
const ANGLES: usize = 32;
const ANGLE_STEP: u8 = ANGLE_ERROR + 1;

/// The edges between every two minutiae, those of about the same shape side by side.
#[derive(Debug)]
pub(super) struct Shapes {
    edges: Vec<(Shape, u8)>,
    /// Where the edges of a cell begin; one more than there are.
    begins: Vec<u32>,
}

impl Shapes {
    pub(super) fn of(minutiae: &[Minutia]) -> Self {
        let count = minutiae.len() * minutiae.len().saturating_sub(1);
        let (mut unordered, mut cells) = (Vec::with_capacity(count), Vec::with_capacity(count));
        // Counted first, then each is put into its place: no comparisons.
        let mut begins = vec![0_u32; LENGTHS * ANGLES + 1];
        for (one, from) in minutiae.iter().zip(0_u8..) {
            for (other, to) in minutiae.iter().zip(0_u8..) {
                if from != to {
                    let shape = Shape::between(one, other);
                    let cell = cell(length_step(shape.length), angle_step(shape));
                    begins[cell] += 1;
                    unordered.push((shape, from));
                    cells.push(cell);
                }
            }
        }
        let mut end = 0;
        for begin in &mut begins {
            end += *begin;
            *begin = end;
        }
        let mut edges = vec![(Shape::default(), 0); unordered.len()];
        for (edge, cell) in unordered.into_iter().zip(cells).rev() {
            begins[cell] -= 1;
            edges[begins[cell] as usize] = edge;
        }
        Self { edges, begins }
    }

    /// The minutiae that an edge of about that shape begins at.
    pub(super) fn fitting(&self, shape: Shape) -> impl Iterator<Item = u8> {
        let lengths =
            length_step(shape.length - LENGTH_ERROR)..=length_step(shape.length + LENGTH_ERROR);
        let middle = angle_step(shape);
        let angles = [middle + ANGLES - 1, middle, middle + 1].map(|angle| angle % ANGLES);
        lengths
            .flat_map(move |length| angles.map(|angle| cell(length, angle)))
            .flat_map(|cell| {
                &self.edges[self.begins[cell] as usize..self.begins[cell + 1] as usize]
            })
            .filter(move |(other, _)| other.fits(shape))
            .map(|(_, from)| *from)
    }
}

fn length_step(length: i16) -> usize {
    usize::from((length.max(0) / LENGTH_ERROR).unsigned_abs()).min(LENGTHS - 1)
}

const fn angle_step(shape: Shape) -> usize {
    (shape.near.0 / ANGLE_STEP) as usize
}

const fn cell(length: usize, angle: usize) -> usize {
    length * ANGLES + angle
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finger::bytes::tests::minutiae;

    proptest! {
        #[test]
        fn what_fits_is_found(all in prop::collection::vec(minutiae(), 2..20), index: [usize; 2], turn: u8) {
            let [one, other] = index.map(|index| all[index % all.len()]);
            let mut shape = Shape::between(&one, &other);
            shape.near.0 = shape.near.0.wrapping_add(turn % 16);
            shape.length += i16::from(turn / 16);
            let mut wanted = Vec::new();
            for (at, from) in all.iter().zip(0_u8..) {
                for (_, to) in all.iter().enumerate().filter(|(other, _)| *other != usize::from(from)) {
                    wanted.extend(Shape::between(at, to).fits(shape).then_some(from));
                }
            }
            let mut found: Vec<u8> = Shapes::of(&all).fitting(shape).collect();
            found.sort_unstable();
            prop_assert_eq!(found, wanted);
        }
    }
}
