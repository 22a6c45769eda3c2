//! Files of scanners: PNG, BMP, TIFF and PGM, with the dots an inch that they state.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use zeroize::Zeroizing;

use super::impression::{Impression, ImpressionError};
use crate::frame::png_is_whole;

impl Impression {
    /// The most bytes that [`Impression::decode`] looks at.
    pub const MAX_BYTES: usize = 16 * 1024 * 1024;
    /// The most pixels that are decoded; a larger picture is refused by its header alone.
    pub const MAX_PIXELS: u64 = 16_000_000;
    /// What a decoder may allocate: the pixels as RGBA, and some working space.
    const MAX_ALLOCATION: u64 = 80 * 1024 * 1024;

    /// Decodes a picture that a scanner took: PNG, BMP, TIFF or PGM, grey or colour, ridges dark.
    ///
    /// `dots_an_inch` is what the scanner is known to have, and goes before what the file says. Where
    /// it is `None` the file has to say: `pHYs` of a PNG, the pixels per metre of a BMP, the resolution
    /// of a TIFF; a PGM can't.
    ///
    /// # Errors
    /// [`ImpressionError`], for what is no whole picture of a sensible size and resolution.
    pub fn decode(bytes: &[u8], dots_an_inch: Option<u32>) -> Result<Self, ImpressionError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(ImpressionError::TooManyBytes);
        }
        let format = image::guess_format(bytes).map_err(|_| ImpressionError::NotAPicture)?;
        let stated = match format {
            ImageFormat::Png if png_is_whole(bytes) => stated_by_png(bytes),
            ImageFormat::Png => return Err(ImpressionError::Damaged),
            ImageFormat::Bmp => stated_by_bmp(bytes),
            ImageFormat::Tiff => stated_by_tiff(bytes),
            ImageFormat::Pnm => None,
            _ => return Err(ImpressionError::NotAPicture),
        };
        let dots_an_inch = dots_an_inch.or(stated).ok_or(ImpressionError::ResolutionUnknown)?;
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(Self::MAX_ALLOCATION);
        reader.limits(limits);
        let decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > Self::MAX_PIXELS {
            return Err(ImpressionError::Size);
        }
        let decoded = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
        let pixels = Zeroizing::new(decoded.into_luma8().into_raw());
        Self::new(width as usize, height as usize, &pixels, dots_an_inch)
    }
}

fn refusal(error: &image::ImageError) -> ImpressionError {
    match error {
        image::ImageError::Limits(_) => ImpressionError::Size,
        image::ImageError::Unsupported(_) => ImpressionError::NotAPicture,
        _ => ImpressionError::Damaged,
    }
}

/// Dots an inch, of so many per metre: 2.54 cm to the inch, rounded.
fn per_metre(dots: u32) -> Option<u32> {
    u32::try_from((u64::from(dots) * 254 + 5000) / 10_000).ok().filter(|dots| *dots > 0)
}

/// The chunk `pHYs` (PNG specification, 11.3.4.3): pixels per metre across, down, and unit 1.
fn stated_by_png(bytes: &[u8]) -> Option<u32> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (name, data) = after.split_first_chunk::<4>()?;
        match name {
            b"pHYs" => {
                let (across, rest) = data.split_first_chunk::<4>()?;
                let (down, rest) = rest.split_first_chunk::<4>()?;
                let square = across == down && rest.first() == Some(&1);
                return square.then(|| per_metre(u32::from_be_bytes(*across)))?;
            }
            // It comes before the pixels.
            b"IDAT" | b"IEND" => return None,
            _ => rest = data.get(length.checked_add(4)?..)?,
        }
    }
}

/// `biXPelsPerMeter` of the header that most BMP files have.
fn stated_by_bmp(bytes: &[u8]) -> Option<u32> {
    let word = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk::<4>()?));
    (word(14)? >= 40 && word(38) == word(42)).then(|| per_metre(word(38)?))?
}

