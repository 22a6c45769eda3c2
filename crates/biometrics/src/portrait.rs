//! A register portrait: checked, embedded, and cut for the card.

use crate::detect::{DetectError, Face};
use crate::embedding::Embedding;
use crate::frame::{Frame, ImageError};
use crate::guidance::Guidance;
use crate::models::Models;
use crate::quality::Quality;
use crate::warp::{self, Affine, Detail};

/// A portrait that a live face can be compared with.
#[derive(Debug)]
pub struct Portrait {
    /// Where the face is.
    pub face: Face,
    /// What is compared of it.
    pub embedding: Embedding,
    /// What is less than good about the picture, for the person who puts it into the register.
    pub warning: Option<Guidance>,
}

impl Models {
    /// Checks a portrait for the register: exactly one face, big enough to compare.
    ///
    /// # Errors
    /// [`DetectError`], when it shows none, several or a tiny one.
    pub fn enrol_portrait(&self, frame: &Frame) -> Result<Portrait, DetectError> {
        let face = self.only_face(frame)?;
        let embedding = self.embed(frame, &face)?;
        // Distance and place are the photographer's choice; light and sharpness matter.
        let warning = Quality::measure(frame, &face).fault().filter(|fault| {
            matches!(fault, Guidance::TooDark | Guidance::TooBright | Guidance::Blurred)
        });
        Ok(Portrait { face, embedding, warning })
    }
}

impl Frame {
    /// Head and shoulders around `face`, 3 to 4, as a JPEG of at most `max_bytes`.
    ///
    /// # Errors
    /// [`ImageError::NotEncodable`], when not even a thumbnail fits.
    pub fn portrait_jpeg(&self, face: &Face, max_bytes: usize) -> Result<Vec<u8>, ImageError> {
        /// Height of the portrait in heights of the face's box.
        const HEAD_ROOM: f32 = 1.9;
        const SIZES: [(usize, usize); 4] = [(360, 480), (270, 360), (180, 240), (120, 160)];
        const QUALITIES: [u8; 3] = [88, 78, 66];
        let height = face.side() * HEAD_ROOM;
        let width = height * 0.75;
        let centre = face.centre();
        // A little above the middle, as in passport photographs; what lies beyond the frame is
        // filled by repeating its edge, so the crop is moved inside where it can be.
        let place = |middle: f32, size: f32, limit: usize| {
            let start = middle - size / 2.0;
            if size < limit as f32 {
                start.clamp(0.0, limit as f32 - size)
            } else {
                (limit as f32 - size) / 2.0
            }
        };
        let left = place(centre.x, width, self.width());
        let top = place(centre.y + face.height * 0.05, height, self.height());
        for (columns, rows) in SIZES {
            let map = Affine::crop(left, top, (width, height), columns, rows);
            let pixels = warp::warp(self, &map, columns, rows, Detail::Smoothed);
            let cut = Frame::from_rgb(columns, rows, warp::bytes(&pixels));
            for quality in QUALITIES {
                let jpeg = cut.to_jpeg(quality)?;
                if jpeg.len() <= max_bytes {
                    return Ok(jpeg);
                }
            }
        }
        Err(ImageError::NotEncodable)
    }
}
