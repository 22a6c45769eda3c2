//! 1:N: whose face is this, beside reading as many bytes and doing nothing with them.

use std::hint::black_box;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tanda_biometrics::{Gallery, Path, QuantisedEmbedding, duplicate_threshold};

use crate::cpu::{self, by_turns, median, median_ratio, turn};
use crate::table::{Goal, Row};

/// Bytes of a face.
const FACE: usize = 128;
/// Queries of one pass over the memory.
const PASS: usize = 8;

/// A small and a large population, and the path of any processor beside the fastest one.
pub(crate) fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    for (faces, rounds) in [(100_000, 30), (1_000_000, 9)] {
        rows.extend(population(faces, rounds, Path::detect()));
    }
    if Path::detect() != Path::Portable {
        rows.extend(population(100_000, 9, Path::Portable));
    }
    rows
}

fn population(faces: usize, rounds: usize, path: Path) -> Vec<Row> {
    let mut rng = StdRng::seed_from_u64(7);
    let mut gallery = Gallery::with_path(path);
    let mut queries = Vec::new();
    for id in 0..faces {
        let face = random_face(&mut rng);
        // Queries are people in the gallery: each must be found.
        if id % (faces / PASS) == 0 && queries.len() < PASS {
            queries.push(face.clone());
        }
        gallery.push(id as u64, &face);
    }
    let bytes = vec![[1_u64; FACE / 8]; faces];
    let threshold = duplicate_threshold(faces);
    let found = gallery.search(&queries, 1, threshold);
    let all = found.iter().enumerate().all(|(query, hits)| {
        hits.first().is_some_and(|hit| hit.id == (query * (faces / PASS)) as u64)
    });
    assert!(all, "everybody is found");

    let mut read = turn(cpu::thread, 1, || {
        black_box(sum(black_box(&bytes)));
    });
    let mut one = turn(cpu::thread, 1, || {
        black_box(gallery.search(&queries[..1], 1, threshold));
    });
    let mut pass = turn(cpu::thread, 1, || {
        black_box(gallery.search(&queries, 1, threshold));
    });
    let [read, one, pass] = by_turns(rounds, [&mut read, &mut one, &mut pass]);
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let size = (faces * FACE) as f64 / 1e9;
    let share = median_ratio(&read, &one);
    // A pass answers eight queries in the time it takes.
    let gain = median_ratio(&one, &pass) * PASS as f64;
    // The goals are for the fastest path and the large population.
    let promised = faces == 1_000_000;
    let name = if path == Path::Portable { ", portable path" } else { "" };
    vec![
        Row {
            what: format!("1:N among {faces}{name}: one query"),
            figure: format!("{:.2} ms, {:.1} GB/s", median(&one) * 1e3, size / median(&one)),
            beside: format!("{:.1} GB/s memory read", size / median(&read)),
            ratio: Some(share),
            goal: if promised {
                Goal::at_least(share, 0.85, "≥ 0.85 of memory read")
            } else {
                None
            },
        },
        Row {
            what: format!("1:N among {faces}{name}: pass of {PASS} queries"),
            figure: format!("{:.2} ms a query", median(&pass) * 1e3 / PASS as f64),
            beside: "one query alone".to_owned(),
            ratio: Some(gain),
            goal: if promised {
                Goal::at_least(gain, 5.0, "≥ 5 × the rate of one")
            } else {
                None
            },
        },
    ]
}

fn random_face(rng: &mut StdRng) -> QuantisedEmbedding {
    let mut bytes = [0_u8; FACE];
    rng.fill_bytes(&mut bytes);
    // About as long as a real one: numbers within ±38 (22 on the average, times the root of 128).
    QuantisedEmbedding::from_values(bytes.map(|byte| (byte.cast_signed() / 10) * 3))
}

/// Reads every byte with the widest loads there are.
fn sum(bytes: &[[u64; FACE / 8]]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        #![expect(unsafe_code, reason = "the features are detected on the line before the call")]
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has AVX-512.
            return unsafe { sum_avx512(bytes) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            return unsafe { sum_avx2(bytes) };
        }
    }
    sum_plain(bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_avx512(bytes: &[[u64; FACE / 8]]) -> u64 {
    use std::arch::x86_64::{_mm512_add_epi64, _mm512_reduce_add_epi64, _mm512_set_epi64};
    let mut sums = [_mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, 0); 4];
    let load = |at: &[u64]| {
        let at = |index: usize| at[index].cast_signed();
        _mm512_set_epi64(at(7), at(6), at(5), at(4), at(3), at(2), at(1), at(0))
    };
    for [one, other] in bytes.as_chunks::<2>().0 {
        sums[0] = _mm512_add_epi64(sums[0], load(&one[..8]));
        sums[1] = _mm512_add_epi64(sums[1], load(&one[8..]));
        sums[2] = _mm512_add_epi64(sums[2], load(&other[..8]));
        sums[3] = _mm512_add_epi64(sums[3], load(&other[8..]));
    }
    let pairs = [_mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3])];
    _mm512_reduce_add_epi64(_mm512_add_epi64(pairs[0], pairs[1])).cast_unsigned()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_avx2(bytes: &[[u64; FACE / 8]]) -> u64 {
    sum_plain(bytes)
}

#[inline(always)]
fn sum_plain(bytes: &[[u64; FACE / 8]]) -> u64 {
    let mut sums = [0_u64; FACE / 8];
    for face in bytes {
        for (sum, value) in sums.iter_mut().zip(face) {
            *sum = sum.wrapping_add(*value);
        }
    }
    sums.iter().fold(0, |sum, value| sum.wrapping_add(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_once() {
        let bytes: Vec<[u64; 16]> =
            (0..10_u64).map(|face| std::array::from_fn(|at| face * 16 + at as u64)).collect();
        assert_eq!(sum(&bytes), (0..160).sum::<u64>());
        assert_eq!(sum_plain(&bytes), (0..160).sum::<u64>());
    }
}
