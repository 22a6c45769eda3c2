//! From the picture to the minutiae.

use super::angle::Angle;
use super::binarize::ridges;
use super::blocks::Blocks;
use super::contrast::finger;
use super::equalize::equalized;
use super::grid::{Grid, nearest};
use super::impression::Impression;
use super::minutia::{FingerTemplate, Minutia, MinutiaKind};
use super::orientation::orientations;
use super::quality::{ImpressionQuality, measured};
use super::skeleton::{Place, Skeleton};
use super::trim::trimmed;

/// A minutia's direction is that from its end over so many pixels of its ridge, but for the first.
const DIRECTION_SAMPLE: usize = 21;
const DIRECTION_SKIP: usize = 1;
/// Nearer than that to the edge of the finger a ridge ends because the picture does. (14 is published; with
/// 10 fewer genuine pairs are missed, see `docs/accuracy/fingers.md`.)
const EDGE: usize = 10;
/// So far beyond an end the finger has to go on.
const BEYOND: f32 = 10.06;
/// More minutiae than that within that many pixels are none: a scar, or dirt.
const CLOUD: usize = 4;
const CLOUD_RADIUS: i32 = 20;

impl Impression {
    /// The minutiae of the finger, however good the picture is.
    #[must_use]
    pub fn template(&self) -> FingerTemplate {
        self.examine().0
    }

    /// The minutiae of the finger, and how good the picture is.
    #[must_use]
    pub fn examine(&self) -> (FingerTemplate, ImpressionQuality) {
        let (width, height) = (self.pixels.width, self.pixels.height);
        let blocks = Blocks::of(width, height);
        let histograms = blocks.histograms(&self.pixels);
        let finger = finger(&histograms, width * height);
        let equalized = equalized(&self.pixels, &blocks, &histograms, &finger);
        let orientations = orientations(&equalized, &blocks, &finger);
        let ridges = ridges(&equalized, &orientations, &blocks, &finger);
        let mask = blocks.spread(&finger, false);
        let valleys = Grid::each(width, height, |x, y| mask[(x, y)] && !ridges[(x, y)]);
        let inner = inner(&mask);
        let mut minutiae = Vec::new();
        // Where a valley ends, the ridge around it forks.
        for (set, kind) in [(ridges, MinutiaKind::Ending), (valleys, MinutiaKind::Bifurcation)] {
            let skeleton = trimmed(Skeleton::of(set), (width, height));
            minutiae.extend(ends(&skeleton, kind).filter(|minutia| is_inside(minutia, &inner)));
        }
        let template = FingerTemplate::of(without_clouds(&minutiae));
        let measured = measured(&self.pixels, &blocks, &finger, &orientations);
        let quality = ImpressionQuality { minutiae: template.len(), ..measured };
        (template, quality)
    }
}

fn ends(skeleton: &Skeleton, kind: MinutiaKind) -> impl Iterator<Item = Minutia> {
    skeleton.ends().into_iter().filter_map(move |end| {
        let places: Vec<Place> = skeleton.places_from(end)?.collect();
        let last = places.len().checked_sub(1)?;
        let first = DIRECTION_SKIP.min(last);
        let (from, to) = (places[first], places[(first + DIRECTION_SAMPLE - 1).min(last)]);
        let (x, y) = skeleton.node(end.node)?.place;
        Some(Minutia {
            x: i16::try_from(x).ok()?,
            y: i16::try_from(y).ok()?,
            direction: Angle::of((to.0 - from.0) as f32, (to.1 - from.1) as f32),
            kind,
        })
    })
}

/// The finger without its edge.
fn inner(mask: &Grid<bool>) -> Grid<bool> {
    mask.majority(None, EDGE, 1.0 - 0.5 / ((2 * EDGE + 1) * (2 * EDGE + 1)) as f32, EDGE)
}

fn is_inside(minutia: &Minutia, inner: &Grid<bool>) -> bool {
    let back = |part: f32| nearest(part * BEYOND);
    let angle = minutia.direction.radians();
    let (x, y) = (isize::from(minutia.x), isize::from(minutia.y));
    let there = |x, y| inner.get(x, y).copied().unwrap_or_default();
    there(x, y) && there(x - back(angle.cos()), y - back(angle.sin()))
}

fn without_clouds(minutiae: &[Minutia]) -> Vec<Minutia> {
    let near = |one: &Minutia, other: &Minutia| {
        let (dx, dy) =
            (i32::from(one.x) - i32::from(other.x), i32::from(one.y) - i32::from(other.y));
        dx * dx + dy * dy <= CLOUD_RADIUS * CLOUD_RADIUS
    };
    let alone = |one: &&Minutia| {
        // It is near itself.
        minutiae.iter().filter(|other| near(one, other)).count() - 1 <= CLOUD
    };
    minutiae.iter().filter(alone).copied().collect()
}
