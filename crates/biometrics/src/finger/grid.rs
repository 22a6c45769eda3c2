//! A rectangle of values.

use core::ops::{Index, IndexMut};

/// Values in rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid<T> {
    pub(super) width: usize,
    pub(super) height: usize,
    cells: Vec<T>,
}

impl<T: Clone> Grid<T> {
    /// The same value everywhere.
    pub(super) fn filled(width: usize, height: usize, value: T) -> Self {
        Self { width, height, cells: vec![value; width * height] }
    }

    /// What `value` says for each column and row.
    pub(super) fn each(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> T,
    ) -> Self {
        let mut cells = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                cells.push(value(x, y));
            }
        }
        Self { width, height, cells }
    }

    /// The value there, if there is such a place.
    pub(super) fn get(&self, x: isize, y: isize) -> Option<&T> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x < self.width && y < self.height { self.cells.get(y * self.width + x) } else { None }
    }

    pub(super) fn row(&self, y: usize) -> &[T] {
        &self.cells[y * self.width..][..self.width]
    }

    pub(super) fn cells(&self) -> &[T] {
        &self.cells
    }

    pub(super) fn cells_mut(&mut self) -> &mut [T] {
        &mut self.cells
    }
}

/// A level of grey, the nearest that there is.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
#[expect(clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
pub(super) fn grey(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "float-to-integer casts saturate")]
pub(super) fn nearest(value: f32) -> isize {
    value.round() as isize
}

impl<T> Index<(usize, usize)> for Grid<T> {
    type Output = T;

    fn index(&self, (x, y): (usize, usize)) -> &T {
        &self.cells[y * self.width + x]
    }
}

impl<T> IndexMut<(usize, usize)> for Grid<T> {
    fn index_mut(&mut self, (x, y): (usize, usize)) -> &mut T {
        &mut self.cells[y * self.width + x]
    }
}

impl Grid<bool> {
    /// What holds in either.
    pub(super) fn or(mut self, other: &Self) -> Self {
        for (cell, more) in self.cells.iter_mut().zip(&other.cells) {
            *cell |= more;
        }
        self
    }

    /// What does not hold.
    pub(super) fn not(mut self) -> Self {
        for cell in &mut self.cells {
            *cell = !*cell;
        }
        self
    }

    /// Where more than a share of the square around a place holds, of the places that count: those in
    /// `among` if given. Places nearer to the border than `border` are left out.
    pub(super) fn majority(
        &self,
        among: Option<&Self>,
        radius: usize,
        share: f32,
        border: usize,
    ) -> Self {
        let counted = |x: usize, y: usize| among.is_none_or(|among| among[(x, y)]);
        let all = Sums::of(self.width, self.height, |x, y| u32::from(counted(x, y)));
        let held =
            Sums::of(self.width, self.height, |x, y| u32::from(counted(x, y) && self[(x, y)]));
        Self::each(self.width, self.height, |x, y| {
            let inside =
                x >= border && y >= border && x + border < self.width && y + border < self.height;
            inside && counted(x, y) && {
                let (count, of) = (held.around(x, y, radius), all.around(x, y, radius));
                count as f32 > share * of as f32
            }
        })
    }
}

/// Sums over rectangles in a constant time (F. C. Crow, "Summed-area tables for texture mapping",
/// SIGGRAPH 1984).
struct Sums {
    width: usize,
    height: usize,
    table: Vec<u32>,
}

impl Sums {
    fn of(width: usize, height: usize, value: impl Fn(usize, usize) -> u32) -> Self {
        let stride = width + 1;
        let mut table = vec![0; stride * (height + 1)];
        for y in 0..height {
            let mut row = 0;
            for x in 0..width {
                row += value(x, y);
                table[(y + 1) * stride + x + 1] = table[y * stride + x + 1] + row;
            }
        }
        Self { width, height, table }
    }

    fn around(&self, x: usize, y: usize, radius: usize) -> u32 {
        let stride = self.width + 1;
        let (left, top) = (x.saturating_sub(radius), y.saturating_sub(radius));
        let (right, bottom) = ((x + radius + 1).min(self.width), (y + radius + 1).min(self.height));
        let at = |x: usize, y: usize| self.table[y * stride + x];
        at(right, bottom) + at(left, top) - at(left, bottom) - at(right, top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_is_counted_in_the_square_around() {
        let dot = Grid::each(5, 5, |x, y| (x, y) == (2, 2));
        assert_eq!(dot.majority(None, 1, 0.1, 0).cells().iter().filter(|held| **held).count(), 9);
        assert_eq!(dot.majority(None, 1, 0.12, 0).cells().iter().filter(|held| **held).count(), 0);
        let bar = Grid::each(5, 5, |x, _| x < 3);
        let most = bar.majority(None, 1, 0.5, 1);
        assert!(most[(2, 2)] && !most[(3, 2)] && !most[(0, 2)] && !most[(2, 0)]);
        let among = Grid::each(5, 5, |x, _| x == 2);
        assert!(bar.majority(Some(&among), 1, 0.9, 0)[(2, 2)]);
        assert!(!bar.majority(Some(&among), 1, 0.9, 0)[(1, 2)]);
    }

    #[test]
    fn places_outside_are_none() {
        let grid = Grid::each(2, 3, |x, y| 10 * x + y);
        assert_eq!(grid.get(1, 2), Some(&12));
        assert_eq!((grid.get(-1, 0), grid.get(2, 0), grid.get(0, 3)), (None, None, None));
        assert_eq!(grid.row(1), [1, 11]);
    }
}
