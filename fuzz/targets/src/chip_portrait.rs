//! JPEG 2000 portraits: one that is read is RGB within the limits, whatever its header promises.

use tanda_biometrics::Frame;

/// A small picture, in its container.
pub const MAX_LEN: usize = 2048;
/// Bigger pictures than this are left out, up to those that are refused for their size: decoding
/// takes as long as there are pixels, and finds nothing that a small picture does not.
const PIXELS: u64 = 64 * 80;
/// The markers SOC and SIZ, with which a codestream begins (ISO/IEC 15444-1, A.4.1 and A.5.1).
const CODESTREAM: &[u8] = b"\xff\x4f\xff\x51";

/// Takes a portrait.
pub fn run(data: &[u8]) -> Option<()> {
    let pixels = pixels(data)?;
    if pixels > PIXELS && pixels <= Frame::MAX_JPEG2000_PIXELS {
        return None;
    }
    let frame = Frame::parse_jpeg2000(data).ok()?;
    let sides = [frame.width(), frame.height()];
    assert!(
        sides.iter().all(|side| (Frame::MIN_SIDE as usize..=Frame::WORKING_SIDE).contains(side))
    );
    assert_eq!(frame.rgb().len(), frame.width() * frame.height() * 3);
    Some(())
}

/// How many pixels the header promises, of the reference grid.
fn pixels(data: &[u8]) -> Option<u64> {
    let at = data.windows(4).position(|four| four == CODESTREAM)?;
    let number = |index: usize| {
        let bytes = data.get(at + 8 + index * 4..)?.first_chunk::<4>()?;
        Some(u64::from(u32::from_be_bytes(*bytes)))
    };
    let side = |end: u64, start: u64| end.saturating_sub(start);
    Some(side(number(0)?, number(2)?).saturating_mul(side(number(1)?, number(3)?)))
}
