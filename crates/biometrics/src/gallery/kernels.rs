//! The loops over memory, one for each kind of processor.

use super::{Best, Block, GROUP, ROWS};

/// How a processor searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Any processor.
    Portable,
    /// x86-64 with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
}

impl Path {
    /// Every path that this processor has, the slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "only x86-64 has more than one")
        )]
        let mut paths = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                paths.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
                paths.push(Self::Avx512Vnni);
            }
        }
        paths
    }

    /// The fastest path that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }
}

/// Compares every block with one to eight queries, reading memory once.
///
/// `id` names a row, or says that the row is not in use.
pub(super) fn scan(
    path: Path,
    blocks: &[Block],
    queries: &mut [Best],
    id: impl Fn(usize) -> Option<u64>,
) {
    let mut rest = queries;
    while !rest.is_empty() {
        let take = match rest.len() {
            8.. => 8,
            4.. => 4,
            2.. => 2,
            _ => 1,
        };
        let (now, later) = rest.split_at_mut(take);
        match take {
            8 => pass::<8>(path, blocks, now, &id),
            4 => pass::<4>(path, blocks, now, &id),
            2 => pass::<2>(path, blocks, now, &id),
            _ => pass::<1>(path, blocks, now, &id),
        }
        rest = later;
    }
}

fn pass<const Q: usize>(
    path: Path,
    blocks: &[Block],
    queries: &mut [Best],
    id: &impl Fn(usize) -> Option<u64>,
) {
    let Ok(queries) = <&mut [Best; Q]>::try_from(queries) else { return };
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512Vnni if Path::available().contains(&path) => {
            x86::scan_avx512(blocks, queries, id);
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if Path::available().contains(&path) => {
            x86::scan_avx2(blocks, queries, id);
        }
        _ => scan_portable(blocks, queries, id),
    }
}

fn report(best: &mut Best, block: usize, sums: &[i32; ROWS], id: &impl Fn(usize) -> Option<u64>) {
    for (row, &sum) in sums.iter().enumerate() {
        if sum > best.floor
            && let Some(id) = id(block * ROWS + row)
        {
            best.offer(sum, id);
        }
    }
}

