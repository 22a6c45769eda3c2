use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

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
        let mut file = Cursor::new(Vec::new());
        #[expect(clippy::cast_possible_truncation, reason = "some hundreds")]
        let (width, height) = (Self::WIDTH as u32, Self::HEIGHT as u32);
        #[expect(clippy::expect_used, reason = "memory takes everything")]
        PngEncoder::new(&mut file)
            .write_image(&self.pixels, width, height, ExtendedColorType::L8)
            .expect("a picture of this size");
        file.into_inner()
    }
}

/// A level of grey, the nearest that there is.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
#[expect(clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
fn level(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
