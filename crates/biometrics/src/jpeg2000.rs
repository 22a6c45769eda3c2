//! JPEG 2000 (ISO/IEC 15444-1), as most countries keep the portrait on a chip (Doc 9303-10, 4.7.3).

use std::panic::catch_unwind;

use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

use crate::frame::{Frame, ImageError};

impl Frame {
    /// The most pixels of a JPEG 2000 picture; a bigger one is refused by its header alone. A portrait on
    /// a chip has some 200,000.
    pub const MAX_JPEG2000_PIXELS: u64 = 4_000_000;

    /// Decodes a JPEG 2000 picture, grey or of colours, in its container or as a bare codestream.
    ///
    /// For pictures that somebody signed: what breaks off is decoded as far as it goes, and a panic of
    /// the decoder, which is younger than the other formats', is an error of the picture.
    ///
    /// # Errors
    /// [`ImageError`], for anything that is no such picture of a sensible size.
    pub fn parse_jpeg2000(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(ImageError::TooManyBytes);
        }
        catch_unwind(|| decode(bytes)).unwrap_or(Err(ImageError::Damaged))
    }
}

fn decode(bytes: &[u8]) -> Result<Frame, ImageError> {
    let picture =
        Image::new(bytes, &DecodeSettings::default()).map_err(|_| ImageError::NotAPicture)?;
    let (width, height) = (picture.width(), picture.height());
    Frame::check_sides([width, height], Frame::MAX_JPEG2000_PIXELS)?;
    let colours = match picture.color_space() {
        ColorSpace::Gray | ColorSpace::Icc { num_channels: 1, .. } => 1,
        ColorSpace::RGB | ColorSpace::Icc { num_channels: 3, .. } => 3,
        _ => return Err(ImageError::NotAPicture),
    };
    let channels = colours + usize::from(picture.has_alpha());
    let mut context = DecoderContext::default();
    let decoded = picture.decode(&mut context).map_err(|_| ImageError::Damaged)?;
    let samples = decoded.data_u8();
    let (width, height) = (width as usize, height as usize);
    if decoded.components().len() != channels || samples.len() != width * height * channels {
        return Err(ImageError::Damaged);
    }
    let rgb = samples.chunks_exact(channels).flat_map(|pixel| match colours {
        1 => [pixel[0]; 3],
        _ => [pixel[0], pixel[1], pixel[2]],
    });
    Ok(Frame::from_rgb(width, height, rgb.collect()).shrunk_to_working_side())
}
