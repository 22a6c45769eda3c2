//! Templates as bytes, to be sealed and kept: a version, a count, and five bytes a minutia.

use super::angle::Angle;
use super::impression::LARGEST;
use super::minutia::{FingerTemplate, MOST, Minutia, MinutiaKind};

/// The first byte of what is written now.
const VERSION: u8 = 1;
/// Set in the upper byte of a column where the ridge forks.
const FORKS: u16 = 0x8000;

/// Bytes that are no template or no reference of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no fingerprint template")]
pub struct TemplateError;

impl FingerTemplate {
    /// The template as bytes: the version 1; how many minutiae, one byte; of each the column with the
    /// kind in the topmost bit and the row, two bytes each, the higher first, and the direction.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u8::try_from(self.minutiae.len()).unwrap_or(u8::MAX);
        let mut bytes = vec![VERSION, count];
        for minutia in &self.minutiae {
            let kind = if minutia.kind == MinutiaKind::Bifurcation { FORKS } else { 0 };
            bytes.extend((minutia.x.cast_unsigned() | kind).to_be_bytes());
            bytes.extend(minutia.y.to_be_bytes());
            bytes.push(minutia.direction.0);
        }
        bytes
    }

    /// Reads what [`FingerTemplate::to_bytes`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`TemplateError`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateError> {
        let (template, rest) = Self::first_of(bytes)?;
        if rest.is_empty() { Ok(template) } else { Err(TemplateError) }
    }

    /// The template that bytes begin with, and what follows it.
    pub(super) fn first_of(bytes: &[u8]) -> Result<(Self, &[u8]), TemplateError> {
        let [VERSION, count, rest @ ..] = bytes else { return Err(TemplateError) };
        let count = usize::from(*count);
        let (places, rest) = rest.split_at_checked(5 * count).ok_or(TemplateError)?;
        let minutiae: Vec<Minutia> = places.as_chunks::<5>().0.iter().map(minutia).collect();
        let within = |minutia: &Minutia| {
            let inside = 0..i16::try_from(LARGEST).unwrap_or(i16::MAX);
            inside.contains(&minutia.x) && inside.contains(&minutia.y)
        };
        let in_order = minutiae.is_sorted_by(|one, other| one.rank() < other.rank());
        if count > MOST || !minutiae.iter().all(within) || !in_order {
            return Err(TemplateError);
        }
        Ok((Self { minutiae }, rest))
    }
}

fn minutia(&[x, across, y, down, direction]: &[u8; 5]) -> Minutia {
    let x = u16::from_be_bytes([x, across]);
    Minutia {
        x: (x & !FORKS).cast_signed(),
        y: i16::from_be_bytes([y, down]),
        direction: Angle(direction),
        kind: if x & FORKS == 0 { MinutiaKind::Ending } else { MinutiaKind::Bifurcation },
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(in crate::finger) fn minutiae() -> impl Strategy<Value = Minutia> {
        (0..2000_i16, 0..2000_i16, any::<u8>(), any::<bool>()).prop_map(|(x, y, angle, forks)| {
            let kind = if forks { MinutiaKind::Bifurcation } else { MinutiaKind::Ending };
            Minutia { x, y, direction: Angle(angle), kind }
        })
    }

    pub(in crate::finger) fn templates() -> impl Strategy<Value = FingerTemplate> {
        prop::collection::vec(minutiae(), 0..120).prop_map(FingerTemplate::of)
    }

    proptest! {
        #[test]
        fn a_template_is_read_back(template in templates()) {
            prop_assert_eq!(FingerTemplate::from_bytes(&template.to_bytes()), Ok(template));
        }

        #[test]
        fn what_is_read_is_written_alike(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let bytes = [&[VERSION], &bytes[..]].concat();
            if let Ok(template) = FingerTemplate::from_bytes(&bytes) {
                prop_assert_eq!(template.to_bytes(), bytes);
            }
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let place = |x: u8, y: u8| [0, x, 0, y, 9];
        let read = |version: u8, count: u8, places: &[[u8; 5]]| {
            FingerTemplate::from_bytes(&[&[version, count], &places.concat()[..]].concat()).is_ok()
        };
        assert!(read(1, 2, &[place(5, 1), place(4, 2)]));
        assert!(!read(2, 2, &[place(5, 1), place(4, 2)]), "another version");
        assert!(!read(1, 1, &[place(5, 1), place(4, 2)]), "something follows");
        assert!(!read(1, 3, &[place(5, 1), place(4, 2)]), "something is missing");
        assert!(!read(1, 2, &[place(4, 2), place(5, 1)]), "out of order");
        assert!(!read(1, 2, &[place(4, 2), place(4, 2)]), "twice the same");
        assert!(!read(1, 1, &[[0x7f, 0, 0, 0, 0]]), "outside of any picture");
        let many: Vec<[u8; 5]> = (0..101).map(|at| place(0, at)).collect();
        assert!(!read(1, 101, &many), "more than are compared");
        assert!(read(1, 100, &many[..100]));
    }
}
