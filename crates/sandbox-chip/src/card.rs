//! The emulated chip: what it answers to each command.

use std::collections::BTreeMap;

use rand::CryptoRng;
use tanda_chip::access::{AccessKey, CardAccessNumber, MrzKey, PaceProtocol};
use tanda_chip::apdu::{Command, Response, Status};
use tanda_chip::crypto::{Cipher, Curve};
use tanda_chip::lds::{DataGroup, FileId};
use tanda_chip::messaging::SessionKeys;
use tanda_chip::tlv::{self, Reader, tlv};
use tanda_chip::{Transport, TransportError};

use crate::access::{Pace, Step, basic, step};
use crate::country::SandboxCountry;
use crate::fault::Fault;
use crate::person::SandboxPerson;
use crate::security_object;
use crate::session::{open, seal};
use crate::sign::KeyPair;

const CONDITIONS_NOT_SATISFIED: Status = Status(0x6985);
const WRONG_DATA: Status = Status(0x6a80);
const AUTHENTICATION_FAILED: Status = Status(0x6300);
const MESSAGING_INCORRECT: Status = Status(0x6988);
const WRONG_LENGTH: Status = Status(0x6700);
const OUT_OF_FILE: Status = Status(0x6b00);
const UNKNOWN_INSTRUCTION: Status = Status(0x6d00);

/// A command of a header, a length of one byte with as much data, and an expected length of one byte;
/// and the longest answer that it can expect (ISO/IEC 7816-4 section 5.1).
const SHORT: usize = 4 + 1 + 255 + 1;
const SHORT_ANSWER: usize = 256;

/// id-CA-ECDH, which one arc for the cipher follows.
const CHIP_AUTHENTICATION: [u8; 9] = [0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02];
/// id-PK-ECDH.
const CHIP_KEY: [u8; 9] = [0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02];
/// id-AA, and ecdsa-plain-SHA256.
const ACTIVE: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x05];
const PLAIN_SHA256: [u8; 10] = [0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x03];

/// What a sandbox chip can do beside being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// PACE on this curve; without it, BAC alone.
    pub pace: Option<Curve>,
    /// The cipher of PACE and of chip authentication.
    pub cipher: Cipher,
    /// Chip authentication.
    pub chip_authentication: bool,
    /// Active authentication.
    pub active_authentication: bool,
    /// Whether fingers are kept for terminals with a certificate, which there are none of here.
    pub guards_fingers: bool,
}

impl Abilities {
    /// What today's cards can do.
    pub const ALL: Self = Self {
        pace: Some(Curve::BrainpoolP256r1),
        cipher: Cipher::Aes128,
        chip_authentication: true,
        active_authentication: true,
        guards_fingers: false,
    };
}

/// An emulated card of the sandbox's, personalised for one person.
pub struct SandboxChip<R> {
    files: BTreeMap<u16, Vec<u8>>,
    passwords: [AccessKey; 2],
    mrz: MrzKey,
    guards_fingers: bool,
    pace: Option<PaceProtocol>,
    cipher: Cipher,
    chip_key: Option<KeyPair>,
    active_key: Option<KeyPair>,
    state: State,
    rng: R,
}

/// What a chip forgets when it is taken from the reader.
#[derive(Debug, Default)]
struct State {
    keys: Option<SessionKeys>,
    next_keys: Option<SessionKeys>,
    pace: Option<Pace>,
    challenge: Option<[u8; 8]>,
    chip_authentication: bool,
    selected: Option<u16>,
}

