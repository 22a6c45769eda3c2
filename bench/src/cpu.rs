//! Clocks of processor time, which a busy machine disturbs less than a clock on the wall.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Processor seconds used by this thread so far.
pub(crate) fn thread() -> f64 {
    seconds(clock_gettime(ClockId::ThreadCPUTime))
}

/// Processor seconds used by all threads of this process so far.
pub(crate) fn process() -> f64 {
    seconds(clock_gettime(ClockId::ProcessCPUTime))
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a short run")]
fn seconds(time: Timespec) -> f64 {
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// A turn of `batch` runs: how many seconds by `clock` one of them took.
pub(crate) fn turn(clock: fn() -> f64, batch: u32, mut run: impl FnMut()) -> impl FnMut() -> f64 {
    move || {
        let began = clock();
        for _ in 0..batch {
            run();
        }
        (clock() - began) / f64::from(batch)
    }
}

/// What each says of its turns, `rounds` times one after the other.
pub(crate) fn by_turns<const N: usize>(
    rounds: usize,
    mut turns: [&mut dyn FnMut() -> f64; N],
) -> [Vec<f64>; N] {
    let mut times = std::array::from_fn(|_| Vec::with_capacity(rounds));
    // The first round warms up.
    for round in 0..=rounds {
        for (turn, times) in turns.iter_mut().zip(&mut times) {
            let seconds = turn();
            if round > 0 {
                times.push(seconds);
            }
        }
    }
    times
}

/// The middle of some measurements.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

/// The middle of the quotients of what was measured in the same round.
pub(crate) fn median_ratio(above: &[f64], below: &[f64]) -> f64 {
    median(&above.iter().zip(below).map(|(above, below)| above / below).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
        assert_eq!(median_ratio(&[2.0, 9.0, 4.0], &[1.0, 3.0, 1.0]), 3.0);
    }
}
