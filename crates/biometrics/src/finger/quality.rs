//! Whether an impression is good enough to keep or to compare, and what to do where it is not.

use core::f32::consts::PI;

use serde::{Deserialize, Serialize};

use super::blocks::Blocks;
use super::flow::one_way;
use super::grid::{Grid, nearest};
use super::impression::Impression;
use super::minutia::FingerTemplate;

/// What is measured of an impression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImpressionQuality {
    /// Where there is anything at all, in square millimetres.
    pub printed: f32,
    /// Where ridges run side by side at a finger's distance, in square millimetres.
    pub ridged: f32,
    /// How far the ridges' grey levels are from the valleys', in the mean where there are ridges.
    pub contrast: f32,
    /// How far the ridges run one way: 1 where all do, or where they are two gratings across each other;
    /// 0 where they turn through every direction.
    pub one_way: f32,
    /// Minutiae found.
    pub minutiae: usize,
}

/// Why an impression is not used, and so what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImpressionRefusal {
    /// Nothing is in the picture.
    #[error("there is no finger in the picture: put the finger on the scanner and take it again")]
    Blank,
    /// What is in the picture has no ridges: a photograph of something else, a smear, a moving finger.
    #[error("no clear ridges: clean scanner and finger, hold still and take it again")]
    NoRidges,
    /// A tip or an edge of a finger.
    #[error("too little of the finger: lay it down flat, in the middle, and take it again")]
    TooLittle,
    /// Ridges that are hardly darker than the valleys.
    #[error("the ridges are faint: press a little harder, moisten a dry finger, take it again")]
    TooFaint,
    /// Ridges that don't bend: stripes, cloth, the grain of wood.
    #[error(
        "this is not a finger's print: its lines hardly bend. Put a finger on the scanner itself"
    )]
    NotAFinger,
    /// Too few places at which a ridge ends or forks to know a finger by.
    #[error("too few details can be seen: lay down more of the finger, or choose another")]
    TooFewMinutiae,
}

/// Fewer minutiae match by chance or not at all.
const LEAST_MINUTIAE: usize = 12;

impl ImpressionQuality {
    /// Square millimetres under which a thing is no finger.
    const LEAST_PRINTED: f32 = 20.0;
    /// The least part of what is printed that has ridges.
    const LEAST_RIDGED: f32 = 0.45;
    /// Square millimetres with ridges: a third of what a flat finger prints.
    const LEAST_AREA: f32 = 60.0;
    /// Levels of grey.
    const LEAST_CONTRAST: f32 = 25.0;
    /// Of real fingers' usable impressions the highest is 0.69, of drawn wood the lowest is 0.83.
    const MOST_ONE_WAY: f32 = 0.82;

    /// The first thing that is wrong, if any.
    #[must_use]
    pub fn refusal(&self) -> Option<ImpressionRefusal> {
        let faults = [
            (self.printed < Self::LEAST_PRINTED, ImpressionRefusal::Blank),
            (self.ridged < Self::LEAST_RIDGED * self.printed, ImpressionRefusal::NoRidges),
            (self.ridged < Self::LEAST_AREA, ImpressionRefusal::TooLittle),
            (self.contrast < Self::LEAST_CONTRAST, ImpressionRefusal::TooFaint),
            (self.one_way > Self::MOST_ONE_WAY, ImpressionRefusal::NotAFinger),
            (self.minutiae < LEAST_MINUTIAE, ImpressionRefusal::TooFewMinutiae),
        ];
        faults.into_iter().find_map(|(is_fault, refusal)| is_fault.then_some(refusal))
    }
}

impl Impression {
    /// The minutiae of an impression that is good enough.
    ///
    /// # Errors
    /// [`ImpressionRefusal`], which says what to do.
    pub fn usable_template(&self) -> Result<FingerTemplate, ImpressionRefusal> {
        let (template, quality) = self.examine();
        quality.refusal().map_or(Ok(template), Err)
    }
}

