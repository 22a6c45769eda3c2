//! Where the finger is: the blocks in which there is enough contrast.

use super::blocks::{Histogram, LEVELS};
use super::grid::{Grid, nearest};

/// The darkest and the lightest part of a block's pixels that its contrast leaves out.
const CLIPPED: f32 = 0.08;
/// Levels of grey between which no ridge is seen.
const LEAST: f32 = 17.0;
/// The least contrast, of what the better blocks have.
const LEAST_OF_GOOD: f32 = 0.34;
/// The better blocks: so large a share of as many blocks as have so many pixels.
const GOOD: f32 = 0.49;
const GOOD_OF_PIXELS: usize = 168_568;

/// The blocks with a finger in them. `pixels` is how many the picture has.
pub(super) fn finger(histograms: &Grid<Histogram>, pixels: usize) -> Grid<bool> {
    let contrasts =
        Grid::each(histograms.width, histograms.height, |x, y| contrast(&histograms[(x, y)]));
    let limit = LEAST_OF_GOOD * good(contrasts.cells(), pixels);
    let weak =
        Grid::each(contrasts.width, contrasts.height, |x, y| contrasts[(x, y)] < LEAST.max(limit));
    let smooth = |mask: Grid<bool>| {
        let most = mask.majority(None, 7, 0.51, 4);
        mask.or(&most)
    };
    let mend = |mask: Grid<bool>| {
        let most = mask.majority(None, 1, 0.7, 4);
        mask.or(&most)
    };
    let outside = mend(smooth(weak));
    smooth(mend(mend(outside.not())))
}

/// Between which levels most of a block is.
fn contrast(histogram: &Histogram) -> f32 {
    let pixels: u32 = histogram.iter().sum();
    let clip = u32::try_from(nearest(pixels as f32 * CLIPPED)).unwrap_or(u32::MAX);
    let past = |counts: &mut dyn Iterator<Item = &u32>| {
        let mut seen = 0;
        counts
            .take_while(|count| {
                seen += **count;
                seen <= clip
            })
            .count()
    };
    let dark = past(&mut histogram.iter());
    let light = past(&mut histogram.iter().rev());
    (LEVELS - 1).saturating_sub(dark + light) as f32
}

/// What the better blocks have in the mean.
fn good(contrasts: &[f32], pixels: usize) -> f32 {
    let mut sorted = contrasts.to_vec();
    sorted.sort_by(|one, other| other.total_cmp(one));
    let in_a_block = (pixels / contrasts.len()).max(1);
    let sample = contrasts.len().min(GOOD_OF_PIXELS / in_a_block);
    let count = nearest(sample as f32 * GOOD).unsigned_abs().max(1);
    sorted[..count].iter().sum::<f32>() / count as f32
}
