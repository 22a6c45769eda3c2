//! Ridges of one pixel's width.

use super::grid::Grid;

/// Passes after which what is left is as thin as it gets: no ridge is wider than that many pixels to
/// each side.
const PASSES: usize = 26;

/// The pixels around one, counter-clockwise from the east with y downwards: the order in which Guo and
/// Hall number them does not matter, that neighbours in the list are neighbours does.
pub(super) const AROUND: [(isize, isize); 8] =
    [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)];

/// The skeleton of what is set: lines of one pixel's width that are connected as it was.
///
/// Z. Guo and R. W. Hall, "Parallel thinning with two-subiteration algorithms", CACM 32(3), 1989,
/// algorithm A1. A pixel that could go in the one or the other half of a pass is looked up by its eight
/// neighbours.
pub(super) fn thinned(mut set: Grid<bool>) -> Grid<bool> {
    clear_border(&mut set);
    let tables = [table(false), table(true)];
    let mut left: Vec<(usize, usize)> = (0..set.height)
        .flat_map(|y| (0..set.width).map(move |x| (x, y)))
        .filter(|place| set[*place])
        .collect();
    for _ in 0..PASSES {
        let before = left.len();
        for table in &tables {
            let gone: Vec<bool> =
                left.iter().map(|place| table[usize::from(neighbours(&set, *place))]).collect();
            let mut goes = gone.iter();
            left.retain(|place| {
                let go = goes.next().is_some_and(|go| *go);
                if go {
                    set[*place] = false;
                }
                !go
            });
        }
        if left.len() == before {
            break;
        }
    }
    set
}

/// Nothing is set at the border, so that every pixel has eight neighbours.
fn clear_border(set: &mut Grid<bool>) {
    let (right, bottom) = (set.width - 1, set.height - 1);
    for x in 0..set.width {
        (set[(x, 0)], set[(x, bottom)]) = (false, false);
    }
    for y in 0..set.height {
        (set[(0, y)], set[(right, y)]) = (false, false);
    }
}

/// Which of the pixels around are set, a bit each. Not for pixels at the border.
pub(super) fn neighbours(set: &Grid<bool>, (x, y): (usize, usize)) -> u8 {
    let (above, here, below) = (set.row(y - 1), set.row(y), set.row(y + 1));
    let around = [
        here[x + 1],
        above[x + 1],
        above[x],
        above[x - 1],
        here[x - 1],
        below[x - 1],
        below[x],
        below[x + 1],
    ];
    around.iter().rev().fold(0, |bits, set| (bits << 1) | u8::from(*set))
}

/// How often one goes from what is not set to what is, going around.
pub(super) const fn crossings(neighbours: u8) -> u32 {
    (!neighbours & neighbours.rotate_right(1)).count_ones()
}

/// Which pixels go in a half of a pass, by their neighbours.
fn table(second: bool) -> [bool; 256] {
    let mut table = [false; 256];
    for (bits, goes) in (0..=255_u8).zip(&mut table) {
        let set = |at: usize| (bits >> (at % 8)) & 1 == 1;
        // As the paper numbers them: p1 is the north-west, p2 the north, and on clockwise to p8, the west.
        let [p1, p2, p3, p4, p5, p6, p7, p8] = [3, 2, 1, 0, 7, 6, 5, 4].map(set);
        let count = |flags: [bool; 4]| flags.into_iter().filter(|flag| *flag).count();
        let connected =
            count([!p2 && (p3 || p4), !p4 && (p5 || p6), !p6 && (p7 || p8), !p8 && (p1 || p2)]);
        let one = count([p1 || p2, p3 || p4, p5 || p6, p7 || p8]);
        let other = count([p2 || p3, p4 || p5, p6 || p7, p8 || p1]);
        let kept = if second { (p6 || p7 || !p1) && p8 } else { (p2 || p3 || !p5) && p4 };
        *goes = connected == 1 && matches!(one.min(other), 2 | 3) && !kept;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_becomes_a_line_and_a_ring_stays_a_ring() {
        let bar = thinned(Grid::each(40, 20, |x, y| (5..35).contains(&x) && (7..12).contains(&y)));
        let count = bar.cells().iter().filter(|set| **set).count();
        assert!((24..=32).contains(&count), "{count}");
        assert!((10..30).all(|x| (0..20).filter(|y| bar[(x, *y)]).count() == 1));
        let ring = thinned(Grid::each(40, 40, |x, y| {
            let far = (x as f32 - 20.0).hypot(y as f32 - 20.0);
            (8.0..14.0).contains(&far)
        }));
        for y in 1..39 {
            for x in 1..39 {
                if ring[(x, y)] {
                    assert_eq!(crossings(neighbours(&ring, (x, y))), 2, "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn crossings_are_counted_going_around() {
        assert_eq!(crossings(0), 0);
        assert_eq!(crossings(0xff), 0);
        assert_eq!(crossings(0b0000_0001), 1);
        assert_eq!(crossings(0b0001_0001), 2);
        assert_eq!(crossings(0b1000_0001), 1);
        assert_eq!(crossings(0b0101_0101), 4);
    }
}
