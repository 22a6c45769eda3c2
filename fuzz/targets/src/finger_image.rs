//! Pictures of fingers, in the formats of scanners: one that is read is of a finger's size at 500 dots
//! an inch, whatever its header promises. What is found in its pixels is `finger_minutiae`.

use std::io::Cursor;

use image::ImageReader;
use tanda_biometrics::finger::Impression;

/// A small picture, uncompressed.
pub const MAX_LEN: usize = 16384;
/// Bigger pictures than this are left out, up to those that are refused for their size: decoding
/// takes as long as there are pixels, and finds nothing that a small picture does not.
const PIXELS: u64 = 128 * 128;

/// Takes a byte that says whether the scanner is known, and a picture.
pub fn run(data: &[u8]) -> Option<()> {
    let (known, picture) = data.split_first()?;
    let reader = ImageReader::new(Cursor::new(picture)).with_guessed_format().ok()?;
    let pixels = reader.into_dimensions().map_or(0, |(w, h)| u64::from(w) * u64::from(h));
    if pixels > PIXELS && pixels <= Impression::MAX_PIXELS {
        return None;
    }
    let dots_an_inch = (known & 1 == 1).then_some(500);
    let impression = Impression::decode(picture, dots_an_inch).ok()?;
    assert!(pixels <= Impression::MAX_PIXELS);
    let sides = [impression.width(), impression.height()];
    assert!(sides.iter().all(|side| (96..=2000).contains(side)));
    assert_eq!(impression.pixels().len(), sides[0] * sides[1]);
    Some(())
}
