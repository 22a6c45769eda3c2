//! Finger minutiae records of ISO/IEC 19794-2:2005 (record format, "FMR" version 20), in and out.

use super::angle::Angle;
use super::grid::nearest;
use super::impression::LARGEST;
use super::minutia::{FingerTemplate, Minutia, MinutiaKind};
use super::position::FingerPosition;
use super::reference::FingerReference;

/// Format identifier and version (clause 7.3).
const MAGIC: &[u8; 8] = b"FMR\0 20\0";
const HEADER: usize = 24;
const VIEW_HEADER: usize = 4;
/// Pixels per centimetre at 500 dots an inch, rounded; and those that are taken for it.
const WORKED_AT: u16 = 197;
const AS_WORKED_AT: core::ops::RangeInclusive<u16> = 196..=198;
/// Pixels per centimetre of 250 and 1200 dots an inch.
const RESOLUTIONS: core::ops::RangeInclusive<u16> = 98..=473;
/// What the record says of an impression that our quality gate let through, of 100.
const GOOD: u8 = 75;

/// The fingers of a record, one impression or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerRecord {
    /// In the record's order.
    pub views: Vec<FingerView>,
}

/// One impression in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FingerView {
    /// Which finger, where that is known.
    pub position: Option<FingerPosition>,
    /// How good whoever took it found it, 0 to 100.
    pub quality: u8,
    /// Its minutiae, at 500 dots an inch.
    pub template: FingerTemplate,
}

/// Why bytes are no record that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It begins otherwise: another format or version.
    #[error("this is no finger minutiae record of ISO/IEC 19794-2:2005")]
    NotARecord,
    /// It is longer or shorter than it says, or breaks off.
    #[error("the record is not as long as it says")]
    Length,
    /// A reserved field is used, or a field has a value that the standard does not know.
    #[error("the record has a value that the standard does not know")]
    Value,
    /// Coarser or finer than any scanner, or with pixels that are not square.
    #[error("the record is of a resolution that no fingerprint scanner has")]
    Resolution,
    /// A minutia outside of the picture, or a picture larger than a hand.
    #[error("a minutia lies outside of the picture")]
    Outside,
}

impl FingerRecord {
    /// Reads a record. Extended data (ridge counts, cores, deltas) are passed over; of more than a
    /// hundred minutiae those that stand freest are kept. A minutia of another kind than ending and
    /// bifurcation counts as an ending.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.first_chunk() != Some(MAGIC) {
            return Err(RecordError::NotARecord);
        }
        let mut reader = Reader(&bytes[MAGIC.len()..]);
        let length = (usize::from(reader.word()?) << 16) | usize::from(reader.word()?);
        if length != bytes.len() {
            return Err(RecordError::Length);
        }
        let _scanner = reader.word()?;
        let size = [reader.word()?, reader.word()?];
        let resolution = [reader.word()?, reader.word()?];
        if resolution[0] != resolution[1] || !RESOLUTIONS.contains(&resolution[0]) {
            return Err(RecordError::Resolution);
        }
        let count = reader.byte()?;
        if reader.byte()? != 0 || count == 0 {
            return Err(RecordError::Value);
        }
        let picture = Picture { size, resolution: resolution[0] };
        let views = (0..count).map(|_| reader.view(&picture)).collect::<Result<_, _>>()?;
        if reader.0.is_empty() { Ok(Self { views }) } else { Err(RecordError::Length) }
    }

    /// The record as bytes: at 197 pixels per centimetre, the picture as large as minutiae need.
    ///
    /// Of more than 255 impressions the first 255.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let views = &self.views[..self.views.len().min(usize::from(u8::MAX))];
        let minutiae = || views.iter().flat_map(|view| &view.template.minutiae);
        let side = |of: fn(&Minutia) -> i16| {
            minutiae().map(of).max().unwrap_or_default().max(0).unsigned_abs() + 1
        };
        let (width, height) = (side(|one| one.x), side(|one| one.y));
        let mut body: Vec<u8> = Vec::new();
        for (at, view) in views.iter().enumerate() {
            let earlier = views[..at].iter().filter(|other| other.position == view.position);
            // Four bits of the number, and the kind of impression: 0, live and flat.
            let number = u8::try_from(earlier.count().min(15)).unwrap_or_default() << 4;
            let count = u8::try_from(view.template.minutiae.len()).unwrap_or(u8::MAX);
            let position = view.position.map_or(0, FingerPosition::code);
            body.extend([position, number, view.quality.min(100), count]);
            body.extend(view.template.minutiae.iter().flat_map(written));
            // No extended data.
            body.extend([0, 0]);
        }
        let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
        let words = [0, width, height, WORKED_AT, WORKED_AT].map(u16::to_be_bytes).concat();
        let count = u8::try_from(views.len()).unwrap_or(u8::MAX);
        [MAGIC, &length.to_be_bytes()[..], &words, &[count, 0], &body].concat()
    }

    /// The impressions of which it says from which finger they are: what
    /// [`FingerReference::enrol`] takes.
    pub fn into_impressions(self) -> impl Iterator<Item = (FingerPosition, FingerTemplate)> {
        self.views.into_iter().filter_map(|view| Some((view.position?, view.template)))
    }
}

