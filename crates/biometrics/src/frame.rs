//! A decoded picture, and how foreign bytes become one.

use std::io::Cursor;
use std::sync::OnceLock;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage,
};
use zeroize::Zeroize;

use crate::warp;

/// An upright colour picture (8-bit RGB, rows from the top), wiped from memory when dropped.
pub struct Frame {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    half: OnceLock<Box<Frame>>,
}

impl Frame {
    /// The most bytes that [`Frame::parse`] looks at.
    pub const MAX_BYTES: usize = 8 * 1024 * 1024;
    /// The most pixels that are decoded; a bigger picture is refused by its header alone.
    pub const MAX_PIXELS: u64 = 25_000_000;
    /// The shortest side that can hold a usable face.
    pub const MIN_SIDE: u32 = 64;
    /// Longer pictures are shrunk to this many pixels on their longer side.
    pub const WORKING_SIDE: usize = 1024;
    /// What a decoder may allocate: the pixels as RGBA, and some working space.
    const MAX_ALLOCATION: u64 = 160 * 1024 * 1024;

    /// Decodes a JPEG, PNG or WebP picture, turned upright by its EXIF orientation.
    ///
    /// # Errors
    /// [`ImageError`], for anything that is not a whole picture of a sensible size.
    pub fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(ImageError::TooManyBytes);
        }
        let format = image::guess_format(bytes).map_err(|_| ImageError::NotAPicture)?;
        match format {
            ImageFormat::Jpeg if jpeg_is_whole(bytes) => {}
            ImageFormat::Png if png_is_whole(bytes) => {}
            ImageFormat::WebP if webp_is_whole(bytes) => {}
            ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP => {
                return Err(ImageError::Damaged);
            }
            _ => return Err(ImageError::NotAPicture),
        }
        let mut limits = Limits::default();
        limits.max_alloc = Some(Self::MAX_ALLOCATION);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let mut decoder =
            reader.into_decoder().map_err(|error| ImageError::from_decoder(&error))?;
        let (width, height) = decoder.dimensions();
        Self::check_sides([width, height], Self::MAX_PIXELS)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let decoded = DynamicImage::from_decoder(decoder)
            .map_err(|error| ImageError::from_decoder(&error))?;
        let frame = Self::from_rgb(width as usize, height as usize, decoded.into_rgb8().into_raw());
        Ok(frame.shrunk_to_working_side().upright(orientation))
    }

    /// Refuses a picture by what its header says: of more than `most` pixels, or with a side too short
    /// for a face, as it is or once the picture is shrunk.
    pub(crate) fn check_sides(sides: [u32; 2], most: u64) -> Result<(), ImageError> {
        let [shorter, longer] = [sides[0].min(sides[1]), sides[0].max(sides[1])].map(u64::from);
        let working_side = Self::WORKING_SIDE as u64;
        if shorter * longer > most {
            Err(ImageError::TooManyPixels)
        } else if shorter * working_side < u64::from(Self::MIN_SIDE) * longer.max(working_side) {
            Err(ImageError::TooSmall)
        } else {
            Ok(())
        }
    }

    /// A frame from pixels: `rgb` holds `height` rows of `width` times three bytes.
    pub(crate) fn from_rgb(width: usize, height: usize, rgb: Vec<u8>) -> Self {
        debug_assert_eq!(rgb.len(), width * height * 3);
        Self { width, height, rgb, half: OnceLock::new() }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels: `height` rows of `width` RGB triples.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The frame at half the size, made once.
    pub(crate) fn half(&self) -> &Frame {
        self.half.get_or_init(|| {
            let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
            Box::new(warp::shrink(self, width, height))
        })
    }

    /// Encodes the frame as a JPEG at `quality` (1 to 100).
    ///
    /// # Errors
    /// [`ImageError::NotEncodable`], when the encoder refuses the size.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, ImageError> {
        let (Ok(width), Ok(height)) = (u32::try_from(self.width), u32::try_from(self.height))
        else {
            return Err(ImageError::NotEncodable);
        };
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality.clamp(1, 100))
            .encode(&self.rgb, width, height, ExtendedColorType::Rgb8)
            .map_err(|_| ImageError::NotEncodable)?;
        Ok(jpeg)
    }

    pub(crate) fn shrunk_to_working_side(self) -> Self {
        let longer = self.width.max(self.height);
        if longer <= Self::WORKING_SIDE {
            return self;
        }
        let scaled = |side: usize| (side * Self::WORKING_SIDE).div_ceil(longer).max(1);
        warp::shrink(&self, scaled(self.width), scaled(self.height))
    }

    fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::NoTransforms {
            return self;
        }
        let (width, height) = (u32::try_from(self.width), u32::try_from(self.height));
        let (Ok(width), Ok(height)) = (width, height) else { return self };
        let Some(pixels) = RgbImage::from_raw(width, height, self.rgb.clone()) else { return self };
        let mut picture = DynamicImage::ImageRgb8(pixels);
        picture.apply_orientation(orientation);
        let turned = picture.into_rgb8();
        let (width, height) = turned.dimensions();
        Self::from_rgb(width as usize, height as usize, turned.into_raw())
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.rgb.zeroize();
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}x{})", self.width, self.height)
    }
}

