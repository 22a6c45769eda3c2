//! A whole reading of an emulated card, and every fault that such a card can have.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::access::{AccessError, AccessKey, CardAccessNumber, MrzKey};
use tanda_chip::active::ActiveError;
use tanda_chip::chip_authentication::ChipAuthenticationError;
use tanda_chip::crypto::{Cipher, Curve};
use tanda_chip::lds::{DataGroup, FileId, FingerFormat, PortraitFormat};
use tanda_chip::passive::{CountrySigners, PassiveError, RevocationList, SignerCertificate};
use tanda_chip::{ChipProof, ReadError, Terminal, VerifiedReading, wait};
use tanda_sandbox_chip::{Abilities, Fault, SandboxChip, SandboxCountry, SandboxPerson};

fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn person() -> SandboxPerson {
    let mut portrait = vec![0xff, 0xd8, 0xff, 0xe0];
    // As long as a portrait: past the offsets that a short command can tell.
    portrait.extend((0..40_000_u32).map(|index| index.to_le_bytes()[0]));
    SandboxPerson { optional: "510104199003070042".into(), ..SandboxPerson::specimen(portrait) }
}

fn country() -> SandboxCountry {
    SandboxCountry::new(Curve::BrainpoolP256r1, now(), &mut rng(1))
}

fn card(
    country: &SandboxCountry,
    abilities: Abilities,
    fault: Option<Fault>,
) -> SandboxChip<StdRng> {
    SandboxChip::personalise(&person(), country, abilities, fault, rng(2)).unwrap()
}

fn by_number() -> AccessKey {
    AccessKey::Can(CardAccessNumber::parse("271828").unwrap())
}

fn by_lines() -> AccessKey {
    AccessKey::Mrz(MrzKey::new("SB1234567", "900307", "340531").unwrap())
}

fn read_at(
    card: &mut SandboxChip<StdRng>,
    key: &AccessKey,
    believed: &CountrySigners,
    now: Timestamp,
) -> Result<VerifiedReading, ReadError> {
    wait(Terminal { key, believed, now }.read(card, &mut rng(3)))
}

fn read(
    country: &SandboxCountry,
    card: &mut SandboxChip<StdRng>,
) -> Result<VerifiedReading, ReadError> {
    read_at(card, &by_number(), &country.believed().unwrap(), now())
}

#[test]
fn a_card_is_read_by_its_number_or_its_lines() {
    let country = country();
    for key in [by_number(), by_lines()] {
        let mut card = card(&country, Abilities::ALL, None);
        let reading = read_at(&mut card, &key, &country.believed().unwrap(), now()).unwrap();
        assert_eq!(reading.mrz.document_number, "SB1234567");
        assert_eq!(reading.mrz.primary_name, "ZHOU");
        assert_eq!(reading.mrz.secondary_name, "MEI LING");
        assert!(reading.mrz.birth.fits(date(1990, 3, 7)));
        assert_eq!(reading.mrz.expiry, date(2034, 5, 31));
        assert_eq!(reading.mrz.optional.concat(), "510104199003070042");
        assert_eq!(reading.portrait.format, PortraitFormat::Jpeg);
        assert_eq!(reading.portrait.bytes, person().portrait);
        assert_eq!(reading.proof, ChipProof::ChipAuthentication);
        assert_eq!(reading.state, "UTO");
    }
}

