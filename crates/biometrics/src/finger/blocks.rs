//! The picture in blocks of some 15 pixels, each with a histogram of its grey levels.

use super::grid::Grid;

/// The side of a block, in pixels: a ridge and a half.
const SIDE: usize = 15;
/// Levels of grey.
pub(super) const LEVELS: usize = 256;

/// How a picture is cut.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    pub(super) pixels: (usize, usize),
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Where columns begin; one more than there are.
    lefts: Vec<usize>,
    tops: Vec<usize>,
}

/// How often each level is in a block.
pub(super) type Histogram = [u32; LEVELS];

impl Blocks {
    pub(super) fn of(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(SIDE), height.div_ceil(SIDE));
        let begin = |count: usize, length: usize| (0..=count).map(move |at| at * length / count);
        Self {
            pixels: (width, height),
            columns,
            rows,
            lefts: begin(columns, width).collect(),
            tops: begin(rows, height).collect(),
        }
    }

    /// The columns and the rows of pixels of a block.
    pub(super) fn area(
        &self,
        column: usize,
        row: usize,
    ) -> (core::ops::Range<usize>, core::ops::Range<usize>) {
        (self.lefts[column]..self.lefts[column + 1], self.tops[row]..self.tops[row + 1])
    }

    /// A value for each pixel, that of its block.
    pub(super) fn spread<T: Clone>(&self, values: &Grid<T>, fill: T) -> Grid<T> {
        let mut spread = Grid::filled(self.pixels.0, self.pixels.1, fill);
        for row in 0..self.rows {
            for column in 0..self.columns {
                let (across, down) = self.area(column, row);
                for y in down {
                    for x in across.clone() {
                        spread[(x, y)] = values[(column, row)].clone();
                    }
                }
            }
        }
        spread
    }

    pub(super) fn histograms(&self, pixels: &Grid<u8>) -> Grid<Histogram> {
        Grid::each(self.columns, self.rows, |column, row| {
            let mut histogram = [0; LEVELS];
            let (across, down) = self.area(column, row);
            for y in down {
                for level in &pixels.row(y)[across.clone()] {
                    histogram[usize::from(*level)] += 1;
                }
            }
            histogram
        })
    }
}

/// What the up to four blocks around each corner have together.
pub(super) fn at_corners(histograms: &Grid<Histogram>) -> Grid<Histogram> {
    Grid::each(histograms.width + 1, histograms.height + 1, |x, y| {
        let mut sum = [0; LEVELS];
        for row in y.saturating_sub(1)..=y.min(histograms.height - 1) {
            for column in x.saturating_sub(1)..=x.min(histograms.width - 1) {
                for (total, count) in sum.iter_mut().zip(&histograms[(column, row)]) {
                    *total += count;
                }
            }
        }
        sum
    })
}