/// Why bytes are not a usable picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// More than [`Frame::MAX_BYTES`].
    #[error("the picture is bigger than 8 MB")]
    TooManyBytes,
    /// More than [`Frame::MAX_PIXELS`].
    #[error("the picture has more than 25 million pixels")]
    TooManyPixels,
    /// A side is shorter than [`Frame::MIN_SIDE`], or is once the picture is shrunk.
    #[error("the picture is smaller than 64 pixels a side")]
    TooSmall,
    /// Neither JPEG nor PNG nor WebP.
    #[error("this is not a JPEG, PNG or WebP picture")]
    NotAPicture,
    /// The picture breaks off or its data contradict themselves.
    #[error("the picture is damaged or incomplete")]
    Damaged,
    /// The frame cannot be written as a JPEG.
    #[error("the picture cannot be encoded")]
    NotEncodable,
}

impl ImageError {
    fn from_decoder(error: &image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => Self::TooManyPixels,
            image::ImageError::Unsupported(_) => Self::NotAPicture,
            _ => Self::Damaged,
        }
    }
}

/// Whether a JPEG has its end-of-image marker after the first scan (ITU-T T.81, B.1.1).
///
/// The decoder fills what is missing with grey; here a broken upload is an error.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    loop {
        let Some([0xff, marker, rest @ ..]) = bytes.get(at..) else { return false };
        match *marker {
            0xff => at += 1,
            // Markers without a length: fill, RSTn, SOI, TEM.
            0x01 | 0xd0..=0xd8 => at += 2,
            START_OF_SCAN => return rest.windows(2).any(|pair| pair == [0xff, 0xd9]),
            _ => {
                let [high, low, ..] = rest else { return false };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
            }
        }
    }
}

/// Whether a PNG has all of its chunks up to the last (PNG specification, 5.3 and 11.2.5).
pub(crate) fn png_is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    loop {
        let Some((length, after)) = rest.split_first_chunk::<4>() else { return false };
        let Ok(length) = usize::try_from(u32::from_be_bytes(*length)) else { return false };
        // The chunk's name, its data and its checksum.
        let Some(next) = length.checked_add(8).and_then(|end| after.get(end..)) else {
            return false;
        };
        if after.starts_with(b"IEND") {
            return true;
        }
        rest = next;
    }
}

/// Whether a WebP is as long as its container says (RFC 9649, 2.4).
fn webp_is_whole(bytes: &[u8]) -> bool {
    let Some(&[a, b, c, d]) = bytes.get(4..8) else { return false };
    usize::try_from(u32::from_le_bytes([a, b, c, d])).is_ok_and(|length| bytes.len() - 8 >= length)
}
