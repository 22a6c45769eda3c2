//! Foreign bytes: what is a picture, and what is refused how.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::io::Cursor;
use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use tanda_biometrics::{Frame, ImageError};

/// Left half red, right half blue, so that turning shows.
fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Puts an EXIF segment with an orientation behind the start of a JPEG.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [
        b"II*\0\x08\0\0\0\x01\0".as_slice(),
        // Tag 0x0112, type SHORT, one value, then the end of the directory.
        &[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let length = u8::try_from(2 + 6 + tiff.len()).unwrap();
    [&jpeg[..2], &[0xff, 0xe1, 0, length], b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}

#[test]
fn jpeg_png_and_webp_are_pictures() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let frame = Frame::parse(&encoded(160, 100, format)).unwrap();
        assert_eq!((frame.width(), frame.height()), (160, 100), "{format:?}");
        assert!(frame.rgb()[0] > 180 && frame.rgb()[3 * 159 + 2] > 180, "{format:?}");
    }
}

#[test]
fn the_camera_s_turn_is_undone() {
    let jpeg = encoded(160, 100, ImageFormat::Jpeg);
    let frame = Frame::parse(&with_orientation(&jpeg, 6)).unwrap();
    assert_eq!((frame.width(), frame.height()), (100, 160));
    // Turned clockwise by a quarter: what was left is now above.
    assert!(frame.rgb()[0] > 180 && frame.rgb()[3 * 100 * 159 + 2] > 180);
    let frame = Frame::parse(&with_orientation(&jpeg, 3)).unwrap();
    assert!(frame.rgb()[2] > 180, "turned by a half");
}

#[test]
fn big_pictures_are_shrunk() {
    let frame = Frame::parse(&encoded(3000, 1500, ImageFormat::Jpeg)).unwrap();
    assert_eq!((frame.width(), frame.height()), (1024, 512));
    assert!(frame.rgb()[0] > 200 && frame.rgb()[3 * 1023 + 2] > 200);
}

#[test]
fn a_hundred_megapixels_are_refused_by_the_header() {
    // A PNG header of 10,000 × 10,000 with next to no data behind it.
    let mut png = encoded(64, 64, ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(Frame::parse(&png).unwrap_err(), ImageError::TooManyPixels);
    // The same in a JPEG's frame header.
    let mut jpeg = encoded(64, 64, ImageFormat::Jpeg);
    let start = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[start + 5..start + 9].copy_from_slice(&[0x27, 0x10, 0x27, 0x10]);
    assert_eq!(Frame::parse(&jpeg).unwrap_err(), ImageError::TooManyPixels);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn too_many_bytes_and_too_few_pixels_are_refused() {
    let mut long = encoded(64, 64, ImageFormat::Jpeg);
    long.resize(Frame::MAX_BYTES + 1, 0);
    assert_eq!(Frame::parse(&long).unwrap_err(), ImageError::TooManyBytes);
    assert_eq!(
        Frame::parse(&encoded(63, 200, ImageFormat::Png)).unwrap_err(),
        ImageError::TooSmall
    );
    // Of so long a picture only a strip is left when it is shrunk.
    let strip = |long| Frame::parse(&encoded(long, 64, ImageFormat::Png));
    assert_eq!(strip(1025).unwrap_err(), ImageError::TooSmall);
    assert_eq!(strip(1024).unwrap().height(), 64);
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [
        b"".as_slice(),
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"%PDF-1.7",
    ] {
        assert_eq!(Frame::parse(bytes).unwrap_err(), ImageError::NotAPicture);
    }
}

#[test]
fn a_truncated_picture_is_damaged_wherever_it_breaks_off() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(160, 100, format);
        for part in 1..20 {
            let cut = &whole[..whole.len() * part / 20];
            assert!(
                matches!(Frame::parse(cut), Err(ImageError::Damaged | ImageError::NotAPicture)),
                "{format:?} {part}/20"
            );
        }
        assert_eq!(
            Frame::parse(&whole[..whole.len() - 2]).unwrap_err(),
            ImageError::Damaged,
            "{format:?}"
        );
    }
}

