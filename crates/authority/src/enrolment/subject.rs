//! Who an application is weighed against: the resident of the number, or a decoy in their place.

use jiff::Timestamp;
use rand::{CryptoRng, RngExt as _};
use tanda_biometrics::Embedding;
use tanda_model::{Country, Marks, PersonName, Resident, ResidentId, Sex};

use crate::Fault;
use crate::register::Entry;
use crate::sealing::{DataKey, Label, Sealing};

/// What an application is compared with.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) id: ResidentId,
    pub(super) name: PersonName,
    pub(super) marks: Marks,
    pub(super) face: Embedding,
    pub(super) known: bool,
}

impl Subject {
    pub(super) fn of(entry: &Entry) -> Result<Self, Fault> {
        Ok(Self {
            id: entry.resident.id,
            name: entry.resident.name.clone(),
            marks: entry.resident.marks,
            face: entry.embedding()?,
            known: true,
        })
    }
}

/// Nobody, sealed like somebody: opening it takes the steps that opening a resident takes.
#[derive(Debug)]
pub(crate) struct Decoy {
    id: ResidentId,
    wrapped_key: Vec<u8>,
    sealed_record: Vec<u8>,
    sealed_face: Vec<u8>,
}

impl Decoy {
    const RECORD: &str = "decoy.record";
    const FACE: &str = "decoy.face";

    pub(crate) fn make(
        sealing: &Sealing,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Fault> {
        let id = ResidentId::new(now, rng);
        let key = DataKey::generate(rng);
        let values: Vec<f32> =
            (0..Embedding::DIMENSIONS).map(|_| rng.random_range(-1.0..1.0)).collect();
        let resident = Resident {
            id,
            number: "11010519491231002X"
                .parse()
                .map_err(|_| Fault::Contradiction("the decoy's number"))?,
            name: PersonName::new("Nobody", "")
                .map_err(|_| Fault::Contradiction("the decoy's name"))?,
            birth_date: jiff::civil::date(1949, 12, 31),
            sex: Sex::NotKnown,
            nationalities: vec![Country::CN],
            marks: Marks::default(),
        };
        let record = serde_json::to_vec(&resident)
            .map_err(|_| Fault::Contradiction("the decoy's record"))?;
        let face = Embedding::new(&values)?;
        let owner = id.as_bytes();
        Ok(Self {
            id,
            wrapped_key: sealing.wrap(&key, owner, rng),
            sealed_record: key.seal(Label::new(Self::RECORD, owner), &record, rng),
            sealed_face: key.seal(Label::new(Self::FACE, owner), &face.to_bytes(), rng),
        })
    }

    pub(super) fn open(&self, sealing: &Sealing) -> Result<Subject, Fault> {
        let owner = self.id.as_bytes();
        let key = sealing.unwrap_key(&self.wrapped_key, owner)?;
        let record = key.open(Label::new(Self::RECORD, owner), &self.sealed_record)?;
        let resident: Resident = serde_json::from_slice(&record)
            .map_err(|_| Fault::Contradiction("the decoy's record"))?;
        let face = key.open(Label::new(Self::FACE, owner), &self.sealed_face)?;
        Ok(Subject {
            id: self.id,
            name: resident.name,
            marks: resident.marks,
            face: Embedding::from_bytes(&face)?,
            known: false,
        })
    }
}
