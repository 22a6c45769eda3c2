use core::fmt;

use zeroize::Zeroize as _;

use super::grid::{Grid, grey, nearest};

/// The least and the most dots an inch that a scanner may have.
const RESOLUTIONS: core::ops::RangeInclusive<u32> = 250..=1200;
/// Dots an inch that everything works with.
const WORKED_AT: u32 = 500;
/// The largest side after bringing it to [`WORKED_AT`], in pixels: four inches.
pub(super) const LARGEST: usize = 2000;
/// The smallest side: a third of an inch holds no finger.
const SMALLEST: usize = 96;

/// A picture of a finger at 500 dots an inch, ridges dark; wiped from memory when dropped.
#[derive(Clone)]
pub struct Impression {
    pub(super) pixels: Grid<u8>,
}

impl fmt::Debug for Impression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Impression({}x{})", self.pixels.width, self.pixels.height)
    }
}

impl Drop for Impression {
    fn drop(&mut self) {
        self.pixels.cells_mut().zeroize();
    }
}

/// Why a picture is no impression of a finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImpressionError {
    /// More than [`Impression::MAX_BYTES`].
    #[error("the picture is bigger than 16 MB")]
    TooManyBytes,
    /// Neither PNG nor BMP, TIFF or PGM.
    #[error("this is not a PNG, BMP, TIFF or PGM picture")]
    NotAPicture,
    /// The picture breaks off, its data contradict themselves, or there are more or fewer pixels than
    /// width times height.
    #[error("the picture is damaged or incomplete")]
    Damaged,
    /// Neither the file nor who handed it in says how fine the scanner is.
    #[error("the picture does not say how many dots an inch it has")]
    ResolutionUnknown,
    /// Coarser or finer than any scanner.
    #[error("a scanner has {} to {} dots an inch", RESOLUTIONS.start(), RESOLUTIONS.end())]
    Resolution,
    /// No finger fits into it, or it is larger than a hand.
    #[error("an impression has {SMALLEST} to {LARGEST} pixels a side at {WORKED_AT} dots an inch")]
    Size,
}

impl Impression {
    /// A grey picture, row by row, 0 black to 255 white, brought to 500 dots an inch.
    ///
    /// # Errors
    /// [`ImpressionError`]
    pub fn new(
        width: usize,
        height: usize,
        pixels: &[u8],
        dots_an_inch: u32,
    ) -> Result<Self, ImpressionError> {
        if width.checked_mul(height) != Some(pixels.len()) {
            return Err(ImpressionError::Damaged);
        }
        if !RESOLUTIONS.contains(&dots_an_inch) {
            return Err(ImpressionError::Resolution);
        }
        let scale = WORKED_AT as f32 / dots_an_inch as f32;
        let side = |length: usize| nearest(length as f32 * scale).unsigned_abs();
        let (new_width, new_height) = (side(width), side(height));
        let fits = SMALLEST..=LARGEST;
        if !fits.contains(&new_width) || !fits.contains(&new_height) {
            return Err(ImpressionError::Size);
        }
        let original = Self { pixels: Grid::each(width, height, |x, y| pixels[y * width + x]) };
        if dots_an_inch == WORKED_AT {
            return Ok(original);
        }
        Ok(Self { pixels: resampled(&original.pixels, new_width, new_height) })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.pixels.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.pixels.height
    }

    /// The pixels, row by row from the top, 0 black to 255 white.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        self.pixels.cells()
    }
}

/// Each new pixel is the mean of the part of the original that it covers.
fn resampled(from: &Grid<u8>, width: usize, height: usize) -> Grid<u8> {
    let (across, down) = (spans(from.width, width), spans(from.height, height));
    Grid::each(width, height, |x, y| {
        let (mut sum, mut area) = (0.0, 0.0);
        for &(row, tall) in &down[y] {
            for &(column, wide) in &across[x] {
                sum += f32::from(from[(column, row)]) * tall * wide;
                area += tall * wide;
            }
        }
        grey(sum / area)
    })
}

/// Which old pixels each new one covers, and how much of each.
fn spans(old: usize, new: usize) -> Vec<Vec<(usize, f32)>> {
    let length = old as f32 / new as f32;
    (0..new)
        .map(|at| {
            let (begin, end) = (at as f32 * length, (at + 1) as f32 * length);
            (nearest(begin.floor()).unsigned_abs()..old.min(nearest(end.ceil()).unsigned_abs()))
                .map(|pixel| {
                    let covered = end.min(pixel as f32 + 1.0) - begin.max(pixel as f32);
                    (pixel, covered.max(0.0))
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_brought_to_500_dots_an_inch() {
        let striped: Vec<u8> =
            (0..200 * 200).map(|at| if at % 200 < 100 { 0 } else { 255 }).collect();
        let same = Impression::new(200, 200, &striped, 500).unwrap();
        assert_eq!(same.pixels.cells(), striped);
        let half = Impression::new(200, 200, &striped, 1000).unwrap();
        assert_eq!((half.pixels.width, half.pixels.height), (100, 100));
        assert_eq!((half.pixels[(49, 9)], half.pixels[(50, 9)]), (0, 255));
        let finer = Impression::new(200, 200, &striped, 400).unwrap();
        assert_eq!(finer.pixels.width, 250);
        assert_eq!((finer.pixels[(124, 0)], finer.pixels[(126, 249)]), (0, 255));
    }

    #[test]
    fn what_is_no_impression_is_refused() {
        let new = |width, height, count, dots| {
            Impression::new(width, height, &vec![0; count], dots).err()
        };
        assert_eq!(new(200, 200, 200 * 200 - 1, 500), Some(ImpressionError::Damaged));
        assert_eq!(new(usize::MAX, 2, 4, 500), Some(ImpressionError::Damaged));
        assert_eq!(new(200, 200, 40_000, 100), Some(ImpressionError::Resolution));
        assert_eq!(new(200, 20, 4000, 500), Some(ImpressionError::Size));
        assert_eq!(new(2100, 100, 210_000, 500), Some(ImpressionError::Size));
    }
}