impl<R: CryptoRng + Send> SandboxChip<R> {
    /// A card of `person`, signed by `country`, with a fault or none. `None` if what is printed on it
    /// can't be.
    pub fn personalise(
        person: &SandboxPerson,
        country: &SandboxCountry,
        abilities: Abilities,
        fault: Option<Fault>,
        mut rng: R,
    ) -> Option<Self> {
        let mut draw = |wanted: bool| wanted.then(|| KeyPair::draw(Curve::P256, &mut rng));
        let mut chip_key = draw(abilities.chip_authentication);
        let mut active_key = draw(abilities.active_authentication);
        let cipher = abilities.cipher;
        let pace = abilities.pace.map(|curve| PaceProtocol::generic_mapping(cipher, curve));
        let access = pace.map(|PaceProtocol { oid, curve, .. }| {
            let parameters = [tlv(0x02, &[2]), tlv(0x02, &[curve.parameter_id()])].concat();
            tlv(0x30, &[tlv(0x06, oid.as_bytes()), parameters].concat())
        });

        let mut groups =
            BTreeMap::from([(DataGroup::MRZ, person.dg1()), (DataGroup::FACE, person.dg2())]);
        groups.extend(person.dg3().map(|file| (DataGroup::FINGERS, file)));
        let infos =
            security_infos(access.as_deref(), cipher, chip_key.as_ref(), active_key.as_ref());
        if !infos.is_empty() {
            groups.insert(DataGroup::SECURITY, tlv(0x6e, &tlv(0x31, &infos)));
        }
        if let Some(key) = &active_key {
            groups.insert(DataGroup::ACTIVE_AUTHENTICATION, tlv(0x6f, &key.spki()));
        }
        let object = security_object::sign(&groups, country.signer(fault), &mut rng);

        match fault {
            Some(Fault::TamperedDg2) => {
                let file = groups.get_mut(&DataGroup::FACE)?;
                *file.last_mut()? ^= 1;
            }
            Some(Fault::Clone) => {
                for key in [&mut chip_key, &mut active_key].into_iter().flatten() {
                    *key = KeyPair::draw(Curve::P256, &mut rng);
                }
            }
            _ => {}
        }

        let tags: Vec<u8> = groups.keys().filter_map(|it| u8::try_from(it.tag()).ok()).collect();
        let common = [tlv(0x5f01, b"0107"), tlv(0x5f36, b"040000"), tlv(0x5c, &tags)].concat();
        let mut files: BTreeMap<u16, Vec<u8>> =
            groups.into_iter().map(|(group, file)| (group.file().0, file)).collect();
        files.insert(FileId::COM.0, tlv(0x60, &common));
        files.insert(FileId::SOD.0, object);
        if let Some(access) = access {
            files.insert(FileId::CARD_ACCESS.0, tlv(0x31, &access));
        }
        let [birth, expiry] = person.dates();
        let mrz = MrzKey::new(&person.document_number, &birth, &expiry).ok()?;
        let number = CardAccessNumber::parse(&person.access_number).ok()?;
        Some(Self {
            files,
            passwords: [AccessKey::Mrz(mrz.clone()), AccessKey::Can(number)],
            mrz,
            guards_fingers: abilities.guards_fingers,
            pace,
            cipher,
            chip_key,
            active_key,
            state: State::default(),
            rng,
        })
    }

    /// One of the card's files, as it stands there.
    pub fn file(&self, file: FileId) -> Option<&[u8]> {
        self.files.get(&file.0).map(Vec::as_slice)
    }

    /// Puts other bytes in the place of a file, as a forger would.
    pub fn overwrite(&mut self, file: FileId, bytes: Vec<u8>) {
        self.files.insert(file.0, bytes);
    }

    /// Takes the card from the reader and lays it down again.
    pub fn reset(&mut self) {
        self.state = State::default();
    }

    /// Answers one command.
    pub fn answer(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Ok(command) = Command::parse(bytes) else {
            return Response::of(WRONG_LENGTH).to_bytes();
        };
        let Some(mut keys) = self.state.keys.take() else {
            let response = self.handle(&command, false);
            self.state.keys = self.state.next_keys.take();
            return response.to_bytes();
        };
        let protected = (command.class & 0x0c == 0x0c).then(|| open(&mut keys, &command)).flatten();
        let Some(command) = protected else {
            // Whoever breaks off the session has to open the chip again.
            self.reset();
            return Response::of(MESSAGING_INCORRECT).to_bytes();
        };
        let mut response = seal(&mut keys, &self.handle(&command, true));
        // What a short command expects at most.
        if bytes.len() <= SHORT && response.data.len() > SHORT_ANSWER {
            response = Response::of(WRONG_LENGTH);
        }
        self.state.keys = self.state.next_keys.take().or(Some(keys));
        response.to_bytes()
    }

