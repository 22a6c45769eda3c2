use std::fs;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::lds::{DataGroup, FileId};
use tanda_chip::tlv::{Reader, tlv};
use tanda_chip::{Transport, TransportError};
use tanda_fuzz_targets::chip_answers;
use tanda_sandbox_chip::{Abilities, SandboxChip, SandboxPerson};

/// Dialogues with two cards, and what is in their files; objects, certificates and lists of OpenSSL's.
pub(super) fn chips() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let fixture = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/chip/tests/fixtures/");
        fs::read(format!("{folder}{name}")).unwrap()
    };
    let made =
        ["rsa.cms", "rsa-pss.cms", "rsa-indefinite.cms", "rsa-external.cms", "brainpool.cms"];
    let cards = [true, false].map(chip_answers::card);
    let file = |id| cards.iter().filter_map(move |card| card.file(id)).map(<[u8]>::to_vec);
    let told = |which: u8, id| file(id).map(move |file| [vec![which], file].concat());
    let certificate = chip_answers::COUNTRY.certificate().to_vec();
    let spki = spki_of(&certificate);
    vec![
        ("chip_answers", vec![dialogue(true), dialogue(false)]),
        ("chip_ber", made.iter().map(|name| fixture(name)).collect()),
        (
            "chip_certificate",
            vec![
                certificate.clone(),
                fixture("rsa-country.der"),
                fixture("rsa-documents.der"),
                fixture("brainpool-country.der"),
            ],
        ),
        (
            "chip_files",
            told(0, DataGroup::MRZ.file())
                .chain(told(1, DataGroup::FACE.file()))
                .chain(told(2, DataGroup::SECURITY.file()))
                .chain(told(3, FileId::CARD_ACCESS))
                .chain(told(4, FileId::COM))
                .chain([[vec![5], spki].concat()])
                .chain([[vec![5], spki_of(&fixture("brainpool-country.der"))].concat()])
                .chain([[vec![6], fingers()].concat()])
                .collect(),
        ),
        ("chip_master_list", vec![master_list(&[&certificate]), master_list(&[])]),
        (
            "chip_revocations",
            vec![
                chip_answers::COUNTRY.revocations().to_vec(),
                fixture("rsa.crl"),
                fixture("brainpool.crl"),
            ],
        ),
        (
            "chip_security_object",
            file(FileId::SOD).chain(made.iter().map(|name| tlv(0x77, &fixture(name)))).collect(),
        ),
    ]
}

/// Two fingers of a few bytes.
fn fingers() -> Vec<u8> {
    let fingers = vec![(2, b"\x89PNG".to_vec()), (7, b"\x89PNG\r\n".to_vec())];
    let person = SandboxPerson { fingers, ..SandboxPerson::specimen(Vec::new()) };
    let country = &chip_answers::COUNTRY;
    let rng = StdRng::seed_from_u64(24);
    let card = SandboxChip::personalise(&person, country, Abilities::ALL, None, rng).unwrap();
    card.file(DataGroup::FINGERS.file()).unwrap().to_vec()
}

/// The content of a master list.
fn master_list(certificates: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &[tlv(0x02, &[0]), tlv(0x31, &certificates.concat())].concat())
}

/// The public key of a certificate: the seventh element within.
fn spki_of(certificate: &[u8]) -> Vec<u8> {
    let content = tanda_chip::tlv::only(certificate, 0x30).unwrap();
    let tbs = Reader::new(content).element().unwrap();
    let mut fields = Reader::new(tbs.content);
    for _ in 0..6 {
        fields.element().unwrap();
    }
    fields.element().unwrap().whole.to_vec()
}

/// What a card answers in a whole reading, as the target takes it.
fn dialogue(modern: bool) -> Vec<u8> {
    struct Recorder(SandboxChip<StdRng>, Vec<u8>);
    impl Transport for Recorder {
        async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
            let answer = self.0.answer(command);
            self.1.extend(u16::try_from(answer.len()).unwrap().to_be_bytes());
            self.1.extend(&answer);
            Ok(answer)
        }
    }
    let mut recorder = Recorder(chip_answers::card(modern), vec![u8::from(modern)]);
    chip_answers::read(&mut recorder, modern).unwrap();
    recorder.1
}
