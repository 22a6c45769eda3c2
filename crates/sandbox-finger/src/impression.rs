use core::f32::consts::{PI, TAU};

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::fault::PrintFault;
use crate::field::Field;
use crate::pattern::{Pattern, Place};
use crate::print::SimulatedPrint;
use crate::ridges;
use crate::seed::{around_zero, chance};

/// Grey of the glass where nothing touches it.
const GLASS: f32 = 236.0;

/// A finger that nobody has.
#[derive(Clone, Debug)]
pub struct SimulatedFinger {
    owner: String,
    name: String,
    skin: Field,
}

/// How a finger is put on the glass.
#[derive(Clone, Copy, Debug)]
struct Pressed {
    /// Where the middle of the glass is in the finger, in pixels.
    shift: Place,
    /// How far the finger is turned, in radians.
    turned: f32,
    /// Where the middle of what touches the glass is in the finger, and how far it reaches.
    touching: Place,
    reach: Place,
    /// How the skin around the inner part is dragged: by a shift and a turn.
    dragged: Place,
    twisted: f32,
    /// How hard: more makes ridges broader.
    pressure: f32,
}

impl Pressed {
    fn by_chance(rng: &mut StdRng) -> Self {
        let mut near = |by: f32| around_zero(rng, by);
        let shift = Place { x: near(9.0), y: near(12.0) };
        let turned = near(0.09);
        let touching = Place { x: near(5.0), y: near(7.0) };
        let dragged = Place { x: near(2.0), y: near(2.0) };
        let (twisted, pressure) = (near(0.015), near(0.12));
        let reach = Place { x: rng.random_range(112.0..132.0), y: rng.random_range(150.0..178.0) };
        Self { shift, turned, touching, reach, dragged, twisted, pressure }
    }

    /// A part of the finger at the edge of the glass.
    fn in_part(self, rng: &mut StdRng) -> Self {
        let side = if rng.random() { 1.0 } else { -1.0 };
        Self {
            shift: self.shift.moved(Place { x: side * 50.0, y: -45.0 }, 1.0),
            reach: Place { x: self.reach.x * 0.85, y: self.reach.y * 0.8 },
            ..self
        }
    }

    /// Which place of the finger is at a pixel.
    fn place(&self, x: usize, y: usize) -> Place {
        let seen = Place {
            x: x as f32 - SimulatedPrint::WIDTH as f32 / 2.0,
            y: SimulatedPrint::HEIGHT as f32 / 2.0 - y as f32,
        };
        seen.turned(self.turned).moved(self.shift, 1.0)
    }

    /// 0 in the middle of what touches the glass, 1 at its edge.
    fn outwards(&self, at: Place) -> f32 {
        let way = at.moved(self.touching, -1.0);
        (way.x / self.reach.x).hypot(way.y / self.reach.y)
    }

    /// Where the skin that is seen there would be without being dragged: what is pressed hardest, in
    /// the middle, keeps its place, and what is around it gives way (R. Cappelli, D. Maio and D.
    /// Maltoni, "Modelling plastic distortion in fingerprint images", ICAPR 2001).
    fn undragged(&self, place: Place) -> Place {
        let beyond = ((self.outwards(place) - 0.35) / 0.6).clamp(0.0, 1.0);
        let gives = 0.5 * (1.0 - (PI * beyond).cos());
        place.turned(self.twisted * gives).moved(self.dragged, gives)
    }
}

impl SimulatedFinger {
    /// The names of the ten fingers, in the order of ISO/IEC 19794-2:2005, table 2.
    pub const NAMES: [&str; 10] = [
        "right-thumb",
        "right-index",
        "right-middle",
        "right-ring",
        "right-little",
        "left-thumb",
        "left-index",
        "left-middle",
        "left-ring",
        "left-little",
    ];

    /// The finger of this name (`right-index`) of this resident, always the same.
    pub fn of(owner: &str, name: &str) -> Self {
        let mut rng = chance(&["finger 2", owner, name]);
        let pattern = Pattern::by_chance(&mut rng);
        let skin = ridges::grow(&pattern, &mut rng);
        Self { owner: owner.to_owned(), name: name.to_owned(), skin }
    }

