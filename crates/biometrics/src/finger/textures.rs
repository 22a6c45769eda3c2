//! What is no finger and has ridges all the same, for tests: stripes, cloth, wood.

use core::f32::consts::{PI, TAU};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::grid::grey;
use super::impression::Impression;

const WIDTH: usize = 300;
const HEIGHT: usize = 400;

/// A kind of texture.
#[derive(Clone, Copy, Debug)]
pub(super) enum Texture {
    /// Printed lines, straight.
    Stripes,
    /// The same on a sheet that bulges: they turn by 20 degrees at most from one side to the other.
    BentStripes,
    /// Two gratings across each other, at about a right angle.
    Cloth,
    /// Lines that waver, each by 15 degrees at most, and not all as broad.
    Wood,
}

impl Texture {
    pub(super) const ALL: [Self; 4] = [Self::Stripes, Self::BentStripes, Self::Cloth, Self::Wood];

    /// One of this kind by chance; every other one as the patch that a finger leaves.
    pub(super) fn drawn(self, seed: u64) -> Impression {
        let mut rng = StdRng::seed_from_u64(seed);
        let run = rng.random_range(0.0..PI);
        let period = rng.random_range(6.5..12.0);
        let (contrast, noise) = (rng.random_range(50.0..110.0), rng.random_range(0.0..50.0));
        // From soft to sharply printed lines.
        let sharp: f32 = rng.random_range(0.5..4.0);
        let height = self.height(&mut rng, run, period);
        let mut pixels = Vec::with_capacity(WIDTH * HEIGHT);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let (right, down) = (x as f32 - 150.0, y as f32 - 200.0);
                let touches = seed.is_multiple_of(2) || (right / 120.0).hypot(down / 165.0) < 1.0;
                let height = (sharp * height(right, down)).tanh() / sharp.tanh();
                let level = if touches { 128.0 + contrast * height } else { 236.0 };
                pixels.push(grey(level + noise * rng.random_range(-1.0..1.0)));
            }
        }
        Impression::new(WIDTH, HEIGHT, &pixels, 500).unwrap()
    }

    /// How high it is at a place from the middle of the picture: -1 to 1.
    fn height(self, rng: &mut StdRng, run: f32, period: f32) -> Box<dyn Fn(f32, f32) -> f32> {
        let wave = move |across: f32| (TAU * across / period).cos();
        let along = move |x: f32, y: f32| {
            let (sine, cosine) = run.sin_cos();
            (x * cosine + y * sine, y * cosine - x * sine)
        };
        match self {
            Self::Stripes => Box::new(move |x, y| wave(along(x, y).1)),
            Self::BentStripes => {
                let turn: f32 = rng.random_range(-20.0..20.0_f32).to_radians();
                let bend = turn / 400.0 / 2.0;
                Box::new(move |x, y| {
                    let (along, across) = along(x, y);
                    wave(across + bend * along * along)
                })
            }
            Self::Cloth => {
                let askew = rng.random_range(-0.1..0.1);
                let other = period * rng.random_range(0.8..1.25_f32);
                let weft = rng.random_range(0.3..1.0);
                let is_woven = rng.random();
                // Folds show now the one threads, now the other.
                let folds: f32 = rng.random_range(0.0..0.9);
                let fold = TAU / rng.random_range(60.0..200.0_f32);
                Box::new(move |x, y| {
                    let (along, across) = along(x, y);
                    let lit = folds * (fold * (x + y)).sin();
                    let warp = (1.0 + lit) * wave(across);
                    let woof = (1.0 - lit) * (TAU * (along + askew * across) / other).cos();
                    if is_woven {
                        // Each thread goes over one and under the next.
                        (0.5 * warp + 0.5 * weft * woof + weft * warp * woof).clamp(-1.0, 1.0)
                    } else {
                        (warp + weft * woof) / (1.0 + weft)
                    }
                })
            }
            Self::Wood => {
                let wavers: [(f32, f32, f32, f32); 3] = core::array::from_fn(|_| {
                    let length = rng.random_range(120.0..500.0_f32);
                    // Three of them turn a line by the tangent of 15 degrees together.
                    let height = rng.random_range(0.3..1.0) * 0.268 / 3.0 * length / TAU;
                    (length, height, rng.random_range(-0.4..0.4), rng.random_range(0.0..TAU))
                });
                Box::new(move |x, y| {
                    let (along, across) = along(x, y);
                    let wavered: f32 = wavers
                        .iter()
                        .map(|(length, height, askew, phase)| {
                            height * (TAU * (along + askew * across) / length + phase).sin()
                        })
                        .sum();
                    let across = across + wavered;
                    0.7 * wave(across) + 0.3 * wave(across / 2.7)
                })
            }
        }
    }
}
