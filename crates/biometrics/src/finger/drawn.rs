//! Fingers for tests, drawn by a formula: a wave whose phase has a vortex at each minutia (K. Larkin and
//! P. Fletcher, "A coherent framework for fingerprint analysis: are fingerprints holograms?", Optics
//! Express 15(14), 2007). They say nothing about accuracy.

use core::f32::consts::TAU;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::impression::Impression;

/// The side of the picture, and the distance of ridges, in pixels.
const WIDTH: usize = 300;
const HEIGHT: usize = 340;
const RIDGE: f32 = 9.0;

/// A finger: where its minutiae are, from the middle of the picture, and which way each winds.
pub(super) struct Finger {
    pub(super) vortices: Vec<(f32, f32, f32)>,
    bend: f32,
}

/// How it is put on the scanner.
#[derive(Clone, Copy, Default)]
pub(super) struct Placed {
    pub(super) right: f32,
    pub(super) down: f32,
    /// Radians.
    pub(super) turned: f32,
    /// How much of the grey levels is chance, 0 to 1.
    pub(super) noise: f32,
    /// Columns from the left that the finger leaves free.
    pub(super) cut: usize,
}

impl Finger {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut vortices: Vec<(f32, f32, f32)> = Vec::new();
        while vortices.len() < 24 {
            let (x, y) = (rng.random_range(-110.0..110.0), rng.random_range(-130.0..130.0));
            if vortices.iter().all(|(u, v, _)| (u - x).hypot(v - y) > 28.0) {
                vortices.push((x, y, if rng.random() { 1.0 } else { -1.0 }));
            }
        }
        Self { vortices, bend: rng.random_range(0.0008..0.002) }
    }

    pub(super) fn placed(&self, how: Placed) -> Impression {
        let mut rng = StdRng::seed_from_u64(9);
        let mut pixels = vec![255; WIDTH * HEIGHT];
        for y in 0..HEIGHT {
            for x in how.cut..WIDTH {
                let (u, v) = back(x as f32, y as f32, how);
                let mut phase = TAU / RIDGE * (v + self.bend * u * u);
                for (a, b, winds) in &self.vortices {
                    phase += winds * (v - b).atan2(u - a);
                }
                let chance: f32 = rng.random_range(-1.0..1.0);
                let grey = 128.0 + 100.0 * ((1.0 - how.noise) * phase.cos() + how.noise * chance);
                pixels[y * WIDTH + x] = crate::finger::grid::grey(grey);
            }
        }
        Impression::new(WIDTH, HEIGHT, &pixels, 500).unwrap()
    }

    /// Where a vortex is in the picture.
    pub(super) fn seen((a, b, _): (f32, f32, f32), how: Placed) -> (f32, f32) {
        let (sine, cosine) = how.turned.sin_cos();
        (
            a * cosine - b * sine + WIDTH as f32 / 2.0 + how.right,
            a * sine + b * cosine + HEIGHT as f32 / 2.0 + how.down,
        )
    }
}

fn back(x: f32, y: f32, how: Placed) -> (f32, f32) {
    let (sine, cosine) = how.turned.sin_cos();
    let (x, y) = (x - WIDTH as f32 / 2.0 - how.right, y - HEIGHT as f32 / 2.0 - how.down);
    (x * cosine + y * sine, y * cosine - x * sine)
}