    /// What the scanner sees when the finger is put on it for this time, always the same.
    pub fn print(&self, impression: u32) -> SimulatedPrint {
        let mut rng = self.chance(impression);
        let pressed = Pressed::by_chance(&mut rng);
        self.pressed(pressed, &mut rng)
    }

    /// What it sees when something is wrong.
    pub fn faulty_print(&self, impression: u32, fault: PrintFault) -> SimulatedPrint {
        let mut rng = self.chance(impression);
        match fault {
            PrintFault::OtherFinger => {
                Self::of(&self.owner, &format!("not {}", self.name)).print(impression)
            }
            PrintFault::Partial => {
                let pressed = Pressed::by_chance(&mut rng).in_part(&mut rng);
                self.pressed(pressed, &mut rng)
            }
            PrintFault::Blank => SimulatedPrint::each(|_, _| GLASS + around_zero(&mut rng, 2.0)),
            PrintFault::Desk => desk(&mut rng),
        }
    }

    fn chance(&self, impression: u32) -> StdRng {
        chance(&["impression", &self.owner, &self.name, &impression.to_string()])
    }

    fn pressed(&self, pressed: Pressed, rng: &mut StdRng) -> SimulatedPrint {
        // Sweat and dirt: fine grain that breaks ridges, and patches that are pressed harder.
        let grain = noise(rng, 1, 1);
        let patches = noise(rng, 1, 12);
        // The edge of what touches the glass is no ellipse.
        let bumps: [(f32, f32); 4] =
            core::array::from_fn(|_| (around_zero(rng, 0.02), rng.random_range(0.0..TAU)));
        let ink = Field::each(SimulatedPrint::WIDTH, SimulatedPrint::HEIGHT, |x, y| {
            let at = y * SimulatedPrint::WIDTH + x;
            let place = pressed.place(x, y);
            let outwards = pressed.outwards(place);
            if outwards > 1.3 {
                return 0.0;
            }
            let (column, row) = ridges::cell(pressed.undragged(place));
            let height = self.skin.between(column, row)
                + pressed.pressure
                + 0.12 * patches.cells[at]
                + 0.28 * grain.cells[at];
            let angle = place.direction_from(pressed.touching);
            let bumped: f32 = (2_u8..)
                .zip(bumps)
                .map(|(waves, (height, phase))| height * (f32::from(waves) * angle + phase).sin())
                .sum();
            let touches = smooth((1.0 + bumped - outwards) / 0.05);
            touches / (1.0 + (-3.5 * height).exp())
        });
        let ink = ink.blurred(1);
        let glass = noise(rng, 0, 0);
        SimulatedPrint::each(|x, y| {
            let at = y * SimulatedPrint::WIDTH + x;
            GLASS - 190.0 * ink.cells[at] + 3.0 * glass.cells[at]
        })
    }
}

/// Chance for each pixel, smoothed once or twice, with a mean of zero and a deviation of one.
fn noise(rng: &mut StdRng, first: usize, second: usize) -> Field {
    let raw = Field::each(SimulatedPrint::WIDTH, SimulatedPrint::HEIGHT, |_, _| {
        rng.random_range(-1.0..1.0)
    });
    raw.blurred(first).blurred(second).standardised(1.0)
}

/// 0 below −1, 1 above 1, and smooth between.
fn smooth(value: f32) -> f32 {
    let part = (value * 0.5 + 0.5).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// The grain of wood under a lamp: lines, as of ridges, but of another run.
fn desk(rng: &mut StdRng) -> SimulatedPrint {
    let wavy = noise(rng, 12, 24);
    let fine = noise(rng, 0, 1);
    let slope: f32 = rng.random_range(-0.2..0.2);
    SimulatedPrint::each(|x, y| {
        let at = y * SimulatedPrint::WIDTH + x;
        let (right, down) = (x as f32, y as f32);
        let across = down + slope * right + 14.0 * wavy.cells[at];
        let rings = (TAU * across / 23.0).sin() + 0.5 * (TAU * across / 9.5 + 1.0).sin();
        let lamp = 40.0 * (right / SimulatedPrint::WIDTH as f32);
        110.0 + lamp + 22.0 * rings + 9.0 * fine.cells[at]
    })
}