#[test]
fn fingers_are_read_where_the_chip_gives_them_and_only_as_they_were_signed() {
    let country = country();
    let png = [&b"\x89PNG"[..], &[7; 3000]].concat();
    let without = person();
    let person = SandboxPerson { fingers: vec![(2, png.clone()), (7, png.clone())], ..person() };
    let card = |guards_fingers| {
        let abilities = Abilities { guards_fingers, ..Abilities::ALL };
        SandboxChip::personalise(&person, &country, abilities, None, rng(2)).unwrap()
    };
    let reading = read(&country, &mut card(false)).unwrap();
    let fingers: Vec<_> = reading.fingers.iter().map(|one| (one.position, one.format)).collect();
    assert_eq!(fingers, [(2, FingerFormat::Png), (7, FingerFormat::Png)]);
    assert!(reading.fingers.iter().all(|one| *one.bytes == png && one.dots_an_inch == 500));
    // Behind terminal authentication: the rest is read all the same.
    assert!(read(&country, &mut card(true)).unwrap().fingers.is_empty());
    let mut forged = card(false);
    let mut file = forged.file(DataGroup::FINGERS.file()).unwrap().to_vec();
    *file.last_mut().unwrap() ^= 1;
    forged.overwrite(DataGroup::FINGERS.file(), file);
    let tampered = ReadError::Passive(PassiveError::Tampered(DataGroup::FINGERS));
    assert_eq!(read(&country, &mut forged).unwrap_err(), tampered);
    // What its issuer wrote in another encoding is left out, and the card is none the worse.
    let mut strange = card(false);
    let groups = [
        DataGroup::MRZ,
        DataGroup::FACE,
        DataGroup::FINGERS,
        DataGroup::SECURITY,
        DataGroup::ACTIVE_AUTHENTICATION,
    ];
    let file = |group: DataGroup| strange.file(group.file()).unwrap().to_vec();
    let mut files: BTreeMap<_, _> = groups.map(|group| (group, file(group))).into();
    files.insert(DataGroup::FINGERS, vec![0x63, 2, 0x30, 0]);
    strange.overwrite(DataGroup::FINGERS.file(), files[&DataGroup::FINGERS].clone());
    strange.overwrite(FileId::SOD, country.sign(&files, &mut rng(3)));
    assert!(read(&country, &mut strange).unwrap().fingers.is_empty());
    // A card that gives them and breaks off is not one that keeps them.
    let mut endless = card(false);
    endless.overwrite(DataGroup::FINGERS.file(), vec![0x63, 0x83, 0xff, 0xff, 0xff]);
    assert!(matches!(read(&country, &mut endless).unwrap_err(), ReadError::File(_)));
    // Nor are fingers taken that nobody signed.
    let mut added =
        SandboxChip::personalise(&without, &country, Abilities::ALL, None, rng(2)).unwrap();
    added.overwrite(
        DataGroup::FINGERS.file(),
        card(false).file(DataGroup::FINGERS.file()).unwrap().to_vec(),
    );
    assert!(read(&country, &mut added).unwrap().fingers.is_empty());
}

#[test]
fn older_cards_are_read_too() {
    let country = SandboxCountry::new(Curve::P256, now(), &mut rng(4));
    let believed = country.believed().unwrap();
    let abilities = Abilities { pace: None, chip_authentication: false, ..Abilities::ALL };
    let reading =
        read_at(&mut card(&country, abilities, None), &by_lines(), &believed, now()).unwrap();
    assert_eq!(reading.proof, ChipProof::ActiveAuthentication);
    // Without PACE the number opens nothing.
    let refused = read_at(&mut card(&country, abilities, None), &by_number(), &believed, now());
    assert_eq!(refused.unwrap_err(), ReadError::Access(AccessError::NoProtocol));
    for curve in Curve::ALL {
        let abilities = Abilities { pace: Some(curve), ..Abilities::ALL };
        assert!(read(&country, &mut card(&country, abilities, None)).is_ok(), "{curve:?}");
    }
    for cipher in Cipher::ALL {
        let abilities = Abilities { cipher, ..Abilities::ALL };
        let reading = read(&country, &mut card(&country, abilities, None)).unwrap();
        assert_eq!(reading.proof, ChipProof::ChipAuthentication, "{cipher:?}");
        let copy = read(&country, &mut card(&country, abilities, Some(Fault::Clone))).unwrap_err();
        assert_eq!(copy, ChipAuthenticationError::NotGenuine.into(), "{cipher:?}");
    }
}

/// Each fault by itself, and each with its own error.
#[test]
fn every_fault_is_found() {
    let country = country();
    let refused =
        |fault| read(&country, &mut card(&country, Abilities::ALL, Some(fault))).unwrap_err();
    for fault in Fault::ALL {
        let expected = match fault {
            Fault::TamperedDg2 => PassiveError::Tampered(DataGroup::FACE).into(),
            Fault::Clone => ChipAuthenticationError::NotGenuine.into(),
            Fault::WrongCsca => PassiveError::Untrusted.into(),
            Fault::ExpiredSigner => PassiveError::SignerNotValid.into(),
            Fault::RevokedSigner => PassiveError::Revoked.into(),
        };
        assert_eq!(refused(fault), expected);
        assert_eq!(fault.as_str().parse(), Ok(fault));
    }
}

#[test]
fn a_copy_is_found_by_active_authentication_too() {
    let country = country();
    let abilities = Abilities { chip_authentication: false, ..Abilities::ALL };
    let refused = read(&country, &mut card(&country, abilities, Some(Fault::Clone))).unwrap_err();
    assert_eq!(refused, ReadError::Active(ActiveError::NotGenuine));
}

