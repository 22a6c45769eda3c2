use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tanda_biometrics::Frame;
use tanda_biometrics::finger::FingerReference;
use tanda_chip::lds::{Mrz, MrzFormat, MrzSex, PortraitFormat};
use tanda_chip::{ChipProof, VerifiedReading};
use tanda_model::Sex;

/// What a physical card holds.
#[derive(Clone, Debug)]
pub struct OnCard {
    /// What stands on it.
    pub reading: ChipReading,
    /// The portrait.
    pub portrait: ChipPortrait,
    /// The reference that its fingers make, where the chip gives them away and they are good enough.
    pub fingers: Option<FingerReference>,
}

/// What stands on a physical card whose chip was read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChipReading {
    /// Who read it, and what shows that it is genuine.
    pub means: ReadingMeans,
    /// Whether the country or the reader is the sandbox's: such a card proves nothing.
    pub sandbox: bool,
    /// The state that issued it, as its machine readable zone has it.
    pub state: String,
    /// The document's number, where it was read.
    pub document_number: Option<String>,
    /// Where the resident number may stand: the optional data, as a whole and line by line.
    pub numbers: Vec<String>,
    /// The name.
    pub name: NameOnCard,
    /// The date of birth.
    pub born: Born,
    /// The sex.
    pub sex: Sex,
    /// The last day on which the card is valid; none where it is valid without end.
    pub expiry: Option<Date>,
    /// When it was read.
    pub read_at: Timestamp,
    /// The certificate of who signed it, DER in base64; none where a reader read it.
    pub signer: Option<String>,
}

/// Who read a card, and what shows that it is genuine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum ReadingMeans {
    /// The authority itself; the chip proved itself by chip authentication.
    ChipAuthentication,
    /// The authority itself; the chip proved itself by active authentication.
    ActiveAuthentication,
    /// A registered reader with a secure module of its own, which signed what it read.
    Attested {
        /// Which reader.
        reader: String,
    },
}

/// A name as a card has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum NameOnCard {
    /// In capital Latin letters, as the machine readable zone has it.
    Zone {
        /// The primary identifier.
        primary: String,
        /// The secondary identifier.
        secondary: String,
        /// Whether the line was filled to its end, so that letters may be missing.
        cut: bool,
    },
    /// As it is written.
    Written {
        /// The full name.
        full: String,
    },
}

/// A date of birth.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Born {
    /// As the machine readable zone has it: two digits of the year, and what is known of the day.
    Zone {
        /// The year's last two digits.
        year: Option<i16>,
        /// The month.
        month: Option<i8>,
        /// The day.
        day: Option<i8>,
    },
    /// On a day.
    On {
        /// Which.
        date: Date,
    },
}

/// Of a JPEG that is made of a JPEG 2000: compressing it again is to lose nothing that is compared.
const JPEG_QUALITY: u8 = 95;

/// The portrait of a card.
#[derive(Clone, PartialEq, Eq)]
pub struct ChipPortrait {
    /// Whether it is a JPEG, which can be compared and shown; otherwise nobody here can read it.
    pub is_jpeg: bool,
    /// The image.
    pub image: Vec<u8>,
}

impl ChipReading {
    /// What the authority itself has read.
    pub(super) fn of(reading: &VerifiedReading, sandbox: bool, now: Timestamp) -> Self {
        let mrz = &reading.mrz;
        let (year, month, day) = mrz.birth.parts();
        Self {
            means: match reading.proof {
                ChipProof::ChipAuthentication => ReadingMeans::ChipAuthentication,
                ChipProof::ActiveAuthentication => ReadingMeans::ActiveAuthentication,
            },
            sandbox,
            state: reading.state.clone(),
            document_number: Some(mrz.document_number.clone()),
            numbers: numbers(mrz),
            name: NameOnCard::Zone {
                primary: mrz.primary_name.clone(),
                secondary: mrz.secondary_name.clone(),
                cut: name_is_cut(mrz),
            },
            born: Born::Zone { year, month, day },
            sex: match mrz.sex {
                MrzSex::Female => Sex::Female,
                MrzSex::Male => Sex::Male,
                MrzSex::Unspecified => Sex::NotKnown,
            },
            expiry: Some(mrz.expiry),
            read_at: now,
            signer: Some(STANDARD.encode(reading.signer.der())),
        }
    }
}

impl ChipPortrait {
    /// What a genuine card has: a JPEG as it is, JPEG 2000 as a JPEG of it. Work for the processor.
    pub(super) fn taken(image: Vec<u8>) -> Self {
        if PortraitFormat::of(&image) == Some(PortraitFormat::Jpeg) {
            return Self { is_jpeg: true, image };
        }
        match Frame::parse_jpeg2000(&image).and_then(|frame| frame.to_jpeg(JPEG_QUALITY)) {
            Ok(jpeg) => Self { is_jpeg: true, image: jpeg },
            Err(_) => Self { is_jpeg: false, image },
        }
    }

    /// One byte that says what it is, then the image.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&[u8::from(self.is_jpeg)][..], &self.image].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, image) = bytes.split_first()?;
        Some(Self { is_jpeg: *kind == 1, image: image.to_vec() })
    }
}

impl std::fmt::Debug for ChipReading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChipReading").field("means", &self.means).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ChipPortrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChipPortrait").field("is_jpeg", &self.is_jpeg).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NameOnCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NameOnCard(…)")
    }
}

impl std::fmt::Debug for Born {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Born(…)")
    }
}

/// Every text in which a resident number may stand. A long one goes over two lines of a card.
fn numbers(mrz: &Mrz) -> Vec<String> {
    let mut numbers = mrz.optional.clone();
    if numbers.len() > 1 {
        numbers.push(mrz.optional.concat());
    }
    numbers.push(mrz.document_number.clone());
    numbers.retain(|number| !number.is_empty());
    numbers
}

/// Whether the name fills its field (Doc 9303-3 section 4.6).
fn name_is_cut(mrz: &Mrz) -> bool {
    let field = match mrz.format {
        MrzFormat::Td1 => 30,
        MrzFormat::Td2 => 31,
        MrzFormat::Td3 => 39,
    };
    let separator = if mrz.secondary_name.is_empty() { 0 } else { 2 };
    mrz.primary_name.len() + separator + mrz.secondary_name.len() >= field
}
