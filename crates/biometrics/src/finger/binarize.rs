//! What is ridge and what is valley: the mean along the ridge against the mean across it.

use core::f32::consts::{FRAC_PI_2, PI};

use super::blocks::Blocks;
use super::grid::{Grid, nearest};

/// A mean over places in a line through a pixel.
struct Smoothing {
    /// Directions that are told apart.
    directions: usize,
    /// How far the line goes to both sides, in pixels.
    radius: f32,
    /// By how much each place is nearer than the one before.
    step: f32,
}

const ALONG: Smoothing = Smoothing { directions: 32, radius: 7.0, step: 1.59 };
const ACROSS: Smoothing = Smoothing { directions: 11, radius: 4.0, step: 1.11 };

/// Where ridges are.
pub(super) fn ridges(
    equalized: &Grid<f32>,
    orientations: &Grid<f32>,
    blocks: &Blocks,
    finger: &Grid<bool>,
) -> Grid<bool> {
    let along = ALONG.smooth(equalized, orientations, blocks, finger, 0.0);
    let across = ACROSS.smooth(&along, orientations, blocks, finger, FRAC_PI_2);
    let mask = blocks.spread(finger, false);
    let ridges = Grid::each(along.width, along.height, |x, y| {
        mask[(x, y)] && along[(x, y)] > across[(x, y)]
    });
    without_crosses(without_specks(&ridges, &mask))
}

impl Smoothing {
    fn smooth(
        &self,
        values: &Grid<f32>,
        orientations: &Grid<f32>,
        blocks: &Blocks,
        finger: &Grid<bool>,
        turned: f32,
    ) -> Grid<f32> {
        let lines = self.lines();
        let mut result = Grid::filled(values.width, values.height, 0.0);
        for row in 0..blocks.rows {
            for column in 0..blocks.columns {
                if !finger[(column, row)] {
                    continue;
                }
                let angle = (orientations[(column, row)] + turned).rem_euclid(PI);
                let line = nearest((angle / PI * self.directions as f32).floor()).unsigned_abs();
                let line = line % self.directions;
                let line = &lines[line];
                let share = 1.0 / line.len() as f32;
                let (across, down) = blocks.area(column, row);
                for &(dx, dy) in line {
                    // A row that a place would leave the picture in is left out there.
                    let inside = |at: usize, by: isize, length: usize| {
                        at.checked_add_signed(by).filter(|at| *at < length)
                    };
                    for y in down.clone() {
                        let Some(from_y) = inside(y, dy, values.height) else { continue };
                        let from = values.row(from_y);
                        for x in across.clone() {
                            let Some(from_x) = inside(x, dx, values.width) else { continue };
                            result[(x, y)] += from[from_x] * share;
                        }
                    }
                }
            }
        }
        result
    }

    /// The places of a line in each direction, nearest first and each once.
    fn lines(&self) -> Vec<Vec<(isize, isize)>> {
        (0..self.directions)
            .map(|direction| {
                let angle = (direction as f32 + 0.5) / self.directions as f32 * PI;
                let mut places = vec![(0, 0)];
                let mut radius = self.radius;
                while radius >= 0.5 {
                    let place = |side: f32| {
                        let along = side * radius;
                        (nearest(along * angle.cos()), nearest(along * angle.sin()))
                    };
                    for place in [place(1.0), place(-1.0)] {
                        if !places.contains(&place) {
                            places.push(place);
                        }
                    }
                    radius /= self.step;
                }
                places
            })
            .collect()
    }
}

/// Without islands and holes of a few pixels.
fn without_specks(ridges: &Grid<bool>, mask: &Grid<bool>) -> Grid<bool> {
    let (radius, share, border) = (2, 0.61, 17);
    let islands = ridges.clone().not().majority(Some(mask), radius, share, border);
    let holes = ridges.majority(Some(mask), radius, share, border);
    Grid::each(ridges.width, ridges.height, |x, y| {
        ridges[(x, y)] && !islands[(x, y)] || holes[(x, y)]
    })
}

/// Without places at which two ridges and two valleys meet in one point: the ridges are parted.
fn without_crosses(mut ridges: Grid<bool>) -> Grid<bool> {
    loop {
        let mut any = false;
        for y in 0..ridges.height - 1 {
            for x in 0..ridges.width - 1 {
                let square =
                    [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| ridges[(x + dx, y + dy)]);
                if square == [true, false, false, true] || square == [false, true, true, false] {
                    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        ridges[(x + dx, y + dy)] = false;
                    }
                    any = true;
                }
            }
        }
        if !any {
            return ridges;
        }
    }
}
