//! The files that no issuer's word is needed to read: lines, face, fingers, what a chip can do, its list of
//! files.
//! Their parsers end, and a picture that they give is within the file.

use tanda_chip::crypto::PublicKey;
use tanda_chip::lds::{Common, FingerImage, Mrz, Portrait, SecurityInfos};

/// A face of a few bytes, or a list with a key that is spelled out.
pub const MAX_LEN: usize = 2048;

/// The first byte says which file it is.
pub fn run(data: &[u8]) -> Option<()> {
    let (which, file) = data.split_first()?;
    match which {
        0 => {
            let mrz = Mrz::from_dg1(file).ok()?;
            assert!(mrz.document_number.len() <= 22);
        }
        1 => {
            let portrait = Portrait::from_dg2(file).ok()?;
            assert!(holds(file, &portrait.bytes));
        }
        2 => {
            SecurityInfos::from_dg14(file).ok()?;
        }
        3 => {
            SecurityInfos::parse(file).ok()?;
        }
        4 => {
            assert!(Common::parse(file).ok()?.groups.len() <= 16);
        }
        6 => {
            let fingers = FingerImage::from_dg3(file).ok()?;
            assert!(fingers.iter().map(|finger| finger.bytes.len()).sum::<usize>() < file.len());
            assert!(fingers.iter().all(|finger| holds(file, &finger.bytes)));
        }
        _ => {
            PublicKey::from_spki(file).ok()?;
        }
    }
    Some(())
}

/// Whether `picture` is there in one piece.
fn holds(file: &[u8], picture: &[u8]) -> bool {
    picture.is_empty() || file.windows(picture.len()).any(|window| window == picture)
}
