//! How the ridges of a finger run.

use core::f32::consts::{PI, TAU};

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::seed::around_zero;

/// A place in a finger, or a way from one to another, in pixels at 500 dots an inch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// To the right of the middle.
    pub(crate) x: f32,
    /// Above the middle.
    pub(crate) y: f32,
}

impl Place {
    /// Turned around the middle, counterclockwise, in radians.
    pub(crate) fn turned(self, angle: f32) -> Self {
        let (sine, cosine) = angle.sin_cos();
        Self { x: self.x * cosine - self.y * sine, y: self.x * sine + self.y * cosine }
    }

    /// Further by so much of a way.
    pub(crate) fn moved(self, by: Self, times: f32) -> Self {
        Self { x: self.x + by.x * times, y: self.y + by.y * times }
    }

    /// The direction of the way to here, counterclockwise from the right, in radians.
    pub(crate) fn direction_from(self, from: Self) -> f32 {
        (self.y - from.y).atan2(self.x - from.x)
    }
}

/// The run of a finger's ridges: that of an arch, or the one that follows from cores and deltas
/// (B. G. Sherlock and D. M. Monro, "A model for interpreting fingerprint topology", Pattern
/// Recognition 26(7), 1993).
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    cores: Vec<Place>,
    deltas: Vec<Place>,
    /// How steep an arch is at its sides; ridges of the other kinds bend down above the core likewise.
    bend: f32,
    /// Small turns that no other finger has.
    waves: [Wave; 3],
}

/// A wave of small turns: its run, in radians a pixel; where it begins; how high it is, in radians.
#[derive(Clone, Copy, Debug)]
struct Wave {
    across: f32,
    up: f32,
    phase: f32,
    height: f32,
}

impl Pattern {
    /// One by chance; the kinds are about as common as among people.
    pub(crate) fn by_chance(rng: &mut StdRng) -> Self {
        let mut near = |x: f32, y: f32, by: f32| Place {
            x: x + around_zero(rng, by),
            y: y + around_zero(rng, by),
        };
        let (core, lower) = (near(0.0, 30.0, 20.0), near(0.0, -15.0, 14.0));
        let (left, right) = (near(-95.0, -90.0, 24.0), near(95.0, -90.0, 24.0));
        let under = Place { x: core.x, ..near(0.0, -80.0, 8.0) };
        let (cores, deltas) = match rng.random_range(0..100) {
            0..33 => (vec![core], vec![left]),
            33..65 => (vec![core], vec![right]),
            65..93 => (vec![core, lower], vec![left, right]),
            93..96 => (vec![core], vec![under]),
            _ => (vec![], vec![]),
        };
        let bend = rng.random_range(0.3..0.9);
        let waves = core::array::from_fn(|_| {
            let (direction, length) =
                (rng.random_range(0.0..TAU), rng.random_range(180.0..400.0_f32));
            Wave {
                across: TAU / length * direction.cos(),
                up: TAU / length * direction.sin(),
                phase: rng.random_range(0.0..TAU),
                height: around_zero(rng, 0.12),
            }
        });
        Self { cores, deltas, bend, waves }
    }

    /// How many cores: an arch has none, a loop one, a whorl two.
    #[cfg(test)]
    pub(crate) fn cores(&self) -> usize {
        self.cores.len()
    }

    /// The direction of the ridges there, counterclockwise from the right, in radians; half a turn
    /// more or less is the same.
    pub(crate) fn direction(&self, at: Place) -> f32 {
        let about = |places: &[Place]| -> f32 {
            places.iter().map(|place| at.direction_from(*place)).sum()
        };
        let Place { x, y } = at;
        let waves: f32 = self
            .waves
            .iter()
            .map(|wave| wave.height * (wave.across * x + wave.up * y + wave.phase).sin())
            .sum();
        let own = if let Some(core) = self.cores.first() {
            // Above the core the ridges follow the tip of the finger.
            let above = ((y - core.y) / 50.0).tanh() * 0.5 + 0.5;
            0.5 * (about(&self.cores) - about(&self.deltas))
                - self.bend * above * ((x - core.x) / 110.0).tanh()
        } else {
            let height = (-(y / 150.0).powi(2)).exp() + 0.25;
            -(self.bend * 1.5 * height * (PI * x / 210.0).sin()).atan()
        };
        own + waves
    }
}
