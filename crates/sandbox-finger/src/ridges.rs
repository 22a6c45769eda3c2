//! Ridges grow along their run.

use core::f32::consts::{PI, SQRT_2, TAU};

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::field::{Field, whole};
use crate::pattern::{Pattern, Place};

/// Pixels at 500 dots an inch to a cell: a ridge and a valley take four to five cells.
const CELL: f32 = 2.0;
/// The size of a finger's skin, in cells.
const WIDTH: usize = 200;
const HEIGHT: usize = 264;
/// How far the filter reaches, in cells.
const REACH: usize = 7;
/// Its rows, and the length of one: two times eight, the last of them empty.
const ROWS: usize = 2 * REACH + 1;
const SPAN: usize = 16;
/// Directions that the filter is kept for, to half a turn.
const DIRECTIONS: usize = 64;
/// Places that ridges begin to grow from.
const SEEDS: usize = 2000;
/// How much stronger than what is there the filter answers: strong enough to grow what is faint.
const GAIN: f32 = 4.0;
/// Rounds of growing: the skin is covered after about half of them, and then settles.
const ROUNDS: usize = 20;

/// The weights of a filter, row by row.
struct Filter([[f32; SPAN]; ROWS]);

/// The skin of a finger: about 1 on a ridge, −1 in a valley.
pub(crate) fn grow(pattern: &Pattern, rng: &mut StdRng) -> Field {
    let period = rng.random_range(7.8..10.4) / CELL;
    let filters: Vec<Filter> =
        (0..DIRECTIONS).map(|at| filter(at as f32 * PI / DIRECTIONS as f32, period)).collect();
    let run: Vec<usize> = (0..WIDTH * HEIGHT)
        .map(|at| {
            let direction = pattern.direction(place(at % WIDTH, at / WIDTH));
            let at = whole(direction.rem_euclid(PI) / PI * DIRECTIONS as f32);
            at.unsigned_abs() % DIRECTIONS
        })
        .collect();
    // With a margin, so that the filter never leaves the grid.
    let stride = WIDTH + SPAN;
    let mut skin = vec![0.0_f32; stride * (HEIGHT + ROWS)];
    for _ in 0..SEEDS {
        let (x, y) = (rng.random_range(0..WIDTH), rng.random_range(0..HEIGHT));
        skin[(y + REACH) * stride + x + REACH] = 1.0;
    }
    let mut next = skin.clone();
    for round in 1..=ROUNDS {
        // What grows beyond is cut, but for the last time, which smooths the edges that this leaves.
        let most = if round < ROUNDS { 1.0 } else { f32::INFINITY };
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let answer = answer(&filters[run[y * WIDTH + x]], &skin[y * stride + x..], stride);
                next[(y + REACH) * stride + x + REACH] = answer.clamp(-most, most);
            }
        }
        core::mem::swap(&mut skin, &mut next);
    }
    let grown = Field::each(WIDTH, HEIGHT, |x, y| skin[(y + REACH) * stride + x + REACH]);
    // A wave is as high as the root of twice its variance.
    grown.standardised(1.0 / SQRT_2)
}

/// What the filter makes of the skin from here on, in eight sums that a processor takes at once.
fn answer(filter: &Filter, skin: &[f32], stride: usize) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (weights, cells) in filter.0.iter().zip(skin.chunks(stride)) {
        for (weights, cells) in weights.as_chunks::<8>().0.iter().zip(cells.as_chunks::<8>().0) {
            for lane in 0..8 {
                sums[lane] += weights[lane] * cells[lane];
            }
        }
    }
    sums.iter().sum()
}

/// Where in the finger a cell is.
fn place(x: usize, y: usize) -> Place {
    Place { x: CELL * (x as f32 - WIDTH as f32 / 2.0), y: CELL * (HEIGHT as f32 / 2.0 - y as f32) }
}

/// In which cell, or between which, a place in the finger is.
pub(crate) fn cell(place: Place) -> (f32, f32) {
    (place.x / CELL + WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0 - place.y / CELL)
}

/// What ridges of this direction (counterclockwise, in radians) and period (in cells) answer to: a wave
/// across them, within a bell of three ridges, without a mean.
fn filter(direction: f32, period: f32) -> Filter {
    let deviation = 0.4 * period;
    let (sine, cosine) = direction.sin_cos();
    let mut weights: [[f32; SPAN]; ROWS] = core::array::from_fn(|row| {
        core::array::from_fn(|column| {
            let (right, up) = (column as f32 - REACH as f32, REACH as f32 - row as f32);
            let across = up * cosine - right * sine;
            let bell = (-(right * right + up * up) / (2.0 * deviation * deviation)).exp();
            if column < ROWS { bell * (TAU * across / period).cos() } else { 0.0 }
        })
    });
    let taps = (ROWS * ROWS) as f32;
    let mean = weights.as_flattened().iter().sum::<f32>() / taps;
    for weight in weights.iter_mut().flat_map(|row| &mut row[..ROWS]) {
        *weight -= mean;
    }
    let sum: f32 = weights.as_flattened().iter().map(|weight| weight.abs()).sum();
    for weight in weights.as_flattened_mut() {
        *weight *= GAIN / sum;
    }
    Filter(weights)
}