impl FingerTemplate {
    /// Whether there are as many minutiae as an impression must have; the one thing that can be asked of
    /// a template without its picture.
    #[must_use]
    pub fn has_enough_minutiae(&self) -> bool {
        self.len() >= LEAST_MINUTIAE
    }
}

/// The profile across ridges that a block is judged by: so long, and the mean of so many lines.
const ACROSS: usize = 40;
const ALONG: usize = 15;
/// How often a profile of ridges passes its mean: 40 pixels have two to ten ridges.
const CROSSINGS: core::ops::RangeInclusive<usize> = 4..=20;
/// What is left of the variance when lines are averaged along the ridges; of chance a fifteenth is.
const LASTING: f32 = 0.35;
/// Square millimetres of a pixel at 500 dots an inch.
const PIXEL: f32 = 0.0508 * 0.0508;

/// Area, contrast and run of what is printed and ridged; how many minutiae there are is said by others.
pub(super) fn measured(
    pixels: &Grid<u8>,
    blocks: &Blocks,
    finger: &Grid<bool>,
    orientations: &Grid<f32>,
) -> ImpressionQuality {
    let mut quality = ImpressionQuality::default();
    let mut contrasts = 0.0;
    let mut ridged = Grid::filled(blocks.columns, blocks.rows, false);
    for row in 0..blocks.rows {
        for column in 0..blocks.columns {
            if !finger[(column, row)] {
                continue;
            }
            let (across, down) = blocks.area(column, row);
            let area = PIXEL * (across.len() * down.len()) as f32;
            quality.printed += area;
            let middle = (across.start + across.len() / 2, down.start + down.len() / 2);
            if let Some(contrast) = ridges(pixels, middle, orientations[(column, row)]) {
                ridged[(column, row)] = true;
                quality.ridged += area;
                contrasts += area * contrast;
            }
        }
    }
    if quality.ridged > 0.0 {
        quality.contrast = contrasts / quality.ridged;
    }
    quality.one_way = one_way(&ridged, orientations);
    quality
}

/// The contrast of the ridges around a place, in levels of grey; none where there are no ridges.
///
/// Averaged along their direction ridges stay and all else fades; across it they come and go (L. Hong,
/// Y. Wan and A. Jain, "Fingerprint image enhancement", 1998, call the mean the x-signature).
fn ridges(pixels: &Grid<u8>, (x, y): (usize, usize), orientation: f32) -> Option<f32> {
    let (sine, cosine) = orientation.rem_euclid(PI).sin_cos();
    let from_middle = |at: usize, of: usize| at as f32 - (of - 1) as f32 / 2.0;
    let (mut profile, mut seen, mut sum, mut squares) = (Vec::new(), 0, 0.0, 0.0);
    for step in 0..ACROSS {
        let across = from_middle(step, ACROSS);
        let (mut line, mut here) = (0.0, 0);
        for step in 0..ALONG {
            let along = from_middle(step, ALONG);
            let place = (
                x.cast_signed() + nearest(along * cosine - across * sine),
                y.cast_signed() + nearest(along * sine + across * cosine),
            );
            let Some(level) = pixels.get(place.0, place.1) else { continue };
            let level = f32::from(*level);
            line += level;
            sum += level;
            squares += level * level;
            here += 1;
        }
        seen += here;
        if here > ALONG / 2 {
            profile.push(line / here as f32);
        }
    }
    if profile.len() < ACROSS / 2 {
        return None;
    }
    let mean = sum / seen as f32;
    let variance = squares / seen as f32 - mean * mean;
    let middle = profile.iter().sum::<f32>() / profile.len() as f32;
    let kept = profile.iter().map(|level| (level - middle).powi(2)).sum::<f32>();
    let kept = kept / profile.len() as f32;
    let crossings = profile.windows(2).filter(|two| (two[0] < middle) != (two[1] < middle)).count();
    let crossings = crossings * ACROSS / profile.len();
    // A wave is twice as high as the root of twice its variance.
    (kept > LASTING * variance && CROSSINGS.contains(&crossings)).then(|| 2.0 * (2.0 * kept).sqrt())
}