impl From<&FingerReference> for FingerRecord {
    fn from(reference: &FingerReference) -> Self {
        let views = reference.impressions().map(|(position, template)| FingerView {
            position: Some(position),
            quality: GOOD,
            template: template.clone(),
        });
        Self { views: views.collect() }
    }
}

/// Clause 7.4.2: kind and column, row, angle in 256ths of a turn counter-clockwise, quality (0: not
/// said). Ours are clockwise, for rows go down.
fn written(minutia: &Minutia) -> [u8; 6] {
    let kind = match minutia.kind {
        MinutiaKind::Ending => 0x4000,
        MinutiaKind::Bifurcation => 0x8000,
    };
    let [across, x] = (minutia.x.unsigned_abs() | kind).to_be_bytes();
    let [down, y] = minutia.y.unsigned_abs().to_be_bytes();
    [across, x, down, y, minutia.direction.0.wrapping_neg(), 0]
}

struct Picture {
    size: [u16; 2],
    /// Pixels per centimetre.
    resolution: u16,
}

impl Picture {
    /// A place within it, at 500 dots an inch.
    fn place(&self, place: u16, side: usize) -> Result<i16, RecordError> {
        if place >= self.size[side] {
            return Err(RecordError::Outside);
        }
        let scaled = if AS_WORKED_AT.contains(&self.resolution) {
            isize::from(place.cast_signed())
        } else {
            nearest(f32::from(place) * (500.0 / 2.54) / f32::from(self.resolution))
        };
        let inside = scaled.unsigned_abs() < LARGEST;
        i16::try_from(scaled).ok().filter(|_| inside).ok_or(RecordError::Outside)
    }
}

/// What was not read yet.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(RecordError::Length)?;
        self.0 = rest;
        Ok(*first)
    }

    fn byte(&mut self) -> Result<u8, RecordError> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn word(&mut self) -> Result<u16, RecordError> {
        self.take().map(u16::from_be_bytes)
    }

    fn view(&mut self, picture: &Picture) -> Result<FingerView, RecordError> {
        let [code, kind, quality, count] = self.take::<VIEW_HEADER>()?;
        let position = match code {
            0 => None,
            code => Some(FingerPosition::try_from(code).map_err(|_| RecordError::Value)?),
        };
        // The kinds of impression of table 3: flat and rolled, live and not, latent, swiped, contactless.
        if !matches!(kind & 0x0f, 0..=4 | 8 | 9) || quality > 100 {
            return Err(RecordError::Value);
        }
        let minutiae = (0..count).map(|_| self.minutia(picture)).collect::<Result<_, _>>()?;
        let extended = usize::from(self.word()?);
        self.0 = self.0.get(extended..).ok_or(RecordError::Length)?;
        Ok(FingerView { position, quality, template: FingerTemplate::of(minutiae) })
    }

    fn minutia(&mut self, picture: &Picture) -> Result<Minutia, RecordError> {
        let (across, down) = (self.word()?, self.word()?);
        let [angle, quality] = self.take()?;
        let kind = match across >> 14 {
            0 | 1 => MinutiaKind::Ending,
            2 => MinutiaKind::Bifurcation,
            _ => return Err(RecordError::Value),
        };
        if down >> 14 != 0 || quality > 100 {
            return Err(RecordError::Value);
        }
        Ok(Minutia {
            x: picture.place(across & 0x3fff, 0)?,
            y: picture.place(down, 1)?,
            direction: Angle(angle.wrapping_neg()),
            kind,
        })
    }
}

#[cfg(test)]
mod tests;
