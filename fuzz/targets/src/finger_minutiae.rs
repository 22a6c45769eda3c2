//! What is found in the pixels of an impression, whatever they show: its quality adds up, and its
//! template is read back.

use tanda_biometrics::finger::{FingerTemplate, Impression};

/// The largest impression that is tried, and the byte before it.
pub const MAX_LEN: usize = 16385;
/// The shortest and the longest side: looking for minutiae takes as long as there are pixels.
const SIDES: [usize; 2] = [96, 128];

/// Takes a byte that says how wide the impression is, and its pixels row by row; what does not fill a
/// row is left out.
pub fn run(data: &[u8]) -> Option<()> {
    let (width, pixels) = data.split_first()?;
    let [shortest, longest] = SIDES;
    let width = shortest + usize::from(*width) % (longest - shortest + 1);
    let height = (pixels.len() / width).min(longest);
    let impression = Impression::new(width, height, &pixels[..width * height], 500).ok()?;
    let (template, quality) = impression.examine();
    assert!(template.len() == quality.minutiae && template.len() <= 100);
    assert!(quality.printed.is_finite() && quality.ridged <= quality.printed);
    assert_eq!(FingerTemplate::from_bytes(&template.to_bytes()), Ok(template));
    Some(())
}
