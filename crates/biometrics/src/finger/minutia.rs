use core::fmt;

use super::angle::Angle;

/// A place at which a ridge ends or forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minutia {
    /// From the left, in pixels at 500 dots an inch.
    pub(super) x: i16,
    /// From the top.
    pub(super) y: i16,
    /// From the end along the ridge; of a fork, along the valley between.
    pub(super) direction: Angle,
    pub(super) kind: MinutiaKind,
}

impl Minutia {
    /// Where it stands in a template, in which no two are the same.
    pub(super) fn rank(&self) -> (i16, i16, u8, MinutiaKind) {
        (self.y, self.x, self.direction.0, self.kind)
    }
}

/// What happens to the ridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MinutiaKind {
    /// It ends.
    Ending,
    /// It forks.
    Bifurcation,
}

/// The minutiae of one impression of a finger; wiped from memory when dropped, and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FingerTemplate {
    pub(super) minutiae: Vec<Minutia>,
}

/// The most minutiae that a template has.
pub(super) const MOST: usize = 100;
/// Minutiae are kept that are far from the neighbour of this rank: those of a scar stand close.
const RANK: usize = 5;

impl fmt::Debug for FingerTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerTemplate({} minutiae)", self.minutiae.len())
    }
}

impl Drop for FingerTemplate {
    fn drop(&mut self) {
        let nothing =
            Minutia { x: 0, y: 0, direction: Angle::default(), kind: MinutiaKind::Ending };
        self.minutiae.fill(nothing);
        // The compiler would leave out what nobody reads any more.
        core::hint::black_box(&self.minutiae);
    }
}

impl FingerTemplate {
    /// A template of at most so many minutiae as are compared: of more, those that stand freest.
    pub(super) fn of(mut minutiae: Vec<Minutia>) -> Self {
        if minutiae.len() > MOST {
            let mut ranked: Vec<(i64, usize)> =
                (0..minutiae.len()).map(|at| (room(&minutiae, at), at)).collect();
            ranked.sort_by_key(|(room, at)| (core::cmp::Reverse(*room), *at));
            ranked.truncate(MOST);
            minutiae = ranked.into_iter().map(|(_, at)| minutiae[at]).collect();
        }
        // In an order that does not depend on how they were found.
        minutiae.sort_by_key(Minutia::rank);
        minutiae.dedup();
        Self { minutiae }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.minutiae.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.minutiae.is_empty()
    }
}

/// The square of the distance to the neighbour of [`RANK`].
fn room(minutiae: &[Minutia], at: usize) -> i64 {
    let mut squares: Vec<i64> = minutiae
        .iter()
        .map(|other| {
            let (dx, dy) = (
                i64::from(other.x) - i64::from(minutiae[at].x),
                i64::from(other.y) - i64::from(minutiae[at].y),
            );
            dx * dx + dy * dy
        })
        .collect();
    let rank = RANK.min(squares.len() - 1);
    *squares.select_nth_unstable(rank).1
}
