//! The check digits of the machine readable zone (Doc 9303-3 section 4.9).

/// The check digit of `field`: weights 7, 3, 1; letters count from 10, the filler nothing.
pub fn check_digit(field: &[u8]) -> u8 {
    let sum: u32 = field
        .iter()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(byte, weight)| {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                _ => 0,
            };
            u32::from(value) * weight
        })
        .sum();
    // A remainder of ten is one digit.
    b'0' + u8::try_from(sum % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doc 9303-3 section 4.9, the examples.
    #[test]
    fn digits_are_those_of_the_examples() {
        assert_eq!(check_digit(b"520727"), b'3');
        assert_eq!(check_digit(b"AB2134<<<"), b'5');
        assert_eq!(check_digit(b"L898902C3"), b'6');
    }
}