fn scan_portable<const Q: usize>(
    blocks: &[Block],
    queries: &mut [Best; Q],
    id: &impl Fn(usize) -> Option<u64>,
) {
    for (index, block) in blocks.iter().enumerate() {
        for best in queries.iter_mut() {
            let mut sums = [0_i32; ROWS];
            for (group, query) in block.0.iter().zip(best.values.as_chunks::<GROUP>().0) {
                for (sum, row) in sums.iter_mut().zip(group.as_chunks::<GROUP>().0) {
                    *sum += row
                        .iter()
                        .zip(query)
                        .map(|(&a, &b)| i32::from(a) * i32::from(b))
                        .sum::<i32>();
                }
            }
            report(best, index, &sums, id);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _MM_HINT_T0, _mm_prefetch, _mm256_add_epi32, _mm256_hadd_epi32, _mm256_loadu_si256,
        _mm256_madd_epi16, _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_storeu_si256,
        _mm256_unpackhi_epi8, _mm256_unpacklo_epi8, _mm512_cmpgt_epi32_mask, _mm512_dpbusd_epi32,
        _mm512_load_si512, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    };

    use super::super::GROUPS;
    use super::{Best, Block, GROUP, ROWS, report};

    /// Blocks that are asked of memory ahead of use.
    const AHEAD: usize = 4;

    pub(super) fn scan_avx512<const Q: usize>(
        blocks: &[Block],
        queries: &mut [Best; Q],
        id: &impl Fn(usize) -> Option<u64>,
    ) {
        #[expect(
            unsafe_code,
            reason = "the fastest way to search is an instruction of this processor"
        )]
        // SAFETY: `pass` has checked that the processor has AVX-512F and AVX-512 VNNI.
        unsafe {
            scan_avx512_checked(blocks, queries, id);
        }
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    fn scan_avx512_checked<const Q: usize>(
        blocks: &[Block],
        queries: &mut [Best; Q],
        id: &impl Fn(usize) -> Option<u64>,
    ) {
        let words: [[i32; GROUPS]; Q] = std::array::from_fn(|query| {
            let (groups, _) = queries[query].values.as_chunks::<GROUP>();
            std::array::from_fn(|group| i32::from_le_bytes(groups[group].map(i8::cast_unsigned)))
        });
        let mut floors: [i32; Q] = std::array::from_fn(|query| queries[query].floor);
        for (index, block) in blocks.iter().enumerate() {
            if let Some(next) = blocks.get(index + AHEAD) {
                for line in &next.0 {
                    _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
                }
            }
            let mut sums = [_mm512_setzero_si512(); Q];
            for (group, line) in block.0.iter().enumerate() {
                #[expect(unsafe_code, reason = "loads take pointers")]
                // SAFETY: `line` is 64 bytes, aligned to 64 because `Block` is and each line is 64 long.
                let rows = unsafe { _mm512_load_si512(line.as_ptr().cast()) };
                for (sum, words) in sums.iter_mut().zip(&words) {
                    *sum = _mm512_dpbusd_epi32(*sum, rows, _mm512_set1_epi32(words[group]));
                }
            }
            for (query, sum) in sums.iter().enumerate() {
                if _mm512_cmpgt_epi32_mask(*sum, _mm512_set1_epi32(floors[query])) != 0 {
                    let mut lanes = [0_i32; ROWS];
                    #[expect(unsafe_code, reason = "stores take pointers")]
                    // SAFETY: `lanes` is 64 bytes; the store needs no alignment.
                    unsafe {
                        _mm512_storeu_si512(lanes.as_mut_ptr().cast(), *sum);
                    }
                    report(&mut queries[query], index, &lanes, id);
                    floors[query] = queries[query].floor;
                }
            }
        }
    }

    pub(super) fn scan_avx2<const Q: usize>(
        blocks: &[Block],
        queries: &mut [Best; Q],
        id: &impl Fn(usize) -> Option<u64>,
    ) {
        #[expect(
            unsafe_code,
            reason = "a faster way to search is an instruction of this processor"
        )]
        // SAFETY: `pass` has checked that the processor has AVX2.
        unsafe {
            scan_avx2_checked(blocks, queries, id);
        }
    }

    /// The byte multiply-add of AVX2 saturates, so bytes are widened to 16 bits first.
    #[target_feature(enable = "avx2")]
    fn scan_avx2_checked<const Q: usize>(
        blocks: &[Block],
        queries: &mut [Best; Q],
        id: &impl Fn(usize) -> Option<u64>,
    ) {
        let words: [[i64; GROUPS]; Q] = std::array::from_fn(|query| {
            let (groups, _) = queries[query].values.as_chunks::<GROUP>();
            std::array::from_fn(|group| {
                let [a, b, c, d] = groups[group].map(|value| i16::from(value).to_le_bytes());
                i64::from_le_bytes([a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]])
            })
        });
        let zero = _mm256_setzero_si256();
        for (index, block) in blocks.iter().enumerate() {
            for (best, words) in queries.iter_mut().zip(&words) {
                // Rows 0, 1 and 4, 5; 2, 3 and 6, 7; and the same of the upper eight.
                let mut sums = [zero; 4];
                for (line, &word) in block.0.iter().zip(words) {
                    let query = _mm256_set1_epi64x(word);
                    for half in 0..2 {
                        #[expect(unsafe_code, reason = "loads take pointers")]
                        // SAFETY: `line` is 64 bytes, so both halves of 32 lie within it.
                        let rows =
                            unsafe { _mm256_loadu_si256(line.as_ptr().add(32 * half).cast()) };
                        let (low, high) =
                            (_mm256_unpacklo_epi8(rows, zero), _mm256_unpackhi_epi8(rows, zero));
                        sums[2 * half] =
                            _mm256_add_epi32(sums[2 * half], _mm256_madd_epi16(low, query));
                        sums[2 * half + 1] =
                            _mm256_add_epi32(sums[2 * half + 1], _mm256_madd_epi16(high, query));
                    }
                }
                let mut lanes = [0_i32; ROWS];
                for (half, target) in lanes.chunks_exact_mut(8).enumerate() {
                    // Adding neighbours brings the rows back into their order.
                    let rows = _mm256_hadd_epi32(sums[2 * half], sums[2 * half + 1]);
                    #[expect(unsafe_code, reason = "stores take pointers")]
                    // SAFETY: `target` is 32 bytes; the store needs no alignment.
                    unsafe {
                        _mm256_storeu_si256(target.as_mut_ptr().cast(), rows);
                    }
                }
                report(best, index, &lanes, id);
            }
        }
    }
}