/// `XResolution` (282) and `ResolutionUnit` (296) of the first directory (TIFF 6.0, sections 2 and 8).
fn stated_by_tiff(bytes: &[u8]) -> Option<u32> {
    let little = bytes.starts_with(b"II");
    let number = |at: usize, length: usize| -> Option<u32> {
        let digits = bytes.get(at..at.checked_add(length)?)?.iter();
        let add = |sum: u32, digit: &u8| (sum << 8) | u32::from(*digit);
        Some(if little { digits.rev().fold(0, add) } else { digits.fold(0, add) })
    };
    let place = |at: usize| usize::try_from(number(at, 4)?).ok();
    let directory = place(4)?;
    let (mut dots, mut unit) = (None, 2);
    for at in 0..usize::try_from(number(directory, 2)?).ok()? {
        let entry = directory.checked_add(2 + 12 * at)?;
        match number(entry, 2)? {
            282 => {
                let value = place(entry + 8)?;
                let (above, below) = (number(value, 4)?, number(value.checked_add(4)?, 4)?);
                dots = above.checked_add(below / 2)?.checked_div(below);
            }
            296 => unit = number(entry + 8, 2)?,
            _ => {}
        }
    }
    match unit {
        2 => dots.filter(|dots| *dots > 0),
        // Per centimetre.
        3 => per_metre(dots?.checked_mul(100)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u32 = 120;

    /// Grey that gets lighter to the right, as a file of that kind.
    fn file(format: ImageFormat) -> Vec<u8> {
        let picture = image::GrayImage::from_fn(SIDE, SIDE, |x, _| {
            image::Luma([u8::try_from(2 * x).unwrap()])
        });
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn png_that_says(dots_a_metre: u32, unit: u8) -> Vec<u8> {
        let mut png = file(ImageFormat::Png);
        let mut chunk = Vec::from(*b"pHYs");
        chunk.extend([dots_a_metre.to_be_bytes(), dots_a_metre.to_be_bytes()].concat());
        chunk.push(unit);
        let sum = crc(&chunk);
        // After the signature and the 25 bytes of IHDR.
        png.splice(33..33, [&9_u32.to_be_bytes(), &chunk[..], &sum.to_be_bytes()].concat());
        png
    }

    /// CRC-32 as PNG has it (its specification, annex D).
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    #[test]
    fn every_kind_of_file_is_read_alike() {
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Pnm] {
            let read = Impression::decode(&file(format), Some(500)).unwrap();
            assert_eq!((read.pixels.width, read.pixels.height), (120, 120), "{format:?}");
            assert_eq!(read.pixels.row(7)[..4], [0, 2, 4, 6], "{format:?}");
        }
        let jpeg = file(ImageFormat::Jpeg);
        assert_eq!(Impression::decode(&jpeg, Some(500)).err(), Some(ImpressionError::NotAPicture));
    }

    #[test]
    fn the_file_says_how_many_dots_an_inch_it_has() {
        assert_eq!(stated_by_png(&png_that_says(19_685, 1)), Some(500));
        assert_eq!(stated_by_png(&png_that_says(39_370, 1)), Some(1000));
        assert_eq!(stated_by_png(&png_that_says(19_685, 0)), None);
        let mut bmp = file(ImageFormat::Bmp);
        bmp[38..46].copy_from_slice(&[19_685_u32.to_le_bytes(), 19_685_u32.to_le_bytes()].concat());
        assert_eq!(stated_by_bmp(&bmp), Some(500));
        let halved = Impression::decode(&png_that_says(39_370, 1), None).err();
        assert_eq!(halved, Some(ImpressionError::Size), "60 pixels a side at 500");
        let known = Impression::decode(&png_that_says(39_370, 1), Some(500)).unwrap();
        assert_eq!(known.pixels.width, 120);
        let silent = Impression::decode(&file(ImageFormat::Pnm), None).err();
        assert_eq!(silent, Some(ImpressionError::ResolutionUnknown));
    }

    #[test]
    fn a_tiff_says_it_in_inches_or_centimetres_in_either_order_of_bytes() {
        for (unit, stated, read) in
            [(2_u16, 500_u32, Some(500)), (3, 197, Some(500)), (1, 500, None)]
        {
            let little = [
                &b"II\x2a\0\x08\0\0\0\x02\0"[..],
                &[0x1a, 1, 5, 0, 1, 0, 0, 0, 38, 0, 0, 0],
                &[0x28, 1, 3, 0, 1, 0, 0, 0],
                &unit.to_le_bytes(),
                &[0; 6],
                &stated.to_le_bytes(),
                &1_u32.to_le_bytes(),
            ]
            .concat();
            assert_eq!(stated_by_tiff(&little), read);
            let big = [
                &b"MM\0\x2a\0\0\0\x08\0\x02"[..],
                &[1, 0x1a, 0, 5, 0, 0, 0, 1, 0, 0, 0, 38],
                &[1, 0x28, 0, 3, 0, 0, 0, 1],
                &unit.to_be_bytes(),
                &[0; 6],
                &stated.to_be_bytes(),
                &1_u32.to_be_bytes(),
            ]
            .concat();
            assert_eq!(stated_by_tiff(&big), read);
        }
    }

    #[test]
    fn what_is_cut_off_or_too_large_is_refused() {
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::Pnm] {
            let whole = file(format);
            for end in [whole.len() - 40, whole.len() / 2, 20] {
                assert!(Impression::decode(&whole[..end], Some(500)).is_err(), "{format:?} {end}");
            }
        }
        let bomb = b"P5\n60000 60000\n255\n";
        assert_eq!(Impression::decode(bomb, Some(500)).err(), Some(ImpressionError::Size));
        let heavy = vec![b'P'; Impression::MAX_BYTES + 1];
        assert_eq!(
            Impression::decode(&heavy, Some(500)).err(),
            Some(ImpressionError::TooManyBytes)
        );
    }
}