/// A forger's chip proves that it holds the forger's key: which key it has to be, the issuer signed.
#[test]
fn a_key_of_ones_own_proves_nothing() {
    let country = country();
    let active = Abilities { chip_authentication: false, ..Abilities::ALL };
    for (abilities, group) in
        [(Abilities::ALL, DataGroup::SECURITY), (active, DataGroup::ACTIVE_AUTHENTICATION)]
    {
        let mut forged =
            SandboxChip::personalise(&person(), &country, abilities, None, rng(5)).unwrap();
        let genuine = card(&country, abilities, None);
        for file in [DataGroup::MRZ.file(), DataGroup::FACE.file(), FileId::SOD] {
            forged.overwrite(file, genuine.file(file).unwrap().to_vec());
        }
        let tampered = ReadError::Passive(PassiveError::Tampered(group));
        assert_eq!(read(&country, &mut forged).unwrap_err(), tampered);
    }
}

/// As many ways in as were signed, and others.
#[test]
fn a_way_in_that_was_not_signed_is_found() {
    let country = country();
    let weaker = Abilities { cipher: Cipher::TripleDes, ..Abilities::ALL };
    let genuine = card(&country, Abilities::ALL, None);
    let mut forged = card(&country, weaker, None);
    for file in [DataGroup::SECURITY.file(), FileId::SOD] {
        forged.overwrite(file, genuine.file(file).unwrap().to_vec());
    }
    assert_eq!(read(&country, &mut forged).unwrap_err(), ReadError::AccessChanged);
}

#[test]
fn other_lines_than_the_signed_ones_are_found() {
    let country = country();
    let mut card = card(&country, Abilities::ALL, None);
    let mut lines = card.file(DataGroup::MRZ.file()).unwrap().to_vec();
    *lines.last_mut().unwrap() = b'X';
    card.overwrite(DataGroup::MRZ.file(), lines);
    let tampered = ReadError::Passive(PassiveError::Tampered(DataGroup::MRZ));
    assert_eq!(read(&country, &mut card).unwrap_err(), tampered);
}

#[test]
fn a_card_without_a_key_is_no_proof() {
    let country = country();
    let abilities =
        Abilities { chip_authentication: false, active_authentication: false, ..Abilities::ALL };
    let refused = read(&country, &mut card(&country, abilities, None)).unwrap_err();
    assert_eq!(refused, ReadError::NoProof);
}

#[test]
fn a_wrong_number_opens_nothing() {
    let country = country();
    let believed = country.believed().unwrap();
    let mut card = card(&country, Abilities::ALL, None);
    let wrong = AccessKey::Can(CardAccessNumber::parse("271829").unwrap());
    let refused = read_at(&mut card, &wrong, &believed, now()).unwrap_err();
    assert_eq!(refused, ReadError::Access(AccessError::WrongKey));
    let lines = AccessKey::Mrz(MrzKey::new("SB1234568", "900307", "340531").unwrap());
    card.reset();
    let refused = read_at(&mut card, &lines, &believed, now()).unwrap_err();
    assert_eq!(refused, ReadError::Access(AccessError::WrongKey));
    card.reset();
    assert!(read(&country, &mut card).is_ok());
}

/// Whether a signer is revoked must be known: no list, or an old one, tells nothing.
#[test]
fn without_a_current_list_it_cannot_be_told() {
    let country = country();
    let mut believed = CountrySigners::default();
    believed.trust(SignerCertificate::from_der(country.certificate()).unwrap(), "UTO").unwrap();
    let unknown = ReadError::Passive(PassiveError::RevocationUnknown);
    let mut card = card(&country, Abilities::ALL, None);
    assert_eq!(read_at(&mut card, &by_number(), &believed, now()).unwrap_err(), unknown);
    believed.revoke(RevocationList::from_der(country.revocations()).unwrap()).unwrap();
    card.reset();
    assert!(read_at(&mut card, &by_number(), &believed, now()).is_ok());
    card.reset();
    let later = now() + SignedDuration::from_hours(24 * 91);
    assert_eq!(read_at(&mut card, &by_number(), &believed, later).unwrap_err(), unknown);
}

/// A country signer is believed for one state's documents.
#[test]
fn a_country_signs_for_itself_alone() {
    let country = country();
    let mut believed = CountrySigners::default();
    believed.trust(SignerCertificate::from_der(country.certificate()).unwrap(), "XXA").unwrap();
    believed.revoke(RevocationList::from_der(country.revocations()).unwrap()).unwrap();
    let refused =
        read_at(&mut card(&country, Abilities::ALL, None), &by_number(), &believed, now());
    assert_eq!(refused.unwrap_err(), ReadError::OtherState);
}