#[test]
fn a_thumbnail_s_end_is_not_the_picture_s() {
    let jpeg = encoded(160, 100, ImageFormat::Jpeg);
    // A comment that holds a whole small JPEG, as EXIF thumbnails are, and then a cut picture.
    let inner = encoded(8, 8, ImageFormat::Jpeg);
    let length = u16::try_from(inner.len() + 2).unwrap().to_be_bytes();
    let nested = [&jpeg[..2], &[0xff, 0xfe], &length, &inner, &jpeg[2..]].concat();
    assert!(Frame::parse(&nested).is_ok());
    assert_eq!(Frame::parse(&nested[..nested.len() - 40]).unwrap_err(), ImageError::Damaged);
}

#[test]
fn what_is_written_can_be_read() {
    let frame = Frame::parse(&encoded(160, 100, ImageFormat::Png)).unwrap();
    let again = Frame::parse(&frame.to_jpeg(90).unwrap()).unwrap();
    assert_eq!((again.width(), again.height()), (160, 100));
}

proptest! {
    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..2000), start in 0..4_usize) {
        let magic: [&[u8]; 4] = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBP"];
        let _ = Frame::parse(&[magic[start], &bytes].concat());
    }

    #[test]
    fn a_picture_with_changed_bytes_is_a_frame_or_an_error(
        which in 0..3_usize,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let format = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP][which];
        let mut bytes = encoded(96, 64, format);
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(frame) = Frame::parse(&bytes) {
            prop_assert_eq!(frame.rgb().len(), frame.width() * frame.height() * 3);
        }
    }
}

fn jpeg2000(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jpeg2000");
    std::fs::read(folder.join(name)).unwrap()
}

/// How far apart the samples of two pictures are, in the mean.
fn difference(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let sum: u64 = one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

#[test]
fn jpeg_2000_is_read_in_its_container_and_without_in_colours_and_grey() {
    let people = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sandbox/people");
    let original = image::open(people.join("01/portrait.jpg")).unwrap();
    let original = original.resize_exact(413, 516, FilterType::Lanczos3);
    let read = |name| Frame::parse_jpeg2000(&jpeg2000(name)).unwrap();
    let (colours, grey) = (read("01.jp2"), read("01-grey.jp2"));
    assert_eq!((colours.width(), colours.height()), (413, 516));
    assert!(difference(colours.rgb(), original.to_rgb8().as_raw()) < 4.0);
    assert!(difference(read("01.j2k").rgb(), colours.rgb()) < 0.1);
    let luma = DynamicImage::ImageLuma8(original.to_luma8()).into_rgb8();
    assert!(difference(grey.rgb(), luma.as_raw()) < 4.0);
}

#[test]
fn jpeg_2000_of_no_sensible_size_or_kind_is_refused() {
    let whole = jpeg2000("01.j2k");
    // SIZ (ISO/IEC 15444-1, A.5.1): behind SOC, its marker, length and capabilities, width and height.
    let sized = |width: u32, height: u32| {
        let mut bytes = whole.clone();
        bytes[8..12].copy_from_slice(&width.to_be_bytes());
        bytes[12..16].copy_from_slice(&height.to_be_bytes());
        Frame::parse_jpeg2000(&bytes).unwrap_err()
    };
    assert_eq!(sized(2001, 2001), ImageError::TooManyPixels);
    assert_eq!(sized(63, 63), ImageError::TooSmall);
    assert_eq!(sized(64, 1025), ImageError::TooSmall, "of a strip nothing is left");
    assert_eq!(Frame::parse_jpeg2000(b"\xff\x4f\xff\x51").unwrap_err(), ImageError::NotAPicture);
    let jpeg = encoded(160, 100, ImageFormat::Jpeg);
    assert_eq!(Frame::parse_jpeg2000(&jpeg).unwrap_err(), ImageError::NotAPicture);
    let long = vec![0; Frame::MAX_BYTES + 1];
    assert_eq!(Frame::parse_jpeg2000(&long).unwrap_err(), ImageError::TooManyBytes);
    assert_eq!(Frame::parse(&whole).unwrap_err(), ImageError::NotAPicture, "nobody signed it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_jpeg_2000_is_no_panic(
        cut in 0_usize..21_216,
        flips in prop::collection::vec((0_usize..21_216, any::<u8>()), 0..8),
    ) {
        let mut bytes = jpeg2000("01.j2k");
        for (at, bits) in flips {
            bytes[at] ^= bits;
        }
        bytes.truncate(cut);
        if let Ok(frame) = Frame::parse_jpeg2000(&bytes) {
            prop_assert_eq!(frame.rgb().len(), frame.width() * frame.height() * 3);
        }
    }
}