    fn handle(&mut self, command: &Command, opened: bool) -> Response {
        let outcome = match (command.instruction, command.parameters) {
            // The master file, and the application, which is all there is.
            (0xa4, [0x00 | 0x04, _]) => Ok(Vec::new()),
            (0xa4, [0x02, _]) => self.select(&command.data, opened),
            (0xb0 | 0xb1, _) => self.read(command, opened),
            (0x84, _) => {
                let mut challenge = [0; 8];
                self.rng.fill_bytes(&mut challenge);
                self.state.challenge = Some(challenge);
                Ok(challenge.to_vec())
            }
            (0x82, _) => self.external_authenticate(&command.data),
            (0x22, [0xc1, 0xa4]) => self.choose_password(&command.data),
            // With triple DES there is nothing but this one step.
            (0x22, [0x41, 0xa6]) if opened => tlv::only(&command.data, 0x91)
                .map_err(|_| WRONG_DATA)
                .and_then(|theirs| self.agree_with(theirs)),
            (0x22, [0x41, 0xa4]) if opened => {
                self.state.chip_authentication = self.chip_key.is_some();
                if self.chip_key.is_some() { Ok(Vec::new()) } else { Err(WRONG_DATA) }
            }
            (0x86, _) if self.state.chip_authentication => self.agree(&command.data),
            (0x86, _) => self.general_authenticate(&command.data),
            (0x88, _) if opened => self.internal_authenticate(&command.data),
            (0x22 | 0x88, _) => Err(Status::SECURITY_NOT_SATISFIED),
            _ => Err(UNKNOWN_INSTRUCTION),
        };
        match outcome {
            Ok(data) => Response { data, status: Status::OK },
            Err(status) => Response::of(status),
        }
    }

