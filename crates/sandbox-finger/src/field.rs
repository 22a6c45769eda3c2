//! Values on a grid, and between its places.

/// Values in rows.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) cells: Vec<f32>,
}

impl Field {
    /// What `value` says for each column and row.
    pub(crate) fn each(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> f32,
    ) -> Self {
        let cells = (0..width * height).map(|at| value(at % width, at / width)).collect();
        Self { width, height, cells }
    }

    /// The value there; that of the border for what is outside.
    fn at(&self, x: isize, y: isize) -> f32 {
        let inside = |at: isize, length: usize| usize::try_from(at).unwrap_or(0).min(length - 1);
        self.cells[inside(y, self.height) * self.width + inside(x, self.width)]
    }

    /// The value between the places, by cubic convolution (R. Keys, "Cubic convolution interpolation
    /// for digital image processing", 1981).
    pub(crate) fn between(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (weights(x - left), weights(y - top));
        let (left, top) = (whole(left), whole(top));
        let mut sum = 0.0;
        for (row, tall) in (top - 1..).zip(down) {
            for (column, wide) in (left - 1..).zip(across) {
                sum += tall * wide * self.at(column, row);
            }
        }
        sum
    }

    /// The mean over a square around each place.
    pub(crate) fn blurred(&self, radius: usize) -> Self {
        self.blurred_and_turned(radius).blurred_and_turned(radius)
    }

    /// The mean over a piece of the row around each place; rows become columns.
    fn blurred_and_turned(&self, radius: usize) -> Self {
        let (reach, span) = (radius.cast_signed(), (2 * radius + 1) as f32);
        let mut turned = Self { width: self.height, height: self.width, cells: self.cells.clone() };
        for y in 0..self.height {
            let row = y.cast_signed();
            let mut sum: f32 = (-reach - 1..reach).map(|x| self.at(x, row)).sum();
            for x in 0..self.width {
                let at = x.cast_signed();
                sum += self.at(at + reach, row) - self.at(at - reach - 1, row);
                turned.cells[x * turned.width + y] = sum / span;
            }
        }
        turned
    }

    /// The same, brought to a mean of zero and this deviation.
    pub(crate) fn standardised(mut self, deviation: f32) -> Self {
        let count = self.cells.len() as f32;
        let mean = self.cells.iter().sum::<f32>() / count;
        let variance = self.cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f32>() / count;
        let scale = deviation / variance.sqrt().max(f32::EPSILON);
        for cell in &mut self.cells {
            *cell = (*cell - mean) * scale;
        }
        self
    }
}

fn weights(part: f32) -> [f32; 4] {
    let (square, cube) = (part * part, part * part * part);
    [
        -0.5 * cube + square - 0.5 * part,
        1.5 * cube - 2.5 * square + 1.0,
        -1.5 * cube + 2.0 * square + 0.5 * part,
        0.5 * cube - 0.5 * square,
    ]
}

/// A whole number that is a float.
#[expect(clippy::cast_possible_truncation, reason = "float-to-integer casts saturate")]
pub(crate) fn whole(value: f32) -> isize {
    value.round() as isize
}
