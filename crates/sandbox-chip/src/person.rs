//! Whom a sandbox card is of.

use jiff::civil::{Date, date};
use tanda_chip::lds::check_digit;
use tanda_chip::tlv::tlv;

use crate::country::STATE;

/// What is printed on a card, and its portrait.
#[derive(Clone)]
pub struct SandboxPerson {
    /// Up to nine capital letters and digits.
    pub document_number: String,
    /// The primary identifier in capital letters, words apart by `<`.
    pub primary_name: String,
    /// The secondary identifier, likewise.
    pub secondary_name: String,
    /// The date of birth.
    pub birth: Date,
    /// `M`, `F` or `<`.
    pub sex: char,
    /// The last day of the card's validity.
    pub expiry: Date,
    /// Optional data, up to 26 characters on two lines: a resident number's place.
    pub optional: String,
    /// The card access number: six digits.
    pub access_number: String,
    /// The portrait, as JPEG.
    pub portrait: Vec<u8>,
    /// Fingers by their codes (ISO/IEC 19794-4 section 7.2.2), as PNG of 500 dots an inch; a card need
    /// not have any.
    pub fingers: Vec<(u8, Vec<u8>)>,
}

impl std::fmt::Debug for SandboxPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SandboxPerson")
    }
}

impl SandboxPerson {
    /// Somebody to try a reader with: a valid card with this portrait.
    pub fn specimen(portrait: Vec<u8>) -> Self {
        Self {
            document_number: "SB1234567".into(),
            primary_name: "ZHOU".into(),
            secondary_name: "MEI<LING".into(),
            birth: date(1990, 3, 7),
            sex: 'F',
            expiry: date(2034, 5, 31),
            optional: String::new(),
            access_number: "271828".into(),
            portrait,
            fingers: Vec::new(),
        }
    }

    /// The three lines of the card (Doc 9303-5 section 4.2), without breaks.
    pub fn machine_readable_zone(&self) -> String {
        let digit = |field: &str| char::from(check_digit(field.as_bytes()));
        let number = format!("{:<<9.9}", self.document_number);
        let optional = format!("{:<<26.26}", self.optional);
        let (upper, lower) = optional.split_at_checked(15).unwrap_or_default();
        let first = format!("ID{STATE}{number}{}{upper}", digit(&number));
        let [birth, expiry] = self.dates();
        let dates = [format!("{birth}{}", digit(&birth)), format!("{expiry}{}", digit(&expiry))];
        let [birth, expiry] = dates;
        let covered = [first.get(5..).unwrap_or_default(), &birth, &expiry, lower].concat();
        let names = format!("{}<<{}", self.primary_name, self.secondary_name);
        let second = format!("{birth}{}{expiry}{STATE}{lower}{}", self.sex, digit(&covered));
        format!("{first}{second}{names:<<30.30}")
    }

    /// Birth and expiry as the lines have them, without check digits.
    pub fn dates(&self) -> [String; 2] {
        [self.birth, self.expiry].map(|date| date.strftime("%y%m%d").to_string())
    }

    /// The file DG1.
    pub(crate) fn dg1(&self) -> Vec<u8> {
        tlv(0x61, &tlv(0x5f1f, self.machine_readable_zone().as_bytes()))
    }

    /// The file DG3, if there are fingers: each in an ISO/IEC 19794-4 record of its own.
    pub(crate) fn dg3(&self) -> Option<Vec<u8>> {
        let count = u8::try_from(self.fingers.len()).ok().filter(|count| *count > 0)?;
        let mut group = tlv(0x02, &[count]);
        for (position, image) in &self.fingers {
            let view = u32::try_from(image.len() + 14).unwrap_or_default();
            let mut record = b"FIR\x00010\x00\0\0".to_vec();
            record.extend((view + 32).to_be_bytes());
            // No device, level 31, one finger, dots an inch.
            record.extend([0, 0, 0, 31, 1, 1]);
            record.extend([500_u16; 4].iter().flat_map(|dots| dots.to_be_bytes()));
            // Eight bits a pixel, PNG.
            record.extend([8, 5, 0, 0]);
            record.extend(view.to_be_bytes());
            // The only view, of unknown quality, a plain live scan; the PNG says its size.
            record.extend([*position, 1, 1, 0xfe, 0, 0, 0, 0, 0, 0]);
            record.extend(image);
            // Patron header: biometric type finger, format owner and type of ISO/IEC 19794-4.
            let header =
                [tlv(0x80, &[1, 1]), tlv(0x81, &[8]), tlv(0x87, &[1, 1]), tlv(0x88, &[0, 7])];
            let template = [tlv(0xa1, &header.concat()), tlv(0x5f2e, &record)].concat();
            group.extend(tlv(0x7f60, &template));
        }
        Some(tlv(0x63, &tlv(0x7f61, &group)))
    }

    /// The file DG2: one face in an ISO/IEC 19794-5 record without feature points.
    pub(crate) fn dg2(&self) -> Vec<u8> {
        let length = |more: usize| u32::try_from(self.portrait.len() + more).unwrap_or_default();
        let mut record = b"FAC\x00010\x00".to_vec();
        record.extend(length(46).to_be_bytes());
        record.extend([0, 1]);
        record.extend(length(32).to_be_bytes());
        record.extend([0; 16]);
        // Full frontal, JPEG; size, colour, source, device and quality unspecified.
        record.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        record.extend(&self.portrait);
        // Patron header: biometric type face, subtype none, format owner and type of ISO/IEC 19794-5.
        let header = [tlv(0x80, &[1, 1]), tlv(0x81, &[2]), tlv(0x87, &[1, 1]), tlv(0x88, &[0, 8])];
        let template = [tlv(0xa1, &header.concat()), tlv(0x5f2e, &record)].concat();
        tlv(0x75, &tlv(0x7f61, &[tlv(0x02, &[1]), tlv(0x7f60, &template)].concat()))
    }
}
