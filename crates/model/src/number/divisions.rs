//! Which region codes were ever assigned, from the tables under `data/`.

use std::sync::LazyLock;

/// Whether GB/T 2260 has ever assigned this six-digit code to a county or a prefecture.
pub(super) fn gb2260_knows(code: u32) -> bool {
    static CODES: LazyLock<Vec<u32>> =
        LazyLock::new(|| codes(include_str!("../../data/gb2260.txt")));
    CODES.binary_search(&code).is_ok()
}

/// Whether this four-digit code is or was that of an Indonesian regency or city.
pub(super) fn indonesia_knows(code: u32) -> bool {
    static CODES: LazyLock<Vec<u32>> =
        LazyLock::new(|| codes(include_str!("../../data/indonesia-regencies.txt")));
    CODES.binary_search(&code).is_ok()
}

/// Reads `4401 00,03-06`: a prefix, then the two digits after it, ranges inclusive.
fn codes(table: &str) -> Vec<u32> {
    let mut codes: Vec<u32> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(prefix, ranges)| {
            let prefix = super::value(prefix) * 100;
            ranges.split(',').flat_map(move |range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                (super::value(first)..=super::value(last)).map(move |tail| prefix + tail)
            })
        })
        .collect();
    codes.sort_unstable();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_regions_are_known() {
        // Dongcheng; Chongwen, dissolved in 2010; Nansha, set up in 2005; Dongguan, without counties.
        for code in [110_101, 110_103, 440_115, 441_900, 810_000] {
            assert!(gb2260_knows(code), "{code}");
        }
        for code in [0, 110_000, 990_101, 440_199] {
            assert!(!gb2260_knows(code), "{code}");
        }
        // Bandung; Merauke before and after the split of Papua.
        for code in [3273, 9101, 9301] {
            assert!(indonesia_knows(code), "{code}");
        }
        for code in [0, 3200, 3299, 9901] {
            assert!(!indonesia_knows(code), "{code}");
        }
    }
}