    fn select(&mut self, id: &[u8], opened: bool) -> Result<Vec<u8>, Status> {
        let id = id.try_into().map(u16::from_be_bytes).map_err(|_| WRONG_DATA)?;
        if !self.files.contains_key(&id) {
            return Err(Status::NOT_FOUND);
        }
        if !opened && id != FileId::CARD_ACCESS.0 {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        if self.guards_fingers && id == DataGroup::FINGERS.file().0 {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        self.state.selected = Some(id);
        Ok(Vec::new())
    }

    fn read(&mut self, command: &Command, opened: bool) -> Result<Vec<u8>, Status> {
        let far = command.instruction == 0xb1;
        let [first, second] = command.parameters;
        // A short identifier selects the file: the last five bits of the long one.
        let short = !far && first & 0x80 != 0;
        if short {
            self.select(&[0x01, first & 0x1f], opened)?;
        }
        let id = self.state.selected.ok_or(CONDITIONS_NOT_SATISFIED)?;
        if !opened && id != FileId::CARD_ACCESS.0 {
            return Err(Status::SECURITY_NOT_SATISFIED);
        }
        let offset = if far {
            let digits = tlv::only(&command.data, 0x54).map_err(|_| WRONG_DATA)?;
            digits.iter().fold(0, |offset, digit| offset << 8 | usize::from(*digit))
        } else if short {
            usize::from(second)
        } else {
            usize::from(u16::from_be_bytes(command.parameters))
        };
        let file = self.files.get(&id).and_then(|file| file.get(offset..)).ok_or(OUT_OF_FILE)?;
        let wanted = usize::try_from(command.expected.unwrap_or(0)).unwrap_or_default();
        let most = |room: usize| file.get(..room.min(file.len())).unwrap_or_default();
        if far {
            // As many bytes as fit with their header into what is expected.
            let headers = [2, 3, 4].map(|header| tlv(0x53, most(wanted.saturating_sub(header))));
            headers.into_iter().find(|object| object.len() <= wanted).ok_or(WRONG_LENGTH)
        } else {
            Ok(most(wanted).to_vec())
        }
    }

    fn external_authenticate(&mut self, data: &[u8]) -> Result<Vec<u8>, Status> {
        let challenge = self.state.challenge.take().ok_or(CONDITIONS_NOT_SATISFIED)?;
        let opened = basic(&self.mrz, &challenge, data, &mut self.rng);
        let (answer, keys) = opened.ok_or(AUTHENTICATION_FAILED)?;
        self.state.next_keys = Some(keys);
        Ok(answer)
    }

    fn choose_password(&mut self, data: &[u8]) -> Result<Vec<u8>, Status> {
        let PaceProtocol { oid, .. } = self.pace.ok_or(UNKNOWN_INSTRUCTION)?;
        let mut reader = Reader::new(data);
        let known = reader.expect(0x80).is_ok_and(|it| it == oid.as_bytes());
        let reference = reader.expect(0x83).map_err(|_| WRONG_DATA)?;
        let key = self.passwords.iter().find(|key| [key.reference()] == reference);
        let key = key.filter(|_| known).ok_or(WRONG_DATA)?;
        self.state.pace = Some(Pace::Chosen(key.clone()));
        Ok(Vec::new())
    }

    fn general_authenticate(&mut self, data: &[u8]) -> Result<Vec<u8>, Status> {
        let (protocol, pace) =
            self.pace.zip(self.state.pace.take()).ok_or(CONDITIONS_NOT_SATISFIED)?;
        match step(protocol, pace, data, &mut self.rng).ok_or(AUTHENTICATION_FAILED)? {
            Step::Next(answer, next) => {
                self.state.pace = Some(next);
                Ok(answer)
            }
            Step::Done(answer, keys) => {
                self.state.next_keys = Some(keys);
                Ok(answer)
            }
        }
    }

    fn agree(&mut self, data: &[u8]) -> Result<Vec<u8>, Status> {
        self.state.chip_authentication = false;
        let objects = tlv::only(data, 0x7c).map_err(|_| WRONG_DATA)?;
        self.agree_with(tlv::only(objects, 0x80).map_err(|_| WRONG_DATA)?)?;
        Ok(tlv(0x7c, &[]))
    }

    /// Chip authentication: the keys take effect after this answer.
    fn agree_with(&mut self, theirs: &[u8]) -> Result<Vec<u8>, Status> {
        let key = self.chip_key.as_ref().ok_or(CONDITIONS_NOT_SATISFIED)?;
        let secret = key.curve.agree(&key.secret, theirs).ok_or(WRONG_DATA)?;
        self.state.next_keys = Some(SessionKeys::derive(self.cipher, &secret));
        Ok(Vec::new())
    }

    fn internal_authenticate(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Status> {
        let key = self.active_key.as_ref().ok_or(UNKNOWN_INSTRUCTION)?;
        if challenge.len() != 8 {
            return Err(WRONG_LENGTH);
        }
        Ok(key.sign_plain(challenge, &mut self.rng))
    }
}

impl<R: CryptoRng + Send> Transport for SandboxChip<R> {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        Ok(self.answer(command))
    }
}

impl<R> std::fmt::Debug for SandboxChip<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxChip").field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// What DG14 lists.
fn security_infos(
    access: Option<&[u8]>,
    cipher: Cipher,
    chip_key: Option<&KeyPair>,
    active_key: Option<&KeyPair>,
) -> Vec<u8> {
    let mut infos = access.map(<[u8]>::to_vec).unwrap_or_default();
    if let Some(key) = chip_key {
        let oid = [&CHIP_AUTHENTICATION[..], &[cipher as u8 + 1]].concat();
        infos.extend(tlv(0x30, &[tlv(0x06, &oid), tlv(0x02, &[1])].concat()));
        infos.extend(tlv(0x30, &[tlv(0x06, &CHIP_KEY), key.spki()].concat()));
    }
    if active_key.is_some() {
        let info = [tlv(0x06, &ACTIVE), tlv(0x02, &[1]), tlv(0x06, &PLAIN_SHA256)];
        infos.extend(tlv(0x30, &info.concat()));
    }
    infos
}
