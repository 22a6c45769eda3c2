//! In which direction ridges run, block by block.

use core::f32::consts::{FRAC_PI_2, PI};

use super::blocks::Blocks;
use super::grid::Grid;

/// The orientation of the ridges of each block, in radians from 0 to π; that of a block without
/// ridges means nothing.
///
/// Gradients are across ridges. Those of both flanks of a ridge point opposite ways, so their angles
/// are doubled before they are added: the structure tensor (M. Kass and A. Witkin, "Analyzing
/// oriented patterns", 1987).
pub(super) fn orientations(
    equalized: &Grid<f32>,
    blocks: &Blocks,
    finger: &Grid<bool>,
) -> Grid<f32> {
    let tensors = Grid::each(blocks.columns, blocks.rows, |column, row| {
        if finger[(column, row)] { tensor(equalized, blocks, column, row) } else { (0.0, 0.0) }
    });
    Grid::each(blocks.columns, blocks.rows, |column, row| {
        let (mut cosine, mut sine) = (0.0, 0.0);
        for y in row.saturating_sub(1)..=(row + 1).min(blocks.rows - 1) {
            for x in column.saturating_sub(1)..=(column + 1).min(blocks.columns - 1) {
                cosine += tensors[(x, y)].0;
                sine += tensors[(x, y)].1;
            }
        }
        (sine.atan2(cosine) / 2.0 + FRAC_PI_2).rem_euclid(PI)
    })
}

/// Cosine and sine of twice the gradients' angle, weighed with the gradients' squares.
fn tensor(equalized: &Grid<f32>, blocks: &Blocks, column: usize, row: usize) -> (f32, f32) {
    let (across, down) = blocks.area(column, row);
    let (mut cosine, mut sine) = (0.0, 0.0);
    for y in down.start.max(1)..down.end.min(equalized.height - 1) {
        let (above, here, below) = (equalized.row(y - 1), equalized.row(y), equalized.row(y + 1));
        for x in across.start.max(1)..across.end.min(equalized.width - 1) {
            // Scharr's weights: as good in all directions as three by three can be.
            let dx = 3.0 * (above[x + 1] - above[x - 1] + below[x + 1] - below[x - 1])
                + 10.0 * (here[x + 1] - here[x - 1]);
            let dy = 3.0 * (below[x - 1] - above[x - 1] + below[x + 1] - above[x + 1])
                + 10.0 * (below[x] - above[x]);
            cosine += dx * dx - dy * dy;
            sine += 2.0 * dx * dy;
        }
    }
    (cosine, sine)
}
