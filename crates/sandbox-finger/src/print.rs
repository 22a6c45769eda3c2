use png::{BitDepth, ColorType, Encoder, EncodingError, PixelDimensions, Unit};

/// 500 dots an inch.
const PIXELS_A_METRE: u32 = 19_685;

/// What a scanner of 500 dots an inch sees: grey, row by row, 0 black to 255 white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedPrint {
    pub(crate) pixels: Vec<u8>,
}

impl SimulatedPrint {
    /// Pixels in a row.
    pub const WIDTH: usize = 300;
    /// Rows.
    pub const HEIGHT: usize = 400;
    /// Dots an inch.
    pub const RESOLUTION: u32 = 500;

    /// What `grey` says for each column and row.
    pub(crate) fn each(mut grey: impl FnMut(usize, usize) -> f32) -> Self {
        let pixels = (0..Self::WIDTH * Self::HEIGHT)
            .map(|at| level(grey(at % Self::WIDTH, at / Self::WIDTH)))
            .collect();
        Self { pixels }
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// As a PNG file that states its resolution.
    ///
    /// # Panics
    /// Never: writing to memory does not fail, and the picture is as large as it says.
    pub fn png(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "memory takes everything")]
        self.encoded().expect("a picture of this size")
    }

    fn encoded(&self) -> Result<Vec<u8>, EncodingError> {
        let mut file = Vec::new();
        #[expect(clippy::cast_possible_truncation, reason = "some hundreds")]
        let mut encoder = Encoder::new(&mut file, Self::WIDTH as u32, Self::HEIGHT as u32);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::Eight);
        let metre = PIXELS_A_METRE;
        encoder.set_pixel_dims(Some(PixelDimensions {
            xppu: metre,
            yppu: metre,
            unit: Unit::Meter,
        }));
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// A level of grey, the nearest that there is.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
#[expect(clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
fn level(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
