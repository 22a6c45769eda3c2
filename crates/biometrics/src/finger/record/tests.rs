use proptest::prelude::*;

use super::*;
use crate::finger::Probe;
use crate::finger::bytes::tests::templates;
use crate::finger::drawn::{Finger, Placed};

/// A record as another vendor writes it, by hand from the standard's tables: 394 pixels per centimetre
/// (1000 dots an inch), unknown extended data, qualities.
fn by_hand(minutiae: &[[u8; 6]], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = b"FMR\0 20\0\0\0\0\0".to_vec();
    // The scanner's certificate and number; 800 by 900 pixels; the resolution twice; one view.
    bytes.extend([0x80, 0x17, 0x03, 0x20, 0x03, 0x84, 0x01, 0x8a, 0x01, 0x8a, 1, 0]);
    // The right index finger, the first view of it, live and flat, quality 82.
    bytes.extend([2, 0, 82, u8::try_from(minutiae.len()).unwrap()]);
    bytes.extend(minutiae.concat());
    // Five bytes of extended data: of a type of its own, so long, and a byte.
    bytes.extend([0, 5, 0x01, 0x01, 0, 5, 0]);
    let length = u32::try_from(bytes.len()).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    change(&mut bytes);
    bytes
}

#[test]
fn a_record_of_another_vendor_is_read() {
    // An ending at (300, 500) that runs up, a bifurcation at (640, 128) that runs to the right.
    let minutiae = [[0x41, 0x2c, 0x01, 0xf4, 64, 90], [0x82, 0x80, 0x00, 0x80, 0, 0]];
    let record = FingerRecord::from_bytes(&by_hand(&minutiae, |_| {})).unwrap();
    let [view] = &record.views[..] else { panic!("{record:?}") };
    assert_eq!((view.position, view.quality), (Some(FingerPosition::RightIndex), 82));
    let ending = Minutia { x: 150, y: 250, direction: Angle(192), kind: MinutiaKind::Ending };
    let fork = Minutia { x: 320, y: 64, direction: Angle(0), kind: MinutiaKind::Bifurcation };
    assert_eq!(view.template.minutiae, [fork, ending]);
}

#[test]
fn what_the_standard_does_not_know_is_refused() {
    let minutiae = [[0x41, 0x2c, 0x01, 0xf4, 64, 90]];
    let read = |at: usize, value: u8| {
        FingerRecord::from_bytes(&by_hand(&minutiae, |bytes| bytes[at] = value)).err()
    };
    assert_eq!(read(0, b'F'), None);
    let cases = [
        (0, b'G', RecordError::NotARecord),
        (5, b'3', RecordError::NotARecord),
        (11, 40, RecordError::Length),
        (19, 0x8b, RecordError::Resolution),
        (22, 0, RecordError::Value),
        (22, 2, RecordError::Length),
        (23, 1, RecordError::Value),
        (24, 11, RecordError::Value),
        (25, 5, RecordError::Value),
        (26, 101, RecordError::Value),
        (27, 2, RecordError::Length),
        (28, 0xc1, RecordError::Value),
        (28, 0x44, RecordError::Outside),
        (30, 0x41, RecordError::Value),
        (30, 0x05, RecordError::Outside),
        (33, 101, RecordError::Value),
        (35, 6, RecordError::Length),
    ];
    for (at, value, error) in cases {
        assert_eq!(read(at, value), Some(error), "byte {at} as {value}");
    }
    let whole = by_hand(&minutiae, |_| {});
    for end in 0..whole.len() {
        assert!(FingerRecord::from_bytes(&whole[..end]).is_err());
    }
}

#[test]
fn a_finger_is_known_by_another_vendors_record_of_it() {
    let ours = Finger::new(1).placed(Placed::default()).template();
    // The other vendor's scanner has a thousand dots an inch, the finger lay otherwise.
    let how = Placed { turned: 0.3, right: 12.0, noise: 0.3, ..Placed::default() };
    let exported = |finger: u64| {
        let template = Finger::new(finger).placed(how).template();
        let minutiae: Vec<[u8; 6]> = template
            .minutiae
            .iter()
            .map(|one| {
                let twice = Minutia { x: 2 * one.x, y: 2 * one.y, ..*one };
                written(&twice)
            })
            .collect();
        let record = FingerRecord::from_bytes(&by_hand(&minutiae, |_| {})).unwrap();
        record.views[0].template.clone()
    };
    let (same, other) = (exported(1), exported(2));
    let score = |template| Probe::new(&ours).compare(template).0;
    assert!(score(&same) > 2.0 * score(&other), "{} {}", score(&same), score(&other));
}

proptest! {
    #[test]
    fn a_record_is_read_back(
        all in prop::collection::vec(
            (prop::option::of(prop::sample::select(&FingerPosition::ALL[..])), 0..=100_u8, templates()),
            1..4,
        )
    ) {
        let views = all.into_iter().map(|(position, quality, template)| FingerView { position, quality, template });
        let record = FingerRecord { views: views.collect() };
        let bytes = record.to_bytes();
        prop_assert_eq!(FingerRecord::from_bytes(&bytes), Ok(record));
        prop_assert!(FingerRecord::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn any_bytes_behind_a_header_are_read_or_refused(tail in prop::collection::vec(any::<u8>(), 0..60)) {
        let bytes = by_hand(&[], |bytes| {
            bytes.truncate(24);
            bytes.extend(&tail);
            let length = u32::try_from(bytes.len()).unwrap();
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
        });
        if let Ok(record) = FingerRecord::from_bytes(&bytes) {
            prop_assert_eq!(FingerRecord::from_bytes(&record.to_bytes()), Ok(record));
        }
    }
}
