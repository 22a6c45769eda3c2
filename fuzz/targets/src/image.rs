//! Pictures: one that is read is upright RGB within the limits, whatever its header promises, and can
//! be written as a JPEG that is read again.

use std::io::Cursor;

use image::ImageReader;
use tanda_biometrics::Frame;

/// A small picture in any of the three formats.
pub const MAX_LEN: usize = 2048;
/// Bigger pictures than this are left out, up to those that are refused for their size: decoding
/// takes as long as there are pixels, and finds nothing that a small picture does not.
const PIXELS: u64 = 128 * 128;

/// Takes a picture.
pub fn run(data: &[u8]) -> Option<()> {
    let reader = ImageReader::new(Cursor::new(data)).with_guessed_format().ok()?;
    let pixels = reader.into_dimensions().map_or(0, |(w, h)| u64::from(w) * u64::from(h));
    if pixels > PIXELS && pixels <= Frame::MAX_PIXELS {
        return None;
    }
    let frame = Frame::parse(data).ok()?;
    assert!(pixels <= Frame::MAX_PIXELS);
    let sides = [frame.width(), frame.height()];
    assert!(
        sides.iter().all(|side| (Frame::MIN_SIDE as usize..=Frame::WORKING_SIDE).contains(side))
    );
    assert_eq!(frame.rgb().len(), frame.width() * frame.height() * 3);
    let again = Frame::parse(&frame.to_jpeg(50).unwrap()).unwrap();
    assert_eq!([again.width(), again.height()], sides);
    Some(())
}
