//! The same contrast everywhere: what is dark among its neighbours becomes 1, what is light −1.

use super::blocks::{Blocks, Histogram, LEVELS, at_corners};
use super::grid::Grid;

/// How much levels may be drawn apart, and pushed together.
const MOST: f32 = 3.99;
const LEAST: f32 = 0.25;

/// The picture with ridges as 1 and valleys as −1, and −1 outside of the finger.
pub(super) fn equalized(
    pixels: &Grid<u8>,
    blocks: &Blocks,
    histograms: &Grid<Histogram>,
    finger: &Grid<bool>,
) -> Grid<f32> {
    let corners = at_corners(histograms);
    let levels = Grid::each(corners.width, corners.height, |x, y| mapping(&corners[(x, y)]));
    let mut result = Grid::filled(pixels.width, pixels.height, -1.0);
    for row in 0..blocks.rows {
        for column in 0..blocks.columns {
            if !finger[(column, row)] {
                continue;
            }
            let corner = |dx, dy| &levels[(column + dx, row + dy)];
            let around = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
            let (across, down) = blocks.area(column, row);
            let (left, top) = (across.start, down.start);
            let (wide, tall) = (across.len() as f32, down.len() as f32);
            for y in down {
                let v = ((y - top) as f32 + 0.5) / tall;
                for x in across.clone() {
                    let u = ((x - left) as f32 + 0.5) / wide;
                    let level = usize::from(pixels[(x, y)]);
                    let [a, b, c, d] = around.map(|mapping| mapping[level]);
                    // Dark is a ridge.
                    result[(x, y)] =
                        -((a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v);
                }
            }
        }
    }
    result
}

/// What each level becomes, from −1 for the darkest to 1 for the lightest.
fn mapping(histogram: &Histogram) -> [f32; LEVELS] {
    let total: u32 = histogram.iter().sum::<u32>().max(1);
    let step = 2.0 / LEVELS as f32;
    let mut mapping = [0.0; LEVELS];
    let mut below = -1.0;
    for (level, count) in histogram.iter().enumerate() {
        let width = 2.0 * *count as f32 / total as f32;
        let (up, down) = (level as f32, (LEVELS - 1 - level) as f32);
        let even = below + width * up / (LEVELS - 1) as f32;
        let lowest = (up * step * LEAST - 1.0).max(1.0 - down * step * MOST);
        let highest = (up * step * MOST - 1.0).min(1.0 - down * step * LEAST);
        mapping[level] = even.max(lowest).min(highest);
        below += width;
    }
    mapping
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stay_in_order_and_in_bounds() {
        let mut histogram = [0; LEVELS];
        (histogram[100], histogram[110], histogram[120]) = (500, 300, 200);
        let mapping = mapping(&histogram);
        assert!(mapping.is_sorted_by(|one, other| one <= other));
        assert!(mapping.iter().all(|value| (-1.0..=1.0).contains(value)));
        // Ten levels apart of 256, drawn apart as far as is allowed.
        assert!(mapping[120] - mapping[100] > 0.5, "{} {}", mapping[100], mapping[120]);
    }
}
